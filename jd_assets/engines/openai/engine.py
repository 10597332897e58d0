"""Asking models: from questions to checked answers.

What belongs here: working on all questions at once, judging replies, one repair. What does not: how a reply is
obtained (`caller`), what questions would cost (`estimate`), batches that the endpoint works off later (`batch`). The
stages are synchronous: `answer` blocks its caller, while an event loop in a thread of the engine does the work.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from jd_assets.engines.openai.background import Background, Stop, StoppedError
from jd_assets.engines.openai.caller import Caller, QuestionFailed
from jd_assets.engines.openai.config import TASKS, ModelsConfig
from jd_assets.engines.openai.prices import Prices
from jd_assets.engines.openai.replies import Fault, judge
from jd_assets.engines.openai.requests import ModelRequest, embedding_request, repair_for, request_for
from jd_assets.engines.questions import Answer, Asking, Question, Unanswered, asking
from jd_assets.errors import ModelAccessError, SettingsError, StoreUnavailable
from jd_assets.store.call_records import CallOwner, CallUse
from jd_assets.store.calls import Calls

# Questions at work for each that may be in flight: the others look into the ledger or have their rows written, so that
# the next request is ready whenever a slot is free.
AHEAD = 2
ACCEPTED = "accepted"
EMBED = "embed"  # the task under which embeddings are noted

Item = TypeVar("Item")
Result = TypeVar("Result")
Work: TypeAlias = Callable[[Caller, Item], Awaitable[Result]]


class ModelEngine:
    """Answers questions by models; an `Answerer`. Close it when done."""

    def __init__(self, calls: Calls, config: ModelsConfig, environ: Mapping[str, str] = os.environ) -> None:
        """An engine that notes its calls in `calls`; nothing is opened before the first question.

        Raises SettingsError when the key is missing, or when there is a budget and a model without a known price.
        """
        self._calls, self._config = calls, config
        self._key = config.api_key(environ)
        self._prices = Prices(config.prices)
        check_prices(config, self._prices)
        self._background = Background()
        self._caller: Caller | None = None

    def __repr__(self) -> str:
        return f"ModelEngine({self._config.endpoint.base_url})"

    @property
    def started(self) -> bool:
        """Whether anything was asked yet."""
        return self._background.started

    def answer(self, questions: Sequence[Question]) -> list[Answer | Unanswered]:
        """See `Answerer`: one result a question, in their order; blocks until all are there."""
        context = asking.get()
        return self._background.run(lambda stop: self._answer_all(questions, context, stop)) if questions else []

    def embed(self, batches: Sequence[Sequence[str]], model: str) -> list[NDArray[np.float32]]:
        """The vectors of each batch of texts, as the model gives them: float32 (texts, dimensions); blocks.

        Raises what `answer` raises.
        """
        context = asking.get()
        return self._background.run(lambda stop: self._embed_all(batches, model, context, stop)) if batches else []

    def close(self) -> None:
        """Let go of connections, claims and the thread."""
        if self._caller is not None:
            caller, self._caller = self._caller, None
            self._background.run(lambda stop: caller.close())
        self._background.close()

    def __enter__(self) -> ModelEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _request(self, question: Question) -> ModelRequest:
        return request_for(question, self._config.task(question.task), self._config.endpoint)

    def _opened(self) -> Caller:
        """The caller, made in the loop that it is for."""
        if self._caller is None:
            budget = self._config.budget
            session = self._calls.session(usd_per_run=budget.usd_per_run, usd_per_day=budget.usd_per_day)
            self._caller = Caller(self._config, self._key, session, self._prices)
        return self._caller

    async def _all(self, items: Sequence[Item], work: Work[Item, Result], stop: Stop) -> list[Result]:
        """`work` on each item, many at a time from the first to the last; all of it is on disk at the end.

        The first error stops the others where they wait, and is raised when what was sent is noted.
        """
        caller = self._opened()
        results: dict[int, Result] = {}
        feed = iter(enumerate(items))

        async def worker() -> None:
            try:
                for index, item in feed:
                    stop.check()
                    results[index] = await work(caller, item)
            except StoppedError:
                return
            except Exception as error:
                stop.now(error)

        ahead = min(len(items), AHEAD * self._config.limits.concurrency)
        await asyncio.gather(*(worker() for _ in range(ahead)))
        if stop.reason is not None:
            with suppress(StoreUnavailable):  # the reason says more
                await caller.flush()
            raise stop.reason
        await caller.flush()
        return [results[index] for index in range(len(items))]

    async def _answer_all(
        self, questions: Sequence[Question], context: Asking, stop: Stop
    ) -> list[Answer | Unanswered]:
        async def work(caller: Caller, question: Question) -> Answer | Unanswered:
            owner = CallOwner(question.task, question.posting_id, *context)
            try:
                return await self._answer(question, owner, caller, stop)
            except QuestionFailed as failed:
                return Unanswered(failed.failure.kind, failed.failure.reason)

        return await self._all(questions, work, stop)

    async def _embed_all(
        self, batches: Sequence[Sequence[str]], model: str, context: Asking, stop: Stop
    ) -> list[NDArray[np.float32]]:
        async def work(caller: Caller, texts: Sequence[str]) -> NDArray[np.float32]:
            request = embedding_request(texts, model, self._config.endpoint)
            try:
                reply = (await caller.reply(request, CallOwner(EMBED, "", *context), stop)).reply
            except QuestionFailed as failed:
                raise ModelAccessError(failed.failure.reason) from failed
            assert reply.vectors is not None
            return reply.vectors

        return await self._all(batches, work, stop)

    async def _answer(self, question: Question, owner: CallOwner, caller: Caller, stop: Stop) -> Answer | Unanswered:
        """Ask; when the answer has faults that can be named, show them once and take the second answer as it is."""
        request = self._request(question)
        obtained = await caller.reply(request, owner, stop)
        judged = judge(obtained.reply, question)
        _note(caller, request, owner, obtained.cached, judged)
        if isinstance(judged, Fault) and judged.repairable:
            task = self._config.task(question.task)
            content, endpoint = obtained.reply.content, self._config.endpoint
            request = repair_for(question, content, judged.problems, task, endpoint, repairs=request.hash)
            obtained = await caller.reply(request, owner, stop)
            judged = judge(obtained.reply, question)
            _note(caller, request, owner, obtained.cached, judged)
        if isinstance(judged, Fault):
            return Unanswered(judged.kind, judged.reason)
        return Answer(judged, request.hash, obtained.cached)


def _note(caller: Caller, request: ModelRequest, owner: CallOwner, cached: bool, judged: BaseModel | Fault) -> None:
    outcome, problem = (judged.kind, judged.reason) if isinstance(judged, Fault) else (ACCEPTED, None)
    caller.use(CallUse(request.hash, owner, cached, outcome, problem))


def check_prices(config: ModelsConfig, prices: Prices) -> None:
    """Raises SettingsError when there is a budget, and a model without a price to keep it by."""
    if config.budget.usd_per_run is None and config.budget.usd_per_day is None:
        return
    models = {config.task(name).model for name in TASKS if config.task(name).engine != "rules"}
    if config.embedder.engine == "openai":
        models.add(config.embedder.model)
    for model in sorted(models):
        if prices.of(model) is None:
            raise SettingsError(
                f"The price of {model} is not known, so the budget cannot be kept: give it in the models file as "
                f'[prices."{model}"], or take the budget out'
            )
