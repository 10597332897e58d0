"""The script of a simulated endpoint: what it charges, what it allows, how it misbehaves.

What belongs here: the words in which a test says so, and their checking. What does not: carrying it out.
All of it is read from JSON, and may be changed while the simulator runs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FaultKind = Literal[
    # answered by a status other than 200; never billed
    "rate_limited",  # 429 rate_limit_exceeded, with `retry_after` if given
    "quota",  # 429 insufficient_quota
    "server_error",  # 500
    "overloaded",  # 503
    "unauthorized",  # 401
    "model_not_found",  # 404
    "bad_request",  # 400
    # the answer does not arrive whole; see `billed`
    "cut",  # the connection ends without a byte of answer
    "truncated",  # the connection ends in the middle of the body
    "broken_body",  # a complete HTTP answer whose JSON ends in the middle
    "html",  # 200 with a page of HTML
    # the model's answer is of no use; billed like any other
    "invalid_json",
    "schema_invalid",
    "refusal",
    "length",
    "content_filter",
    "invented",  # fits its schema, but with words and ids that were never offered
    "literal",  # the answer is `answer`, word for word
    # late, but good
    "slow",  # `seconds` later than otherwise
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Part):
    """USD per million tokens. Without `cache_write`, written tokens are not reported and cost as `input`."""

    input: Decimal
    cached_input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    cache_write: Decimal | None = None


class Limits(_Part):
    """Allowance of each model: token buckets that hold `burst_seconds` of the limit and fill evenly.

    Tokens of a request are counted when it is admitted: by "used", what its answer really uses; by "announced", the
    larger of a quarter of its characters and of its `max_completion_tokens`, whatever is used of them.
    """

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    burst_seconds: float = 60.0
    counted: Literal["used", "announced"] = "used"


class Fault(_Part):
    """One way to misbehave, and for which requests.

    The faults of a script are looked at in order, and one draw decides: their shares add up. The draw hangs on the
    script's seed, the request's body and (`per` "attempt") on how often that body came before, so a run can be repeated
    exactly; `per` "body" lets all attempts of one body fare alike.
    """

    kind: FaultKind
    share: float = Field(default=1.0, ge=0, le=1)
    marker: str | None = None  # only requests whose body holds these ASCII characters
    schema_name: str | None = None  # only requests for an answer of this schema
    path: str | None = None  # only this path ("/v1/batches"); None: chat completions and embeddings
    method: Literal["POST", "GET"] = "POST"
    times: int | None = None  # over after so many
    per: Literal["attempt", "body"] = "attempt"
    retry_after: float | None = None  # rate_limited, server_error, overloaded: seconds; a fraction is sent in ms, too
    seconds: float = 1.0  # slow
    billed: bool = False  # cut, truncated, broken_body, html: the work was done and is paid although the answer is lost
    answer: Any = None  # literal: a string as it is, anything else as JSON


class BatchScript(_Part):
    """How batches fare: how long they take, and the share of their requests that are not done when they expire."""

    seconds: float = 0.2
    expired_share: float = Field(default=0.0, ge=0, le=1)


class Script(_Part):
    """All a test may ask for. The default endpoint is perfect, without limits and fast."""

    seed: int = 0
    api_key: str | None = None  # the only good key; None: any
    latency_seconds: float = 0.0
    latency_spread: float = Field(default=0.0, ge=0, le=1)  # answers take latency x (1 ± spread)
    prices: dict[str, Price] = {
        "gpt-6-luna": Price(
            input=Decimal("0.10"), cached_input=Decimal("0.01"), output=Decimal("0.50"), cache_write=Decimal("0.125")
        ),
        "text-embedding-3-small": Price(input=Decimal("0.02")),
    }
    shutdown_dates: dict[str, str | None] = {}  # by model, as /v1/models has them; else the field is missing
    limits: Limits = Limits()
    quota_usd: Decimal | None = None  # when so much has been billed, everything is insufficient_quota
    cached_prefix_tokens: int = 1024  # a static part of at least so many tokens is cached
    faults: tuple[Fault, ...] = ()
    batch: BatchScript = BatchScript()
    keep_bodies: bool = False  # remember what was sent, for tests that look at it
