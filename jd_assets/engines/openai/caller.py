"""From a request to the endpoint's reply, whatever it takes: kept answer, claim, budget, limits, attempts, retries.

What belongs here: the order in which these come, and what is noted when. What does not: what a reply means for a
question (`engine`), SQL, HTTP. Everything here runs in one event loop.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from jd_assets.engines.openai.background import Stop, StoppedError
from jd_assets.engines.openai.client import Client, Exchange
from jd_assets.engines.openai.config import ModelsConfig
from jd_assets.engines.openai.failures import Failure, failure_of, malformed
from jd_assets.engines.openai.limits import Limiter, Sizes
from jd_assets.engines.openai.prices import Price, Prices
from jd_assets.engines.openai.replies import Reply, read_reply, read_vectors
from jd_assets.engines.openai.requests import ModelRequest
from jd_assets.engines.openai.shutdown import check_shutdown
from jd_assets.engines.openai.writer import LedgerWriter
from jd_assets.errors import BudgetSpent, ModelAccessError, ModelUnavailable, PermanentError
from jd_assets.store.call_records import CallEnd, CallOwner, CallUse, Kept, NewCall, OpenCall
from jd_assets.store.call_session import CallSession

BUSY_SECONDS = 0.2  # between looks at a request that another process is asking
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 20.0  # seconds before another attempt; doubled each time
LIES_IN_BATCH = (
    "An answer that is needed here was asked for in a batch that is not over: take it in with `jd-assets run --batch`, "
    "or cancel the batch at the endpoint and then do so"
)
KEPT_ERROR_CHARS = 2_000  # of the body of an error


class QuestionFailed(Exception):
    """The endpoint does not take this request, and would not the next time; others it may take."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Obtained:
    """A reply, and whether it was there already."""

    reply: Reply
    cached: bool


class Caller:
    """Makes calls to one endpoint; for one event loop."""

    def __init__(self, config: ModelsConfig, key: str, session: CallSession, prices: Prices) -> None:
        self._config, self._prices = config, prices
        self._client = Client(config.endpoint, key, connections=config.limits.concurrency)
        self._writer = LedgerWriter(session)
        self._limiters: dict[str, Limiter] = {}
        self._sizes: dict[tuple[str, str], Sizes] = {}
        self._running: dict[str, asyncio.Event] = {}
        self._checked, self._checking = set[str](), asyncio.Lock()  # models, for their shutdown dates
        self._open_calls = 0
        self._ended = asyncio.Event()  # replaced each time a call ends

    async def reply(self, request: ModelRequest, owner: CallOwner, stop: Stop) -> Obtained:
        """The reply to a request, kept or new.

        Raises QuestionFailed when the endpoint refuses this very request, ModelAccessError, BudgetSpent or
        ModelUnavailable when there is no use in asking anything, StoppedError when `stop` came before it was sent.
        """
        async with self._alone(request.hash, stop):
            while (claim := await self._writer.claim(request.hash)) == "busy":
                with stop.ends():
                    await asyncio.sleep(BUSY_SECONDS)
            if claim == "batched":
                raise PermanentError(LIES_IN_BATCH)
            if isinstance(claim, Kept):
                reply = read_reply(claim.raw)
                assert reply is not None, "only whole replies are kept as answered"
                return Obtained(reply, cached=True)
            try:
                return Obtained(await self._attempts(request, owner, stop), cached=False)
            finally:
                self._writer.release(request.hash)

    def use(self, use: CallUse) -> None:
        """Note what became of an answer; on disk after the next `flush`."""
        self._writer.use(use)

    async def flush(self) -> None:
        """Wait until everything is on disk."""
        await self._writer.flush()

    async def close(self) -> None:
        """Let go of connections and claims."""
        await self._client.close()
        await self._writer.close()

    @asynccontextmanager
    async def _alone(self, request_hash: str, stop: Stop) -> AsyncIterator[None]:
        """Equal requests of this process one after another: the second finds the answer of the first."""
        while (running := self._running.get(request_hash)) is not None:
            with stop.ends():
                await running.wait()
        done = self._running[request_hash] = asyncio.Event()
        try:
            yield
        finally:
            del self._running[request_hash]
            done.set()

    async def _attempts(self, request: ModelRequest, owner: CallOwner, stop: Stop) -> Reply:
        await self._check_shutdown(request.model, stop)
        most, number = self._config.limits.max_attempts, 0
        while True:
            number += 1
            outcome = await self._attempt(request, owner, number, stop)
            if isinstance(outcome, Reply):
                return outcome
            if outcome.scope == "access":
                raise ModelAccessError(outcome.reason)
            if outcome.scope == "question":
                raise QuestionFailed(outcome)
            if number == most:
                raise ModelUnavailable(f"{outcome.reason} – given up after {most} attempts; run again to carry on")
            with stop.ends():
                await asyncio.sleep(pause(number, outcome))

    async def _check_shutdown(self, model: str, stop: Stop) -> None:
        """Look a model up before it is asked for the first time; nobody who has all answers does so."""
        if model in self._checked:
            return
        with stop.ends():
            async with self._checking:
                if model not in self._checked:
                    check_shutdown(model, await self._client.shutdown_date(model), self._config)
                    self._checked.add(model)

    async def _attempt(self, request: ModelRequest, owner: CallOwner, number: int, stop: Stop) -> Reply | Failure:
        """One attempt: its row is on disk before it is sent, and complete before anybody sees what came."""
        price = self._prices.of(request.model)
        most = price.most(len(request.body), request.max_output_tokens) if price else None
        opened = await self._open(NewCall(request.noted, owner, number, most), stop)
        limiter = self._limiters.setdefault(request.model, Limiter(self._config.limits))
        sizes = self._sizes.setdefault((owner.task, request.model), Sizes())
        expected = sum(sizes.expected(request.characters, request.max_output_tokens))
        try:
            with stop.ends():
                sending = await limiter.admit(expected)
        except StoppedError:
            await self._end(CallEnd(opened, "unsent", cost_usd=Decimal(0)))
            raise
        try:
            exchange = await self._client.post(request.path, request.body, str(opened.call_id))
            outcome = self._read(exchange, request)
            if isinstance(outcome, Failure) and outcome.scope == "access":
                stop.now(ModelAccessError(outcome.reason))  # before the slot is free for the next
            limiter.finished(sending, exchange, outcome)
            if isinstance(outcome, Reply) and outcome.tokens is not None:
                sizes.learn(request.characters, outcome.tokens.input, outcome.tokens.output)
            await self._end(_call_end(opened, request, exchange, outcome, price))
        finally:
            limiter.recorded()
        return outcome

    def _read(self, exchange: Exchange, request: ModelRequest) -> Reply | Failure:
        failure = failure_of(exchange, request.model, self._config.endpoint)
        if failure is not None:
            return failure
        reply = read_reply(exchange.body) if request.kind == "chat" else read_vectors(exchange.body)
        return reply or malformed(exchange, self._config.endpoint)

    async def _open(self, call: NewCall, stop: Stop) -> OpenCall:
        """Note an attempt, when the budget has room for the most it can cost: calls that end make room."""
        while True:
            ended = self._ended
            self._open_calls += 1
            opened = await self._writer.open(call)
            if opened is not None:
                return opened
            self._open_calls -= 1
            if ended.is_set():
                continue
            if self._open_calls == 0:
                raise BudgetSpent(self._budget_text(call))
            with stop.ends():
                await ended.wait()

    async def _end(self, end: CallEnd) -> None:
        await self._writer.end(end)
        self._open_calls -= 1
        self._ended.set()
        self._ended = asyncio.Event()

    def _budget_text(self, call: NewCall) -> str:
        budget = self._config.budget
        caps = [
            f"${cap} a {name}"
            for name, cap in (("run", budget.usd_per_run), ("day", budget.usd_per_day))
            if cap is not None
        ]
        return (
            f"The budget ({', '.join(caps)}) has no room for the next call, which may cost up to "
            f"${call.reserved_usd:.6f}: raise it in the models file, or run again tomorrow; all answers are kept"
        )


def pause(number: int, failure: Failure) -> float:
    """Seconds before the attempt after `number`: what the endpoint demands, else doubling, with jitter."""
    if failure.retry_after is not None:
        return failure.retry_after
    return random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (number - 1))


def _call_end(
    opened: OpenCall, request: ModelRequest, exchange: Exchange, outcome: Reply | Failure, price: Price | None
) -> CallEnd:
    """What is noted of an attempt. A cost is known of answers that tell their tokens, and of what is never charged."""
    reply = outcome if isinstance(outcome, Reply) else None
    failure = outcome if isinstance(outcome, Failure) else None
    tokens = reply.tokens if reply else None
    cost = price.cost(tokens) if price and tokens else None
    return CallEnd(
        opened,
        "answered" if reply else "failed",
        error=failure.kind if failure else None,
        http_status=exchange.status,
        request_id=exchange.request_id,
        model_answered=reply.model if reply else None,
        raw=_raw(exchange, failure) if request.kind == "chat" else None,  # vectors are kept elsewhere, by text
        tokens=tokens,
        cost_usd=Decimal(0) if failure and not failure.may_be_billed else cost,
        price_list=price.source if price else None,
        latency_ms=round(exchange.seconds * 1000),
    )


def _raw(exchange: Exchange, failure: Failure | None) -> str | None:
    """What is kept of a body. Those that refuse access are not: they may show parts of the key."""
    if not exchange.body or (failure is not None and failure.kind == "no_access"):
        return None
    text = exchange.body.decode("utf-8", "replace")
    return text if failure is None else text[:KEPT_ERROR_CHARS]
