"""The lines of batch files: a request on the way out, what became of it on the way in.

What belongs here: reading and writing lines. What does not: files, batches, when they come and go.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from jd_assets.engines.openai.batch_endpoint import PATH
from jd_assets.engines.openai.client import Exchange
from jd_assets.engines.openai.config import Endpoint
from jd_assets.engines.openai.estimate import BATCH_SHARE
from jd_assets.engines.openai.failures import Failure, failure_of, malformed
from jd_assets.engines.openai.prices import Price
from jd_assets.engines.openai.replies import read_reply
from jd_assets.engines.openai.requests import ModelRequest
from jd_assets.store.call_records import CallEnd, OpenCall

NEVER_DONE = {"batch_expired", "batch_cancelled"}  # codes of lines that the endpoint did not come to


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a request: how its call ended, and why there is no answer."""

    end: CallEnd
    failure: Failure | None


def custom_id(call_id: int) -> str:
    """The name of a request in its batch; of one length, so that files can be measured before there are ids."""
    return f"call-{call_id:012d}"


def request_line(request: ModelRequest, call_id: int) -> bytes:
    """A line of an input file."""
    line = {"custom_id": custom_id(call_id), "method": "POST", "url": PATH, "body": orjson.Fragment(request.body)}
    return orjson.dumps(line) + b"\n"


def read_result(line: dict[str, Any], call: OpenCall, price: Price | None, model: str, endpoint: Endpoint) -> Result:
    """How a call ended, by a line of an output or error file."""
    response = line.get("response")
    if not isinstance(response, dict):
        error = line.get("error") or {}
        code = str(error.get("code") or "batch_error")
        failure = Failure(code, "retry", f"{endpoint.base_url}: {error.get('message') or code}")
        if code in NEVER_DONE:
            return Result(not_done(call, code, sent=False), failure)
        return Result(CallEnd(call, "failed", error=code, cost_usd=Decimal(0)), failure)
    body = orjson.dumps(response.get("body"))
    exchange = Exchange(0.0, int(response.get("status_code") or 0), {}, body)
    failed = failure_of(exchange, model, endpoint)
    reply = read_reply(body) if failed is None else None
    if reply is None:
        failed = failed or malformed(exchange, endpoint)
        cost = Decimal(0) if not failed.may_be_billed else None
    else:
        cost = price.cost(reply.tokens) * BATCH_SHARE if price and reply.tokens else None
    end = CallEnd(
        call,
        "failed" if failed else "answered",
        error=failed.kind if failed else None,
        http_status=exchange.status,
        request_id=response.get("request_id"),
        model_answered=reply.model if reply else None,
        raw=body.decode(),
        tokens=reply.tokens if reply else None,
        cost_usd=cost,
        price_list=price.source if price else None,
    )
    return Result(end, failed)


def not_done(call: OpenCall, kind: str, *, sent: bool) -> CallEnd:
    """How a call ended of which no line tells: at no cost if it was never done, else at one that nobody knows."""
    return CallEnd(call, "failed" if sent else "unsent", error=kind, cost_usd=None if sent else Decimal(0))
