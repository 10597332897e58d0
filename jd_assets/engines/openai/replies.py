"""What an endpoint's 200 says: its text, its tokens, and whether the text is an answer to the question.

What belongs here: reading completions and judging their text, from the raw body alone, so that a kept answer is read
just as a fresh one. What does not: failed exchanges (`failures`), asking again (`engine`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from jd_assets.engines.questions import Question
from jd_assets.store.call_records import Tokens

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer of the endpoint."""

    model: str
    tokens: Tokens | None  # None: the endpoint does not say
    content: str = ""
    finish_reason: str = ""
    refusal: str | None = None
    vectors: NDArray[np.float32] | None = None  # (texts, dimensions), of an embedding


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a reply is no answer."""

    kind: str
    problems: list[str]
    repairable: bool  # whether telling the model may help

    @property
    def reason(self) -> str:
        return "; ".join(self.problems)[:MAX_REASON]


def read_reply(raw: str | bytes) -> Reply | None:
    """A completion from its body; None if that is not a whole one."""
    try:
        body = orjson.loads(raw)
        choice = body["choices"][0]
        message = choice["message"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return None
    if not isinstance(message, dict):
        return None
    return Reply(
        content=_text(message.get("content")),
        finish_reason=_text(choice.get("finish_reason")),
        refusal=_text(message.get("refusal")) or None,
        model=_text(body.get("model")),
        tokens=read_tokens(body.get("usage")),
    )


def read_vectors(raw: bytes) -> Reply | None:
    """An embedding's vectors from its body, in the order of the texts; None if that is not a whole one."""
    try:
        body = orjson.loads(raw)
        rows = sorted(body["data"], key=lambda row: row["index"])
        vectors = np.array([row["embedding"] for row in rows], np.float32)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    if vectors.ndim != 2:
        return None
    return Reply(_text(body.get("model")), read_tokens(body.get("usage")), vectors=vectors)


def read_tokens(usage: Any) -> Tokens | None:
    """The tokens of a `usage` object; endpoints leave out what they do not count."""
    if not isinstance(usage, dict) or not isinstance(usage.get("prompt_tokens"), int):
        return None
    inputs, outputs = usage.get("prompt_tokens_details") or {}, usage.get("completion_tokens_details") or {}
    return Tokens(
        input=usage["prompt_tokens"],
        cached=inputs.get("cached_tokens") or 0,
        cache_write=inputs.get("cache_write_tokens") or 0,
        output=usage.get("completion_tokens") or 0,
        reasoning=outputs.get("reasoning_tokens") or 0,
    )


def judge(reply: Reply, question: Question) -> BaseModel | Fault:
    """The checked value of a reply, or what is wrong with it."""
    if reply.refusal is not None:
        return Fault("refusal", [f"the model refused: {reply.refusal}"], repairable=False)
    if reply.finish_reason == "length":
        limit = f"the answer did not end within {question.max_output_tokens} tokens"
        return Fault("length", [limit], repairable=False)
    if reply.finish_reason == "content_filter":
        return Fault("content_filter", ["the endpoint's content filter withheld the answer"], repairable=False)
    try:
        value = question.schema.model_validate_json(reply.content)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        kind = "invalid_json" if details[0]["type"] == "json_invalid" else "invalid_schema"
        return Fault(kind, [_problem(detail["loc"], detail["msg"]) for detail in details], repairable=True)
    problems = question.check(value)
    return Fault("check_failed", problems, repairable=True) if problems else value


def _problem(location: tuple[int | str, ...], message: str) -> str:
    place = ".".join(str(part) for part in location)
    return f"{place}: {message}" if place else message


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
