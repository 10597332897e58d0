"""Replies of the endpoint: what is sent back, and the errors in OpenAI's words.

What belongs here: statuses, error bodies, their headers. What does not: when they are due.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from jd_assets_tests.simulator.hits import Usage


@dataclass(slots=True)
class Reply:
    """An answer before it is sent; `usage` and `model` where there is something to bill."""

    status: int
    payload: Any  # JSON, or bytes as they are
    headers: dict[str, str] = field(default_factory=dict)
    usage: Usage | None = None
    model: str = ""
    retry_after: float | None = None

    @property
    def code(self) -> str | None:
        """The error's code or type, if it is one."""
        if self.status < 400:
            return None
        error = self.payload["error"]
        return str(error["code"] or error["type"])


def error(status: int, kind: str, code: str | None, message: str, param: str | None = None) -> Reply:
    """An error as OpenAI writes it."""
    return Reply(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})


def waiting(reply: Reply, seconds: float | None) -> Reply:
    """The reply with its retry-after: whole seconds in one header; a fraction rounded up there, and exact in ms."""
    if seconds is not None:
        reply.headers["retry-after"] = str(math.ceil(seconds))
        if seconds != int(seconds):
            milliseconds = math.ceil(seconds * 1000)
            reply.headers["retry-after-ms"] = str(milliseconds)
            seconds = milliseconds / 1000
        reply.retry_after = seconds
    return reply


def rate_limited(model: str, limit: str = "requests", seconds: float | None = None) -> Reply:
    """429: come back later."""
    again = f" Please try again in {seconds:.3f}s." if seconds is not None else ""
    message = f"Rate limit reached for {model} in organization org-simulator on {limit} per min.{again}"
    return waiting(error(429, limit, "rate_limit_exceeded", message), seconds)


def out_of_quota() -> Reply:
    """429: not before you pay."""
    kind = "insufficient_quota"
    message = "You exceeded your current quota, please check your plan and billing details."
    return error(429, kind, kind, message)


def unauthorized(key: str) -> Reply:
    """401, which names parts of the key, as the real one does."""
    message = f"Incorrect API key provided: {key[:8]}{'*' * 8}{key[-4:]}."
    return error(401, "invalid_request_error", "invalid_api_key", message)


def model_not_found(model: str) -> Reply:
    """404: no such model."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return error(404, "invalid_request_error", "model_not_found", message)


def server_error() -> Reply:
    """500."""
    return error(500, "server_error", None, "The server had an error while processing your request. Sorry about that!")


def overloaded() -> Reply:
    """503."""
    return error(503, "server_error", "overloaded", "The engine is currently overloaded, please try again later.")


def bad_request(message: str, param: str | None = None, code: str | None = None) -> Reply:
    """400."""
    return error(400, "invalid_request_error", code, message, param)


def not_found(what: str) -> Reply:
    """404: no such file, batch or page."""
    return error(404, "invalid_request_error", None, f"No such {what}.")
