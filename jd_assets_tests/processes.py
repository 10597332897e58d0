"""Servers that tests start: a process that prints its address, and is ended by its id.

What belongs here: starting, waiting, ending, each bounded in time. What does not: which servers there are.
A server ends by itself when its standard input ends, so that it never outlives the tests.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

_START_SECONDS = 60
_END_SECONDS = 10


class Running(NamedTuple):
    """A server that is ready."""

    address: str  # as it printed it
    pid: int


@contextmanager
def serving(module: str, *arguments: str) -> Iterator[Running]:
    """`python -m module arguments`, for the length of a `with` block."""
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
        address = process.stdout.readline().decode().strip() if ready else ""
        assert address, f"{module} was not ready within {_START_SECONDS} s"
        yield Running(address, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
