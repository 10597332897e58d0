"""One request, one HTTP exchange: the `openai` client with everything switched off that would act on its own.

What belongs here: sending, and handing back whatever came, with headers and body. What does not: what an answer means
(`replies`, `failures`), when to send (`limits`), trying again (`engine`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import aiohttp
import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient

from jd_assets.engines.openai.config import Endpoint
from jd_assets.engines.openai.shutdown import LOOKUP_SECONDS

HIDDEN = "[key]"
MIN_KEY_CHARS = 8  # what is shorter is no key, and would be found in harmless places


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came back; no status when the connection failed, with the reason in `lost`."""

    seconds: float
    status: int | None = None
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    lost: str | None = None  # timeout, connection_refused or connection_lost

    @property
    def request_id(self) -> str | None:
        """The endpoint's name for the exchange."""
        return self.headers.get("x-request-id") if self.headers else None


class Client:
    """Sends to one endpoint; for one event loop."""

    def __init__(self, endpoint: Endpoint, key: str, *, connections: int) -> None:
        """A client that keeps up to `connections` open."""
        self._timeout = endpoint.timeout_seconds
        self._key = key.encode() if len(key) >= MIN_KEY_CHARS else None
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = AsyncOpenAI(
            api_key=key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=None,  # ours is for the whole exchange
            http_client=DefaultAioHttpClient(limits=limits, timeout=None),
        )

    async def post(self, path: str, body: bytes, name: str) -> Exchange:
        """Send `body`, JSON, once; `name` is our name for the exchange, sent along as X-Client-Request-Id.

        Raises nothing for whatever the endpoint does. A body that would show the key comes back without it.
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.post(
                    path,
                    content=body,
                    cast_to=httpx2.Response,
                    options={"headers": {"Content-Type": "application/json", "X-Client-Request-Id": name}},
                )
        except APIStatusError as error:
            response = error.response
        except TimeoutError:
            return Exchange(time.monotonic() - started, lost="timeout")
        except APIConnectionError as error:
            return Exchange(time.monotonic() - started, lost=_lost(error))
        content = response.content
        if self._key is not None and self._key in content:
            content = content.replace(self._key, HIDDEN.encode())
        return Exchange(time.monotonic() - started, response.status_code, response.headers, content)

    async def shutdown_date(self, model: str) -> date | None:
        """When a model is shut down; None if the endpoint does not say so, for whatever reason."""
        with suppress(Exception):  # an endpoint without /models is as good, and one that is down shows with a question
            async with asyncio.timeout(LOOKUP_SECONDS):
                found = await self._client.models.retrieve(model)
            return date.fromisoformat(found.shutdown_date or "")
        return None

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


def _lost(error: APIConnectionError) -> str:
    """What became of a connection. Only the first cause tells: on the way up most of them turn into a timeout."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
        if isinstance(cause, aiohttp.ClientConnectorError):
            return "connection_refused"
    return "connection_lost"
