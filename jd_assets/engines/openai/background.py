"""An event loop in a thread of its own, for blocking callers; and stopping what runs there without losing anything.

What belongs here: threads and stopping. What does not: what runs in the loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


class StoppedError(Exception):
    """The work was stopped where it waited; `Stop.reason` says why."""


class Stop:
    """Ends the waiting of tasks that work together, and only their waiting: what was sent is awaited and noted."""

    def __init__(self) -> None:
        self.reason: Exception | None = None
        self._waiting: set[asyncio.Task[Any]] = set()

    def now(self, reason: Exception) -> None:
        """Let nobody wait any longer; the first reason counts. Call it in the loop."""
        if self.reason is None:
            self.reason = reason
            for task in self._waiting:
                task.cancel()

    def check(self) -> None:
        """Raises StoppedError once it is over."""
        if self.reason is not None:
            raise StoppedError

    @contextmanager
    def ends(self) -> Iterator[None]:
        """What is awaited in the block may be given up: then StoppedError is raised."""
        self.check()
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if self.reason is None:
                raise
            task.uncancel()
            raise StoppedError from None
        finally:
            self._waiting.discard(task)


class Background:
    """A loop in a daemon thread, started when it is first needed."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Callable[[Stop], Coroutine[Any, Any, Result]]) -> Result:
        """The result of `work(stop)`, run in the loop.

        When the caller is interrupted (by Ctrl-C, say) the work is stopped, and the interruption goes on when what was
        sent is noted; a second interruption does not wait for that.
        """
        stop, loop = Stop(), self._running_loop()
        future = asyncio.run_coroutine_threadsafe(work(stop), loop)
        try:
            return future.result()
        except BaseException:
            if not future.done():
                loop.call_soon_threadsafe(stop.now, StoppedError("interrupted"))
                future.exception()
            raise

    @property
    def started(self) -> bool:
        """Whether there is a loop."""
        return self._loop is not None

    def close(self) -> None:
        """End the loop; what still runs in it is dropped."""
        with self._mutex:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._mutex:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="model calls", daemon=True)
                self._thread.start()
            return self._loop
