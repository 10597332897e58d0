"""Failed exchanges by name: which are worth another attempt, which concern one question, which stop everything.

What belongs here: reading an error of the endpoint. What does not: answers that arrived but are of no use (`replies`),
waiting and trying again (`engine`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import orjson

from jd_assets.engines.openai.client import Exchange
from jd_assets.engines.openai.config import Endpoint

# retry: the same request may go through. question: nothing but this question is concerned. access: nobody gets served.
Scope = Literal["retry", "question", "access"]

MAX_DETAIL = 300
QUOTA_CODES = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
QUESTION_CODES = {
    "context_length_exceeded": "too_long",
    "string_above_max_length": "too_long",
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "invalid_prompt": "content_filter",
}
RETRIED = {408, 409, 425, 429}
TOO_LARGE = 413


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer."""

    kind: str
    scope: Scope
    reason: str  # a sentence for a person, with what to do where there is something to do
    retry_after: float | None = None  # seconds, as the endpoint demands
    may_be_billed: bool = False  # the work may have been done and charged, nobody can tell


def failure_of(exchange: Exchange, model: str, endpoint: Endpoint) -> Failure | None:
    """The failure in an exchange; None if it brought a 200."""
    if exchange.lost is not None:
        sent = exchange.lost != "connection_refused"
        reason = f"{endpoint.base_url}: {exchange.lost.replace('_', ' ')} after {exchange.seconds:.1f} s"
        return Failure(exchange.lost, "retry", reason, may_be_billed=sent)
    if exchange.status == 200:
        return None
    status = exchange.status or 0
    error = _error(exchange.body)
    code = str(error.get("code") or error.get("type") or "")
    said = f"{endpoint.base_url} answered {status}: {str(error.get('message') or '')[:MAX_DETAIL]}".rstrip(": ")
    if status in (401, 403):  # not its words: they may show the key
        hint = f"check {endpoint.api_key_env} and what it may use" if endpoint.api_key_env else "it wants a key"
        return Failure("no_access", "access", f"{endpoint.base_url} refuses us with status {status}: {hint}")
    if code in QUOTA_CODES or error.get("type") in QUOTA_CODES:
        return Failure("insufficient_quota", "access", f"{said} – raise the account's quota, then run again")
    if status == 404:
        hint = f"check the model's name ({model}) and the endpoint's base_url"
        return Failure("unknown_model", "access", f"{said} – {hint}")
    if status in RETRIED or status >= 500:
        kind = {429: "rate_limited", 408: "timeout"}.get(status, "server_error")
        return Failure(kind, "retry", said, retry_after=retry_after(exchange))
    if status == TOO_LARGE or code in QUESTION_CODES:
        return Failure(QUESTION_CODES.get(code, "too_long"), "question", said)
    if status in (400, 422) and not _about_form(error):
        return Failure("bad_request", "question", said)
    return Failure(
        "bad_request", "access", f"{said} – the endpoint does not take requests of this form: see docs/models.md"
    )


def malformed(exchange: Exchange, endpoint: Endpoint) -> Failure:
    """A 200 without a usable body: cut short, or a page of some proxy. It may have been charged."""
    reason = f"{endpoint.base_url} answered 200 with {len(exchange.body)} bytes that are no whole answer"
    return Failure("malformed_body", "retry", reason, may_be_billed=True)


def retry_after(exchange: Exchange) -> float | None:
    """The seconds the endpoint wants us to wait, from retry-after-ms or retry-after (seconds or a date)."""
    headers = exchange.headers or {}
    try:
        return max(0.0, float(headers["retry-after-ms"]) / 1000)
    except (KeyError, ValueError):
        pass
    text = headers.get("retry-after", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def _error(body: bytes) -> dict[str, Any]:
    """The error object; servers differ: {"error": {…}}, {"error": "…"}, {"message": …} or no JSON at all."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    error = found.get("error", found) if isinstance(found, dict) else {}
    return error if isinstance(error, dict) else {"message": str(error)}


def _about_form(error: dict[str, Any]) -> bool:
    """Whether a 400 is about parameters or schema, which all requests share, rather than about the messages."""
    param = str(error.get("param") or "")
    return bool(param) and not param.startswith(("messages", "input"))
