"""What measurements share: watching a command's processes and the database's, and lines with a target.

What belongs here: measuring and printing. What does not: what is measured (`bench.py`, `bench_models.py`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil

from jd_assets.store.server import EmbeddedPostgres

SAMPLE_SECONDS = 0.2


@dataclass
class Cost:
    """What a command took: wall and CPU seconds, Postgres' CPU seconds, and the highest memory of its processes."""

    outcome: list[dict[str, Any]]
    seconds: float
    cpu_seconds: float
    postgres_seconds: float
    peak_bytes: int


def measured(server: EmbeddedPostgres, arguments: Sequence[str]) -> Cost:
    """Run `jd-assets` and watch it. Raises CalledProcessError when it fails."""
    started, before = time.perf_counter(), postgres_cpu(server)
    command = [sys.executable, "-c", "from jd_assets.cli import main; main()", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child, watching(child.pid) as peak:
        output, _ = child.communicate()
    seconds = time.perf_counter() - started
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command, output)
    usage = os.times()
    cpu = usage.children_user + usage.children_system - _CHILDREN[-1]
    _CHILDREN.append(usage.children_user + usage.children_system)
    return Cost(json.loads(output), seconds, cpu, postgres_cpu(server) - before, peak[0])


_CHILDREN = [0.0]  # CPU seconds of all children that ended so far


@contextmanager
def watching(pid: int) -> Iterator[list[int]]:
    """The highest memory of a process and its children, sampled while the block runs, in the first place of a list."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            try:
                root = psutil.Process(pid)
                tree = [root, *root.children(recursive=True)]
                peak[0] = max(peak[0], sum(process.memory_info().rss for process in tree))
            except psutil.NoSuchProcess:
                continue

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def postgres_cpu(server: EmbeddedPostgres) -> float:
    """CPU seconds of the server so far: its processes, and those that ended."""
    postmaster = psutil.Process(int((server.data_dir / "cluster" / "postmaster.pid").read_text().split()[0]))
    children = 0.0
    for child in postmaster.children():
        with suppress(psutil.NoSuchProcess):  # it ended just now: the postmaster counts it below
            own = child.cpu_times()
            children += own.user + own.system
    server_times = postmaster.cpu_times()
    ended = server_times.children_user + server_times.children_system
    return float(server_times.user + server_times.system + ended + children)


def verdict(name: str, value: float, sign: str, limit: float, kept: bool) -> None:
    """One line with a target."""
    print(f"{name:45}{value:8.3f}   target {sign} {limit:g}: {'kept' if kept else 'MISSED'}")
