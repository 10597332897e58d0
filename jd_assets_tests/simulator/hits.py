"""The books: every request that came, in order, and what was billed for it.

What belongs here: tokens, prices and charges, and the records that tests read. What does not: deciding anything.
Times are seconds since the simulator started.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from jd_assets_tests.simulator.script import Price

_MILLION = Decimal(1_000_000)


class Usage(NamedTuple):
    """Tokens of one answer; `cached` and `written` are part of `input`."""

    input: int
    cached: int = 0
    written: int = 0
    output: int = 0


def count_tokens(text: str) -> int:
    """Tokens of a text, nearly as a real tokenizer would count them: one for 3.7 bytes, rounded up."""
    return (len(text.encode()) * 10 + 36) // 37


def cost(usage: Usage, price: Price, *, half: bool = False) -> Decimal:
    """USD, exact; half price in batches."""
    write = price.input if price.cache_write is None else price.cache_write
    fresh = usage.input - usage.cached - usage.written
    dollars = fresh * price.input + usage.cached * price.cached_input + usage.written * write
    total = (dollars + usage.output * price.output) / _MILLION
    return total / 2 if half else total


@dataclass(slots=True)
class Charge:
    """What one answer cost."""

    request_id: str
    model: str
    input: int
    cached: int
    written: int
    output: int
    cost: Decimal
    delivered: bool  # False: paid, but the answer never arrived whole
    batch: str | None = None
    custom_id: str | None = None


@dataclass(slots=True)
class Hit:
    """One HTTP request."""

    number: int
    method: str
    path: str
    received: float
    body: str  # a name for the body: equal bodies, equal names
    attempt: int  # how often this body came, with this time
    request_id: str
    client_request_id: str | None = None  # the client's own name for it (X-Client-Request-Id)
    model: str | None = None
    schema_name: str | None = None
    store: bool | None = None  # as sent
    answered: float | None = None  # None: still at work
    status: int | None = None  # None: no status was sent
    fault: str | None = None  # the scripted fault; a refusal by the limits themselves is none
    code: str | None = None  # of the error
    retry_after: float | None = None  # seconds, from `answered`
    counted_tokens: int = 0  # taken from the allowance of tokens
    charge: Charge | None = None
    text: str | None = None  # the body, where the script keeps bodies


@dataclass(slots=True)
class Books:
    """All hits and charges so far."""

    hits: list[Hit] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    total: Decimal = Decimal(0)
    _started: float = field(default_factory=time.monotonic)
    _attempts: Counter[str] = field(default_factory=Counter)
    _prefixes: set[str] = field(default_factory=set)

    def now(self) -> float:
        """Seconds since the simulator started."""
        return time.monotonic() - self._started

    def open(self, method: str, path: str, body: str, client_request_id: str | None) -> Hit:
        """Note a request at the moment it came."""
        number = len(self.hits) + 1
        received = self.now()
        attempt = self.attempt(body)
        hit = Hit(number, method, path, received, body, attempt, f"req_{number:08d}", client_request_id)
        self.hits.append(hit)
        return hit

    def attempt(self, body: str) -> int:
        """How often this body came, with this time."""
        self._attempts[body] += 1
        return self._attempts[body]

    def cached(self, prefix: str) -> bool:
        """Whether a static part has been seen before; from now on it has."""
        known = prefix in self._prefixes
        self._prefixes.add(prefix)
        return known

    def bill(self, charge: Charge) -> None:
        """Write down a charge."""
        self.charges.append(charge)
        self.total += charge.cost

    def summary(self) -> dict[str, Any]:
        """The bill: its total, what of it was lost on the way, and each charge."""
        lost = sum((charge.cost for charge in self.charges if not charge.delivered), Decimal(0))
        return {"total": self.total, "lost": lost, "charges": self.charges}
