"""The test's hold on a simulator: its URL, its books, its script.

What belongs here: reading the pages of a running simulator into values. What does not: starting one (fixture).
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from jd_assets_tests.simulator.faults import MODEL_PATHS
from jd_assets_tests.simulator.script import Script


class Charge(BaseModel):
    """What one answer cost; `delivered` is False where it was paid but never arrived whole."""

    model_config = ConfigDict(frozen=True)

    request_id: str
    model: str
    input: int
    cached: int
    written: int
    output: int
    cost: Decimal
    delivered: bool
    batch: str | None
    custom_id: str | None


class Hit(BaseModel):
    """One HTTP request as the simulator saw it; times in seconds since it started."""

    model_config = ConfigDict(frozen=True)

    number: int
    method: str
    path: str
    received: float
    body: str
    attempt: int
    request_id: str
    client_request_id: str | None
    model: str | None
    schema_name: str | None
    store: bool | None
    answered: float | None
    status: int | None
    fault: str | None
    code: str | None
    retry_after: float | None
    counted_tokens: int
    charge: Charge | None
    text: str | None


class Bill(NamedTuple):
    """The bill: `lost` is the part of the total whose answers never arrived whole."""

    total: Decimal
    lost: Decimal
    charges: tuple[Charge, ...]


class Simulator:
    """A running simulator."""

    def __init__(self, root: str, pid: int) -> None:
        self.root = root
        self.url = f"{root}/v1"  # the base_url of an OpenAI client
        self.pid = pid

    def bill(self) -> Bill:
        """What has been billed so far, in order."""
        page = self._get("/_bill")
        charges = tuple(Charge.model_validate(each) for each in page["charges"])
        return Bill(Decimal(page["total"]), Decimal(page["lost"]), charges)

    def requests(self, path: str | None = None, *, after: int = 0) -> list[Hit]:
        """The requests so far, in the order they came; of one path, or later than the first `after` of all."""
        hits = [Hit.model_validate(each) for each in self._get(f"/_requests?after={after}")]
        return [hit for hit in hits if path in (None, hit.path)]

    def asked(self, *, after: int = 0) -> list[Hit]:
        """Of `requests` those that asked a model, as a ledger counts attempts: no look at models, files or batches."""
        return [hit for hit in self.requests(after=after) if hit.path in MODEL_PATHS]

    def script(self, script: Script | None = None, **changes: Any) -> None:
        """Go on by another script, or with some of its fields changed; the books go on. Wrong fields: ValueError."""
        fields = script.model_dump(mode="json") if script is not None else {}
        fields |= Script(**changes).model_dump(mode="json", include=set(changes))
        self._get("/_script", json.dumps(fields).encode())

    def reset(self) -> None:
        """Forget all requests, charges, files and batches; keep the script."""
        self._get("/_reset", b"")

    def _get(self, page: str, body: bytes | None = None) -> Any:
        with urllib.request.urlopen(urllib.request.Request(self.root + page, body), timeout=30) as answer:
            return json.load(answer)


def too_early(hits: Iterable[Hit], *, same_body: bool = False, grace: float = 0.0) -> list[tuple[Hit, Hit]]:
    """Requests that came before a retry-after deadline, each with the refusal that set it.

    A refusal concerns all requests to its model that came after it was sent, or with `same_body` those with the same
    body. `grace` leaves out, in seconds after the refusal, what was on its way when the refusal was sent.
    """
    found: list[tuple[Hit, Hit]] = []
    refusals: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: hit.received):
        refusals = [each for each in refusals if hit.received < _deadline(each)]
        found += [
            (hit, each)
            for each in refusals
            if hit.received > (each.answered or 0.0) + grace
            and (hit.body == each.body if same_body else hit.model == each.model)
        ]
        if hit.retry_after is not None:
            refusals.append(hit)
    return found


def _deadline(refusal: Hit) -> float:
    return (refusal.answered or 0.0) + (refusal.retry_after or 0.0)
