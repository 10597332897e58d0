"""How fast one model may be asked: slots in flight, requests and tokens a minute, and waiting when told to wait.

What belongs here: everything that delays a request before it is sent. What does not: waiting before another attempt
(`engine`), money (`store`).

The endpoint's buckets are followed, not guessed: each answer's x-ratelimit headers say what was left when its request
was counted; since then the bucket has filled at its rate, and what we sent afterwards has been taken out. A small part
is always left in: as long as the endpoint's bucket is not full, its whole rate is used, and mistakes have room. What
was sent to an endpoint that stands still is counted when it goes on, all at once: that must fit into the bucket too.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from jd_assets.engines.openai.client import Exchange
from jd_assets.engines.openai.config import Limits
from jd_assets.engines.openai.failures import Failure
from jd_assets.engines.openai.replies import Reply

MARGIN = 0.1  # of a bucket, left in
PATIENCE = 2.0  # times as long as answers take: an endpoint that says nothing for longer may stand still
OWN_BURST_SECONDS = 2.0  # of a limit that only the configuration knows
DECREASE = 0.7  # of the slots, after a 429
UNRECORDED = 1.25  # sent and not yet on disk, for each that may be in flight: what a kill can cost at most
FORGET = 0.98  # of what was learned about sizes, with each answer
PRIOR_UNITS = 1_000.0  # what "as expected" weighs at the start
LEAST_FACTOR, MOST_FACTOR = 0.25, 8.0
LONGEST_SLEEP = 1.0  # seconds between looks: what is learned meanwhile may shorten a wait
CHARS_PER_TOKEN = 4
TOO_MANY = 429
HEADROOM_SECONDS = 0.002  # behind a deadline: clocks are coarse

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Bucket:
    """Units (requests or tokens) that may be used, filled evenly."""

    def __init__(self, per_minute: int | None) -> None:
        """A bucket with a limit of our own, or with none until the endpoint names one."""
        self._own = per_minute
        self._rate = per_minute / 60 if per_minute else float("inf")
        self._size = self._level = self._rate * OWN_BURST_SECONDS
        self._at = time.monotonic()
        self._taken = self._unanswered = 0.0
        self._followed: tuple[float, float, float] | None = None  # sent at, mark and level of the newest answer
        self._charged = self._expected = PRIOR_UNITS

    @property
    def factor(self) -> float:
        """What the endpoint takes out for each unit that we expected."""
        return min(max(self._charged / self._expected, LEAST_FACTOR), MOST_FACTOR)

    @property
    def mark(self) -> float:
        """A place in the sequence of all that was taken."""
        return self._taken

    def wait(self, units: float, *, silent: bool = False) -> float:
        """Seconds until so many units may be taken, 0: now; `silent`: whether the endpoint may stand still."""
        self._fill()
        level = self._level
        if silent and self._followed is not None:
            level = min(level, self._size - self._unanswered * self.factor)
        need = min(units * self.factor + self._size * MARGIN, self._size)  # what is larger than the bucket takes all
        return 0.0 if level >= need else (need - level) / self._rate

    def take(self, units: float) -> None:
        """Take units; call after `wait` said 0."""
        self._taken += units
        self._unanswered += units
        self._level -= units * self.factor

    def answered(self, units: float) -> None:
        """Whatever became of units that were taken: the endpoint waits for them no more."""
        self._unanswered -= units

    def settle(self, expected: float, used: float) -> None:
        """Learn from what was really used, where the endpoint says nothing of its bucket."""
        if self._followed is None and expected:
            self._level += (expected - used) if self._rate != float("inf") else 0.0
            self._learn(expected, used)

    def follow(self, limit: float, remaining: float, reset: float, *, sent_at: float, mark: float) -> None:
        """Take over the endpoint's view: what was left, and seconds until all would be back, when it was asked."""
        if limit <= 0 or (self._followed is not None and sent_at <= self._followed[0]):
            return
        rate = limit / 60
        size = max(1.0, min(limit, remaining + reset * rate))
        if self._followed is not None and 0 < remaining < size and 0 < self._followed[2] < size:
            before_at, before_mark, before = self._followed
            self._learn(mark - before_mark, before + (sent_at - before_at) * rate - remaining)
        self._followed = (sent_at, mark, remaining)
        self._fill()
        # Some endpoints write their headers when the request comes, some when the answer leaves: the smaller is safe.
        since_sent = (self._at - sent_at) * rate - (self._taken - mark) * self.factor
        now_there = min(size, remaining + min(0.0, since_sent))
        if self._own is None or limit <= self._own:
            self._rate, self._size, self._level = rate, size, now_there
        else:
            self._level = min(self._level, now_there)

    def _learn(self, expected: float, used: float) -> None:
        self._expected = self._expected * FORGET + expected
        self._charged = self._charged * FORGET + used

    def _fill(self) -> None:
        now = time.monotonic()
        if self._rate != float("inf"):
            self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now


class Pulse:
    """When an endpoint last answered, and how long that usually takes."""

    def __init__(self) -> None:
        self._heard = self._takes = 0.0

    @property
    def silent(self) -> bool:
        """Whether it has said nothing for much longer than an answer takes."""
        return time.monotonic() - self._heard > PATIENCE * self._takes > 0

    def answered(self, seconds: float) -> None:
        """An answer came, after so many seconds."""
        self._heard = time.monotonic()
        # About the median: answers that a silence delayed must not make the next silence look usual.
        self._takes = self._takes * (1 / FORGET if seconds > self._takes else FORGET) if self._takes else seconds


class Slots:
    """Requests in flight: fewer after a 429, one more after as many successes as there are (AIMD)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.allowed = 1.0  # the first request goes alone: its headers say how fast the others may follow
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._lowered_at = 0.0
        self._met = False

    async def take(self) -> None:
        """Wait for a slot."""
        while self._used >= int(self.allowed):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._wake()
                raise
        self._used += 1

    def give_back(self) -> None:
        """End of a request."""
        self._used -= 1
        self._wake()

    def went_well(self) -> None:
        """The endpoint answered."""
        self.allowed = min(self._most, self.allowed + 1 / self.allowed) if self._met else self._most
        self._met = True
        self._wake()

    def too_many(self, sent_at: float) -> None:
        """The endpoint said 429 to a request sent at `sent_at`: those sent before the last decrease count no more."""
        if sent_at > self._lowered_at:
            self.allowed = max(1.0, self.allowed * DECREASE)
            self._lowered_at = time.monotonic()

    def _wake(self) -> None:
        free = int(self.allowed) - self._used
        while self._waiting and free > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1


@dataclass(slots=True)
class Sending:
    """A request that was let through."""

    expected_tokens: float
    sent_at: float
    marks: Mapping[str, float]


class Limiter:
    """Lets requests to one model through; for one event loop."""

    def __init__(self, limits: Limits) -> None:
        self.slots = Slots(limits.concurrency)
        self._buckets = {"requests": Bucket(limits.requests_per_minute), "tokens": Bucket(limits.tokens_per_minute)}
        self._unrecorded = asyncio.Semaphore(round(UNRECORDED * limits.concurrency) + 1)
        self._turn = asyncio.Lock()
        self._pulse = Pulse()
        self._hold_until = 0.0

    async def admit(self, expected_tokens: float) -> Sending:
        """Wait until a request of so many tokens may be sent.

        It must be sent at once then, `finished` called when its answer came, and `recorded` when that is on disk.
        """
        await self._unrecorded.acquire()
        try:
            await self.slots.take()
        except asyncio.CancelledError:
            self._unrecorded.release()
            raise
        try:
            units = _units(expected_tokens)
            async with self._turn:  # first come, first served
                while (delay := max(self._held(), *self._waits(units))) > 0:
                    await asyncio.sleep(min(delay, LONGEST_SLEEP))
                for name, bucket in self._buckets.items():
                    bucket.take(units[name])
        except asyncio.CancelledError:
            self.slots.give_back()
            self._unrecorded.release()
            raise
        marks = {name: bucket.mark for name, bucket in self._buckets.items()}
        return Sending(expected_tokens, time.monotonic(), marks)

    def finished(self, sending: Sending, exchange: Exchange, outcome: Reply | Failure) -> None:
        """Free the slot, and learn from what came."""
        self.slots.give_back()
        self._pulse.answered(exchange.seconds)
        if isinstance(outcome, Reply):
            self.slots.went_well()
            if outcome.tokens is not None:
                used = outcome.tokens.input + outcome.tokens.output
                self._buckets["tokens"].settle(sending.expected_tokens, used)
        else:
            if exchange.status == TOO_MANY:
                self.slots.too_many(sending.sent_at)
            if outcome.retry_after is not None:
                until = time.monotonic() + outcome.retry_after + HEADROOM_SECONDS
                self._hold_until = max(self._hold_until, until)
        units = _units(sending.expected_tokens)
        for name, bucket in self._buckets.items():
            bucket.answered(units[name])
            self._follow(name, bucket, sending, exchange.headers or {})

    def recorded(self) -> None:
        """What came is on disk."""
        self._unrecorded.release()

    def _follow(self, name: str, bucket: Bucket, sending: Sending, headers: Mapping[str, str]) -> None:
        limit = _number(headers.get(f"x-ratelimit-limit-{name}"))
        remaining = _number(headers.get(f"x-ratelimit-remaining-{name}"))
        if limit is not None and remaining is not None:
            reset = seconds(headers.get(f"x-ratelimit-reset-{name}", ""))
            bucket.follow(limit, remaining, reset, sent_at=sending.sent_at, mark=sending.marks[name])

    def _waits(self, units: Mapping[str, float]) -> list[float]:
        silent = self._pulse.silent
        return [bucket.wait(units[name], silent=silent) for name, bucket in self._buckets.items()]

    def _held(self) -> float:
        return self._hold_until - time.monotonic()


class Sizes:
    """How many tokens requests of one task will use: characters / 4, corrected by what calls really used."""

    def __init__(self) -> None:
        self._input, self._characters = 1.0, float(CHARS_PER_TOKEN)
        self._output, self._calls = 0.0, 0.0

    def expected(self, characters: int, max_output_tokens: int) -> tuple[float, float]:
        """Tokens in and out of a request of so many characters."""
        output = self._output / self._calls if self._calls else max_output_tokens / 2
        return characters * self._input / self._characters, min(output, max_output_tokens)

    def learn(self, characters: int, input_tokens: int, output_tokens: int) -> None:
        """Take in what a call used."""
        self._input = self._input * FORGET + input_tokens
        self._characters = self._characters * FORGET + characters
        self._output = self._output * FORGET + output_tokens
        self._calls = self._calls * FORGET + 1


def seconds(text: str) -> float:
    """A time as the x-ratelimit headers write it ("6m0s", "12ms", "1.5s", plain seconds); 0 for anything else."""
    try:
        return max(0.0, float(text))
    except ValueError:
        return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text))


def _units(tokens: float) -> dict[str, float]:
    return {"requests": 1.0, "tokens": tokens}


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
