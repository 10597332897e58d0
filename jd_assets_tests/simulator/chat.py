"""The endpoint /v1/chat/completions: from a request to a completion.

What belongs here: checking requests, the completion and its usage. What does not: HTTP, limits, what the model says.
"""

from __future__ import annotations

import time
from typing import Any

import orjson

from jd_assets_tests.simulator import replies, strict
from jd_assets_tests.simulator.answers.model import answer, invention, small_talk
from jd_assets_tests.simulator.draws import fingerprint
from jd_assets_tests.simulator.faults import spoil
from jd_assets_tests.simulator.hits import Books, Usage, count_tokens
from jd_assets_tests.simulator.replies import Reply
from jd_assets_tests.simulator.script import Fault, Script

_CACHE_STEP = 128  # tokens
_MESSAGE_TOKENS = 4  # around each message
_ANSWER_TOKENS = 3  # before the answer

_checked: dict[bytes, tuple[list[str], int]] = {}  # by schema: what is wrong with it, and its tokens


def complete(body: dict[str, Any], script: Script, books: Books, fault: Fault | None, request_id: str) -> Reply:
    """The completion for a request; what is wrong with the request is answered as an error."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return replies.bad_request("Invalid 'messages': empty array.", "messages")
    if not all(isinstance(message.get("content"), str) for message in messages):
        return replies.bad_request("This simulator takes text messages only.", "messages")
    if body.get("stream") or body.get("n", 1) != 1 or body.get("tools"):
        return replies.bad_request("This simulator gives one answer, whole, without tools.")
    form = body.get("response_format") or {"type": "text"}
    schema_tokens = 0
    if form["type"] == "json_schema":
        named = form["json_schema"]
        wrong, schema_tokens = _look_at(named)
        if wrong:
            message = f"Invalid schema for response_format '{named.get('name')}': {wrong[0]}."
            return replies.bad_request(message, "response_format")
        if fault is not None and fault.kind == "invented":
            content = invention(script.seed, named["name"], named["schema"])
        else:
            content = answer(script.seed, messages, named["name"], named["schema"])
    elif form["type"] == "text":
        content = small_talk(messages)
    else:
        return replies.bad_request("This simulator answers in text or by a json_schema.", "response_format")
    said, reason = _said(content) if fault is None else spoil(fault, content)
    most = body.get("max_completion_tokens", body.get("max_tokens"))
    used = count_tokens(said["content"] or said["refusal"] or "")
    if most is not None and used > most:
        said, reason, used = _said(content[: most * 3])[0], "length", most
    usage = _usage(body["model"], messages, schema_tokens, used, script, books)
    return Reply(200, _payload(body["model"], said, reason, usage, request_id), usage=usage, model=body["model"])


def announced_tokens(body: dict[str, Any]) -> int:
    """What a request says of its size: the larger of a quarter of its characters and of its most answer tokens."""
    chars = sum(len(str(message.get("content"))) for message in body.get("messages", ()))
    return max(-(-chars // 4), body.get("max_completion_tokens") or body.get("max_tokens") or 0)


def _said(content: str) -> tuple[dict[str, Any], str]:
    return {"content": content, "refusal": None}, "stop"


def _look_at(named: dict[str, Any]) -> tuple[list[str], int]:
    """What is wrong with a json_schema, and how many tokens it is."""
    raw = orjson.dumps(named)
    if raw not in _checked:
        wrong = strict.problems(named["schema"]) if named.get("strict") is True else ["'strict' must be true here"]
        _checked[raw] = wrong, count_tokens(raw.decode())
    return _checked[raw]


def _usage(
    model: str, messages: list[dict[str, Any]], schema_tokens: int, output: int, script: Script, books: Books
) -> Usage:
    """Tokens; what leads up to some message before the last is cached when it is long enough and was seen before."""
    total, cached, kept = schema_tokens, 0, 0
    seen = f"{model}\0{schema_tokens}"
    for message in messages[:-1]:
        total += _MESSAGE_TOKENS + count_tokens(message["content"])
        seen = fingerprint(f"{seen}\0{message['content']}".encode())
        if total >= script.cached_prefix_tokens:
            kept = total // _CACHE_STEP * _CACHE_STEP
            if books.cached(seen):
                cached = kept
    total += _MESSAGE_TOKENS + _ANSWER_TOKENS + count_tokens(messages[-1]["content"])
    written = kept - cached if script.prices[model].cache_write is not None else 0
    return Usage(total, cached, written, output)


def _payload(model: str, message: dict[str, Any], reason: str, usage: Usage, request_id: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", **message, "annotations": []},
                "logprobs": None,
                "finish_reason": reason,
            }
        ],
        "usage": {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.input + usage.output,
            "prompt_tokens_details": {
                "cached_tokens": usage.cached,
                "cache_write_tokens": usage.written,
                "audio_tokens": 0,
            },
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_simulator",
    }
