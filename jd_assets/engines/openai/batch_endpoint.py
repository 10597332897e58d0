"""The endpoint's files and batches: each call until it goes through, and nothing created twice.

What belongs here: HTTP about files and batches, with retries. What does not: what is in a file (`batch_lines`), when
to do what (`batch`).

The answer to a creation may be lost although it took place. So each thing carries our name for it (a file in its
name, a batch in its metadata), and is looked for before it is created.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any, BinaryIO, Final, TypeVar

import httpx2
import orjson
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAI
from openai.types import Batch

from jd_assets.engines.openai.caller import pause
from jd_assets.engines.openai.client import HIDDEN, MIN_KEY_CHARS, Exchange
from jd_assets.engines.openai.config import ModelsConfig
from jd_assets.engines.openai.failures import Failure, failure_of, malformed
from jd_assets.engines.openai.shutdown import LOOKUP_SECONDS
from jd_assets.errors import JdAssetsError, ModelAccessError, ModelUnavailable

PATH: Final = "/v1/chat/completions"
NAME = "jd_assets"  # of the metadata entry that holds our name for a batch
ENDED = {"completed", "failed", "expired", "cancelled"}
NOT_FOUND = 404
PAGE = 100

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RemoteBatch:
    """A batch as the endpoint sees it."""

    remote_id: str
    status: str
    input_file: str
    files: tuple[str, ...]  # with what became of its requests
    total: int
    completed: int
    failed: int
    errors: tuple[tuple[str, str], ...]  # code and message: why it failed as a whole

    @property
    def done(self) -> int:
        """How many of its requests are done."""
        return self.completed + self.failed

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ENDED


class BatchEndpoint:
    """Files and batches of one endpoint; for one thread.

    Every method but `shutdown_date` raises ModelAccessError when the endpoint refuses us, and ModelUnavailable when it
    fails more often than the configuration allows.
    """

    def __init__(self, config: ModelsConfig, key: str) -> None:
        self._endpoint, self._most = config.endpoint, config.limits.max_attempts
        self._key = key.encode() if len(key) >= MIN_KEY_CHARS else None
        timeout = httpx2.Timeout(config.endpoint.timeout_seconds)
        self._client = OpenAI(api_key=key, base_url=config.endpoint.base_url, max_retries=0, timeout=timeout)

    def shutdown_date(self, model: str) -> date | None:
        """See `Client.shutdown_date`."""
        with suppress(Exception):
            return date.fromisoformat(self._client.models.retrieve(model, timeout=LOOKUP_SECONDS).shutdown_date or "")
        return None

    def upload(self, name: str, content: BinaryIO) -> str:
        """The id of the file of that name, which is made if it is not there."""

        def attempt() -> str:
            content.seek(0)
            return self._file(name) or self._client.files.create(file=(name, content), purpose="batch").id

        return self._tried(attempt)

    def submit(self, name: str, file: str, about: dict[str, str]) -> RemoteBatch:
        """The batch of that name, which is made of a file if it is not there. `about` goes into its metadata."""

        def attempt() -> RemoteBatch:
            return self._batch(name) or _remote(
                self._client.batches.create(
                    completion_window="24h", endpoint=PATH, input_file_id=file, metadata={NAME: name, **about}
                )
            )

        return self._tried(attempt)

    def find(self, name: str) -> RemoteBatch | None:
        """The batch of that name, if the endpoint has it."""
        return self._tried(lambda: self._batch(name))

    def look(self, remote_id: str) -> RemoteBatch | None:
        """How far a batch is; None if the endpoint knows nothing of it."""

        def attempt() -> RemoteBatch | None:
            try:
                return _remote(self._client.batches.retrieve(remote_id))
            except APIStatusError as error:
                if error.status_code == NOT_FOUND:
                    return None
                raise

        return self._tried(attempt)

    def read(self, file: str) -> list[dict[str, Any]]:
        """The lines of a file; one that came cut short is read again."""

        def attempt() -> list[dict[str, Any]]:
            content = self._clean(self._client.files.content(file).read())
            return [orjson.loads(line) for line in content.splitlines() if line.strip()]

        return self._tried(attempt)

    def delete(self, files: tuple[str, ...]) -> None:
        """Delete files that are of no more use; one that stays does no harm."""
        for file in files:
            with suppress(APIError):
                self._client.files.delete(file)

    def delete_named(self, name: str) -> None:
        """Delete the file of that name, if it was uploaded."""
        with suppress(JdAssetsError):
            if file := self._tried(lambda: self._file(name)):
                self.delete((file,))

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _file(self, name: str) -> str | None:
        files = self._client.files.list(purpose="batch", limit=PAGE)
        return next((file.id for file in files if file.filename == name), None)

    def _batch(self, name: str) -> RemoteBatch | None:
        batches = self._client.batches.list(limit=PAGE)
        return next((_remote(batch) for batch in batches if (batch.metadata or {}).get(NAME) == name), None)

    def _tried(self, action: Callable[[], Result]) -> Result:
        for number in count(1):
            started = time.monotonic()
            try:
                return action()
            except APIStatusError as error:
                response = error.response
                exchange = Exchange(0.0, response.status_code, response.headers, self._clean(response.content))
                failure = failure_of(exchange, "", self._endpoint) or malformed(exchange, self._endpoint)
            except APIConnectionError as error:
                lost = "timeout" if isinstance(error, APITimeoutError) else "connection_lost"
                failure = self._lost(Exchange(time.monotonic() - started, lost=lost))
            except (APIError, httpx2.HTTPError, ValueError, AttributeError, TypeError):  # a body that is no answer
                failure = malformed(Exchange(0.0, 200), self._endpoint)
            if failure.scope != "retry":
                raise ModelAccessError(failure.reason)
            if number == self._most:
                raise ModelUnavailable(f"{failure.reason} – given up after {number} attempts; run again to carry on")
            time.sleep(pause(number, failure))
        raise AssertionError("unreachable")

    def _lost(self, exchange: Exchange) -> Failure:
        failure = failure_of(exchange, "", self._endpoint)
        assert failure is not None, "a lost exchange is a failure"
        return failure

    def _clean(self, content: bytes) -> bytes:
        return content.replace(self._key, HIDDEN.encode()) if self._key is not None else content


def _remote(batch: Batch) -> RemoteBatch:
    counts = batch.request_counts
    errors = (batch.errors.data if batch.errors else None) or []
    return RemoteBatch(
        batch.id,
        batch.status,
        batch.input_file_id,
        tuple(file for file in (batch.output_file_id, batch.error_file_id) if file),
        counts.total if counts else 0,
        counts.completed if counts else 0,
        counts.failed if counts else 0,
        tuple((error.code or "", error.message or "") for error in errors),
    )
