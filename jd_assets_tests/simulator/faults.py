"""Which fault befalls a request, and what it does to an answer.

What belongs here: drawing faults, and spoiling contents. What does not: spoiling connections (server).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from jd_assets_tests.simulator import replies
from jd_assets_tests.simulator.draws import draw
from jd_assets_tests.simulator.replies import Reply
from jd_assets_tests.simulator.script import Fault, Script

MODEL_PATHS = frozenset({"/v1/chat/completions", "/v1/embeddings"})
LOSSES = frozenset({"cut", "truncated", "broken_body", "html"})  # the answer does not arrive whole


class Faults:
    """Draws the faults of a script; counts those that end after some time."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._markers = [None if fault.marker is None else fault.marker.encode("ascii") for fault in script.faults]
        self._used: Counter[int] = Counter()

    def befalls(
        self, method: str, path: str, body: bytes, name: str, attempt: int, schema_name: str | None
    ) -> Fault | None:
        """The fault of this attempt, if there is one."""
        reached = {"attempt": 0.0, "body": 0.0}
        for number, fault in enumerate(self._script.faults):
            if not self._concerns(number, fault, method, path, body, schema_name):
                continue
            tries = attempt if fault.per == "attempt" else 0
            below, reached[fault.per] = reached[fault.per], reached[fault.per] + fault.share
            if below <= draw(self._script.seed, name, fault.per, tries) < reached[fault.per]:
                self._used[number] += 1
                return fault
        return None

    def _concerns(
        self, number: int, fault: Fault, method: str, path: str, body: bytes, schema_name: str | None
    ) -> bool:
        if fault.method != method or (path not in MODEL_PATHS if fault.path is None else path != fault.path):
            return False
        if fault.times is not None and self._used[number] >= fault.times:
            return False
        if fault.schema_name is not None and fault.schema_name != schema_name:
            return False
        marker = self._markers[number]
        return marker is None or marker in body


def refusal_of(fault: Fault, model: str, key: str) -> Reply | None:
    """The error reply that a fault means, if it means one."""
    wait = fault.retry_after
    if fault.kind == "rate_limited":
        return replies.rate_limited(model, "requests", wait)
    if fault.kind == "server_error":
        return replies.waiting(replies.server_error(), wait)
    if fault.kind == "overloaded":
        return replies.waiting(replies.overloaded(), wait)
    if fault.kind == "quota":
        return replies.out_of_quota()
    if fault.kind == "unauthorized":
        return replies.unauthorized(key)
    if fault.kind == "model_not_found":
        return replies.model_not_found(model)
    if fault.kind == "bad_request":
        return replies.bad_request("Invalid request.", "messages")
    return None


def spoil(fault: Fault, content: str) -> tuple[dict[str, Any], str]:
    """The assistant's message and its finish_reason, under a fault of the answer's content."""
    if fault.kind == "refusal":
        return {"content": None, "refusal": "I'm sorry, but I can't help with that."}, "stop"
    if fault.kind == "content_filter":
        return {"content": None, "refusal": None}, "content_filter"
    if fault.kind == "length":
        return {"content": content[: len(content) // 2], "refusal": None}, "length"
    if fault.kind == "invalid_json":
        content = f"Sure! Here it is: {content[: -len(content) // 3]}"
    elif fault.kind == "schema_invalid":
        content = _break(content)
    elif fault.kind == "literal":
        content = fault.answer if isinstance(fault.answer, str) else orjson.dumps(fault.answer).decode()
    return {"content": content, "refusal": None}, "stop"


def _break(content: str) -> str:
    """Valid JSON that breaks its schema: the first property is missing, and there is one too many."""
    value = orjson.loads(content)
    del value[next(iter(value))]
    return orjson.dumps({**value, "unexpected": 7}).decode()
