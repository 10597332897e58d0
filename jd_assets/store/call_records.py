"""What is noted of model calls: the vocabulary between the ledger and whoever makes calls.

What belongs here: plain values. What does not: how they are written (`call_session`) and read back (`calls`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What is asked; the same for all attempts. `messages` and `parameters` are JSON."""

    request_hash: str
    endpoint: str
    model: str
    schema_name: str
    messages: str
    parameters: str
    repairs: str | None = None  # the request whose answer this one asks to repair


@dataclass(frozen=True, slots=True)
class CallOwner:
    """What a call is made for."""

    task: str
    posting_id: str
    run_id: str
    dump: str
    stage: str


@dataclass(frozen=True, slots=True)
class NewCall:
    """An attempt about to be made. `reserved_usd` is the most it can cost; None if nobody knows."""

    request: CallRequest
    owner: CallOwner
    attempt: int
    reserved_usd: Decimal | None
    batch: str | None = None  # the batch that it lies in


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A pending attempt: its row is committed, it may be sent."""

    call_id: int
    run_id: str
    day: date
    reserved_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an answer used; `cached` and `cache_write` are part of `input`, `reasoning` of `output`."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How an attempt ended."""

    call: OpenCall
    status: Literal["answered", "failed", "unsent"]
    error: str | None = None
    http_status: int | None = None
    request_id: str | None = None
    model_answered: str | None = None
    raw: str | None = None
    tokens: Tokens | None = None
    cost_usd: Decimal | None = None  # None: not known, the reservation stays
    price_list: str | None = None
    latency_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CallUse:
    """A posting's task got its answer, or none it could use, from a request."""

    request_hash: str
    owner: CallOwner
    cached: bool
    outcome: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The finished answer of a request."""

    raw: str


# busy: somebody else is asking it just now. batched: it lies in a batch that is not over.
Claim = Kept | Literal["granted", "busy", "batched"]


@dataclass(slots=True)
class Group:
    """What is written together."""

    ends: list[CallEnd] = field(default_factory=list)
    uses: list[CallUse] = field(default_factory=list)
    new: list[NewCall] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a group: `opened` beside `new` (None: the budget does not allow it), `claims` by request hash."""

    opened: Sequence[OpenCall | None]
    claims: Mapping[str, Claim]
