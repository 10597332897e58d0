"""The endpoint /v1/batches: many requests in a file, answered later, in another order, at half price.

What belongs here: the life of a batch. What does not: files (files), and the answers themselves (state).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from aiohttp import web

from jd_assets_tests.simulator import replies
from jd_assets_tests.simulator.draws import draw, fingerprint, generator
from jd_assets_tests.simulator.faults import LOSSES, MODEL_PATHS, refusal_of
from jd_assets_tests.simulator.files import Files, page
from jd_assets_tests.simulator.replies import Reply
from jd_assets_tests.simulator.state import State

_MOST_LINES = 50_000
_MOST_BYTES = 200 * 2**20
_DAY = 86_400
_LINES_AT_ONCE = 20  # then others have a turn


class Line(NamedTuple):
    """One request of a batch."""

    number: int
    custom_id: str
    body: dict[str, Any]


@dataclass(slots=True)
class Batch:
    """A batch and how far it is."""

    id: str
    endpoint: str
    input_file_id: str
    metadata: dict[str, str] | None
    model: str | None = None
    status: str = "validating"
    created_at: int = field(default_factory=lambda: int(time.time()))
    times: dict[str, int] = field(default_factory=dict)  # when it reached a status
    errors: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    completed: int = 0
    failed: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None

    def reaches(self, status: str) -> None:
        """From now on the batch is in this status."""
        self.status = status
        self.times[f"{status}_at"] = int(time.time())

    def described(self) -> dict[str, Any]:
        """The batch object."""
        stations = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "model": self.model,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "input_file_id": self.input_file_id,
            "completion_window": "24h",
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self.created_at,
            "expires_at": self.created_at + _DAY,
            **{f"{status}_at": self.times.get(f"{status}_at") for status in stations},
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
            "metadata": self.metadata,
        }


class Batches:
    """All batches, and the files they read and write."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._files = Files()
        self._batches: dict[str, Batch] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.Request) -> Reply:
        """Answer a request below /v1/files or /v1/batches."""
        raw = await request.read()
        if request.path.startswith("/v1/files"):
            return self._files.handle(request, raw)
        if not request.path.startswith("/v1/batches"):
            return replies.not_found(f"page: {request.path}")
        batch_id, _, verb = request.path.removeprefix("/v1/batches").strip("/").partition("/")
        if not batch_id:
            if request.method == "POST":
                return self._create(raw)
            return page([batch.described() for batch in reversed(self._batches.values())], request.query)
        batch = self._batches.get(batch_id)
        if batch is None:
            return replies.not_found(f"Batch object: {batch_id}")
        if verb == "cancel" and batch.status in ("validating", "in_progress"):
            batch.reaches("cancelling")
        return Reply(200, batch.described())

    def _create(self, raw: bytes) -> Reply:
        try:
            asked = orjson.loads(raw)
            endpoint, file_id = asked["endpoint"], asked["input_file_id"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return replies.bad_request("'endpoint' and 'input_file_id' are required.")
        if asked.get("completion_window") != "24h" or endpoint not in MODEL_PATHS:
            return replies.bad_request("Invalid 'completion_window' or 'endpoint'.")
        file = self._files.get(file_id)
        if file is None:
            return replies.not_found(f"File object: {file_id}")
        batch = Batch(f"batch_{len(self._batches) + 1:06d}", endpoint, file_id, asked.get("metadata"))
        self._batches[batch.id] = batch
        task = asyncio.create_task(self._run(batch, file.content))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return Reply(200, batch.described())

    async def _run(self, batch: Batch, content: bytes) -> None:
        lines, batch.errors = _read(content, batch.endpoint)
        batch.total = len(lines)
        if lines and not batch.errors:
            batch.model = str(lines[0].body["model"])
            refused = self._state.refuses(self._state.script.api_key or "", batch.model)
            if refused is not None:
                batch.errors = [_wrong(str(refused.code), refused.payload["error"]["message"])]
        if batch.errors:
            batch.reaches("failed")
            return
        batch.reaches("in_progress")
        await asyncio.sleep(self._state.script.batch.seconds)
        await self._work(batch, lines)

    async def _work(self, batch: Batch, lines: list[Line]) -> None:
        """Answer all lines, in a shuffled order; those not done at the end are said to have expired."""
        generator(self._state.script.seed, batch.id).shuffle(lines)
        good: list[bytes] = []
        bad: list[bytes] = []
        unfinished = 0
        for done, line in enumerate(lines):
            if done % _LINES_AT_ONCE == 0:
                await asyncio.sleep(0)
            reply = None if batch.status == "cancelling" else self._answer(batch, line)
            request_id = f"{batch.id}_{line.number:05d}"
            if reply is None:
                unfinished += 1
                bad.append(_unfinished(request_id, line, "cancelled" if batch.status == "cancelling" else "expired"))
                continue
            self._state.bills(reply, request_id, delivered=True, batch=batch.id, custom_id=line.custom_id)
            (good if reply.status == 200 else bad).append(_written(request_id, line, reply))
            batch.completed += reply.status == 200
            batch.failed += reply.status != 200
        if good:
            batch.output_file_id = self._write(batch, "output", good)
        if bad:
            batch.error_file_id = self._write(batch, "error", bad)
        if batch.status == "cancelling":
            batch.reaches("cancelled")
        elif unfinished:
            batch.reaches("expired")
        else:
            batch.reaches("finalizing")
            batch.reaches("completed")

    def _answer(self, batch: Batch, line: Line) -> Reply | None:
        """The answer to a line; None: it was not done in time."""
        script, books = self._state.script, self._state.books
        raw = orjson.dumps(line.body)
        name = fingerprint(raw)
        attempt = books.attempt(name)
        if draw(script.seed, name, "expired", attempt) < script.batch.expired_share:
            return None
        schema_name = ((line.body.get("response_format") or {}).get("json_schema") or {}).get("name")
        fault = self._state.faults.befalls("POST", batch.endpoint, raw, name, attempt, schema_name)
        if fault is not None:
            refused = replies.server_error() if fault.kind in LOSSES else refusal_of(fault, batch.model or "", "")
            if refused is not None:
                return refused
        return self._state.works(batch.endpoint, line.body, fault, f"{batch.id}_{line.number:05d}")

    def _write(self, batch: Batch, what: str, lines: list[bytes]) -> str:
        return self._files.add(f"{batch.id}_{what}.jsonl", "batch_output", b"\n".join(lines) + b"\n").id


def _read(content: bytes, endpoint: str) -> tuple[list[Line], list[dict[str, Any]]]:
    """The requests of an input file, and what is wrong with it."""
    if len(content) > _MOST_BYTES:
        return [], [_wrong("file_too_large", f"{len(content)} bytes; the most is {_MOST_BYTES}.")]
    lines: list[Line] = []
    wrong: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, raw in enumerate(content.splitlines(), start=1):
        if not raw.strip():
            continue
        try:
            asked = orjson.loads(raw)
            line = Line(number, asked["custom_id"], asked["body"])
            model, url = line.body["model"], asked["url"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            wrong.append(_wrong("invalid_json_line", "This line is not a request.", number))
            continue
        if url != endpoint:
            wrong.append(_wrong("mismatched_url", f"The batch is for {endpoint}, this line for {url}.", number))
        if lines and model != lines[0].body["model"]:
            wrong.append(_wrong("mismatched_model", "All requests of a batch ask one model.", number))
        if line.custom_id in seen:
            wrong.append(_wrong("duplicate_custom_id", f"{line.custom_id} has come before.", number))
        seen.add(line.custom_id)
        lines.append(line)
    if not lines and not wrong:
        wrong.append(_wrong("empty_file", "The file holds no request."))
    if len(lines) > _MOST_LINES:
        wrong.append(_wrong("too_many_tasks", f"{len(lines)} requests; the most is {_MOST_LINES}."))
    return lines, wrong


def _wrong(code: str, message: str, line: int | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "param": None, "line": line}


def _written(request_id: str, line: Line, reply: Reply) -> bytes:
    response = {"status_code": reply.status, "request_id": request_id, "body": reply.payload}
    return orjson.dumps(
        {"id": f"batch_req_{request_id}", "custom_id": line.custom_id, "response": response, "error": None}
    )


def _unfinished(request_id: str, line: Line, why: str) -> bytes:
    message = f"This request was not executed: the batch has {why}."
    error = {"code": f"batch_{why}", "message": message}
    return orjson.dumps(
        {"id": f"batch_req_{request_id}", "custom_id": line.custom_id, "response": None, "error": error}
    )
