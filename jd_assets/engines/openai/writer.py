"""The one writer of the ledger: gathers what waits and commits it together.

What belongs here: bringing the calls of an event loop and the ledger's blocking session together. What does not: SQL.
A group gathers for a moment, and as long as the one before it takes: the busier it gets, the more each carries.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from jd_assets.store.call_records import CallEnd, CallUse, Claim, Group, NewCall, OpenCall, Written
from jd_assets.store.call_session import CallSession

# Better few commits with much in them: one costs as much as all else of a call. No model is so fast that it shows.
GATHER_SECONDS = 0.01


class LedgerWriter:
    """Writes for one event loop; `close` it there."""

    def __init__(self, session: CallSession) -> None:
        self._session = session
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._group, self._done = Group(), asyncio.get_running_loop().create_future()
        self._waiting = asyncio.Event()
        self._task = asyncio.create_task(self._write())

    async def claim(self, request_hash: str) -> Claim:
        """The kept answer of a request, or the right to ask for one; within a process one may ask at a time."""
        self._group.wanted.append(request_hash)
        return (await self._written()).claims[request_hash]

    async def open(self, call: NewCall) -> OpenCall | None:
        """Note an attempt before it is sent; None if the budget does not allow it."""
        place = len(self._group.new)
        self._group.new.append(call)
        return (await self._written()).opened[place]

    async def end(self, end: CallEnd) -> None:
        """Note how an attempt ended."""
        self._group.ends.append(end)
        await self._written()

    def release(self, request_hash: str) -> None:
        """Give a claim back, after what was written until now."""
        self._group.released.append(request_hash)
        self._waiting.set()

    def use(self, use: CallUse) -> None:
        """Note what became of an answer; on disk after the next `flush`."""
        self._group.uses.append(use)
        self._waiting.set()

    async def flush(self) -> None:
        """Wait until everything is on disk."""
        await self._written()

    async def close(self) -> None:
        """Write what waits and give all claims back."""
        await self._written()
        self._task.cancel()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._session.close)
        self._thread.shutdown()

    async def _written(self) -> Written:
        self._waiting.set()
        # Shielded: one who no longer waits must not keep the others from their news.
        return await asyncio.shield(self._done)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._waiting.wait()
            await asyncio.sleep(GATHER_SECONDS)
            group, done = self._group, self._done
            self._group, self._done = Group(), loop.create_future()
            self._waiting.clear()
            try:
                done.set_result(await loop.run_in_executor(self._thread, self._session.write, group))
            except Exception as error:
                done.set_exception(error)
                done.exception()  # looked at, even if nobody waits
