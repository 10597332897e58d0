"""HTTP: each request through the same gate, then to its endpoint.

What belongs here: reading requests, sending replies, losing connections, the pages that tests read. What does not: what
the replies say.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from jd_assets_tests.simulator import replies
from jd_assets_tests.simulator.batches import Batches
from jd_assets_tests.simulator.draws import draw, fingerprint
from jd_assets_tests.simulator.faults import LOSSES, MODEL_PATHS, refusal_of
from jd_assets_tests.simulator.hits import Hit
from jd_assets_tests.simulator.replies import Reply
from jd_assets_tests.simulator.script import Fault, Script
from jd_assets_tests.simulator.state import State

_MOST_BYTES = 220 * 2**20
_HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"


class Server:
    """The simulated endpoint as an application."""

    def __init__(self, script: Script) -> None:
        self._begin(script)

    def application(self) -> web.Application:
        """What to serve: everything goes through one handler."""
        app = web.Application(client_max_size=_MOST_BYTES)
        app.router.add_route("*", "/{page:.*}", self._handle)
        return app

    def _begin(self, script: Script) -> None:
        self._state = State(script)
        self._batches = Batches(self._state)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/_"):
            return await self._page(request)
        body = await request.read()
        state = self._state
        name = fingerprint(b"\0".join((request.method.encode(), request.path_qs.encode(), body)))
        hit = state.books.open(request.method, request.path, name, request.headers.get("x-client-request-id"))
        if state.script.keep_bodies:
            hit.text = body.decode(errors="replace")
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if request.path in MODEL_PATHS and request.method == "POST":
            reply, fault = await self._ask(state, request.path, body, hit, key)
        else:
            reply, fault = await self._manage(request, body, hit, key)
        return await self._send(state, request, reply, fault, hit)

    async def _ask(self, state: State, path: str, raw: bytes, hit: Hit, key: str) -> tuple[Reply, Fault | None]:
        """A request of a model: checked in the order of a real endpoint, then answered after the latency."""
        try:
            body = orjson.loads(raw)
            hit.model = str(body["model"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return replies.bad_request("We could not parse the JSON body of your request."), None
        hit.schema_name = ((body.get("response_format") or {}).get("json_schema") or {}).get("name")
        hit.store = body.get("store")
        refused = state.refuses(key, hit.model)
        if refused is not None:
            return refused, None
        fault = state.faults.befalls("POST", path, raw, hit.body, hit.attempt, hit.schema_name)
        refused = None if fault is None else refusal_of(fault, hit.model, key)
        if refused is not None:
            return refused, fault
        reply = state.works(path, body, fault, hit.request_id)
        if reply.status == 200:
            tokens = state.counted(path, body, reply)
            refused = state.admits(hit.model, tokens)
            if refused is not None:
                return refused, None
            hit.counted_tokens = tokens
        await asyncio.sleep(_latency(state.script, hit, fault))
        return reply, fault

    async def _manage(self, request: web.Request, raw: bytes, hit: Hit, key: str) -> tuple[Reply, Fault | None]:
        """A request about models, files or batches."""
        script = self._state.script
        if script.api_key is not None and key != script.api_key:
            return replies.unauthorized(key), None
        fault = self._state.faults.befalls(request.method, request.path, raw, hit.body, hit.attempt, None)
        refused = None if fault is None else refusal_of(fault, "", key)
        if refused is not None:
            return refused, fault
        if fault is not None and fault.kind in LOSSES and not fault.billed:
            return Reply(200, {}), fault
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if request.path.startswith("/v1/models"):
            return self._models(request.path), fault
        return await self._batches.handle(request), fault

    def _models(self, path: str) -> Reply:
        script = self._state.script
        every = {
            name: {
                "id": name,
                "object": "model",
                "created": 1,
                "owned_by": "simulator",
                **({"shutdown_date": script.shutdown_dates[name]} if name in script.shutdown_dates else {}),
            }
            for name in script.prices
        }
        wanted = path.removeprefix("/v1/models").strip("/")
        if not wanted:
            return Reply(200, {"object": "list", "data": list(every.values())})
        return Reply(200, every[wanted]) if wanted in every else replies.model_not_found(wanted)

    async def _send(
        self, state: State, request: web.Request, reply: Reply, fault: Fault | None, hit: Hit
    ) -> web.StreamResponse:
        """Send the reply, or lose it, and close the hit: the books are right before the client can look."""
        loss = fault.kind if fault is not None and fault.kind in LOSSES else None
        gone = request.transport is None or request.transport.is_closing()
        hit.answered = state.books.now()
        hit.fault = None if fault is None else fault.kind
        hit.status = None if loss == "cut" else reply.status
        hit.code = reply.code
        hit.retry_after = reply.retry_after
        if loss is None or (fault is not None and fault.billed):
            hit.charge = state.bills(reply, hit.request_id, delivered=loss is None and not gone)
        headers = {"x-request-id": hit.request_id, "openai-version": "2020-10-01", **reply.headers}
        if hit.model is not None:
            headers |= state.allowance(hit.model).headers()
        payload = reply.payload if isinstance(reply.payload, bytes) else orjson.dumps(reply.payload)
        kind = "application/octet-stream" if isinstance(reply.payload, bytes) else "application/json"
        if loss == "html":
            payload, kind = _HTML, "text/html"
        elif loss == "broken_body":
            payload = payload[: len(payload) // 2]
        response = web.Response(body=payload, status=reply.status, headers=headers, content_type=kind)
        if loss == "cut" and request.transport is not None:
            request.transport.close()
        elif loss == "truncated":
            return await self._send_half(request, payload, headers)
        return response

    async def _send_half(self, request: web.Request, payload: bytes, headers: dict[str, str]) -> web.StreamResponse:
        length = {"content-length": str(len(payload)), "content-type": "application/json"}
        response = web.StreamResponse(headers=headers | length)
        await response.prepare(request)
        await response.write(payload[: len(payload) // 2])
        if request.transport is not None:
            request.transport.close()
        return response

    async def _page(self, request: web.Request) -> web.Response:
        """The pages that only tests read: books and script."""
        value: Any
        if request.path == "/_script" and request.method == "POST":
            try:
                changed = {**self._state.script.model_dump(mode="json"), **orjson.loads(await request.read())}
                self._state.follow(Script.model_validate(changed))
            except ValidationError as problem:
                return web.Response(status=400, text=str(problem))
        elif request.path == "/_reset" and request.method == "POST":
            self._begin(self._state.script)
        if request.path == "/_bill":
            value = self._state.books.summary()
        elif request.path == "/_requests":
            value = self._state.books.hits[int(request.query.get("after", 0)) :]
        elif request.path in ("/_script", "/_reset"):
            value = self._state.script.model_dump(mode="json")
        else:
            return web.Response(status=404, text="There are /_bill, /_requests, /_script and /_reset.")
        return web.Response(body=orjson.dumps(value, default=str), content_type="application/json")


def _latency(script: Script, hit: Hit, fault: Fault | None) -> float:
    """Seconds until a request is answered."""
    late = fault.seconds if fault is not None and fault.kind == "slow" else 0.0
    spread = script.latency_spread * (2 * draw(script.seed, hit.body, "latency") - 1) if script.latency_spread else 0.0
    return script.latency_seconds * (1 + spread) + late
