"""However a process ends, what was paid is kept or known to be lost, and the next one carries on at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jd_assets.store import Store
from jd_assets_tests.engines.openai.asking import OpenEngine, questions, values
from jd_assets_tests.simulator.client import Simulator

COUNT = 400
PATIENCE = 60.0  # seconds


@contextmanager
def asker(database: str, folder: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that asks COUNT questions."""
    module = "jd_assets_tests.engines.openai.asker"
    command = [sys.executable, "-m", module, database, str(folder), url, str(COUNT)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for_hits(simulator: Simulator, least: int) -> None:
    """Returns when the simulator has been asked so often."""
    deadline = time.monotonic() + PATIENCE
    while len(simulator.asked()) < least:
        assert time.monotonic() < deadline, "the asker does not ask"
        time.sleep(0.05)


def test_after_a_kill_the_next_process_takes_over_at_once_and_pays_twice_only_what_was_in_flight(
    postgres_url: str, tmp_path: Path, store: Store, simulator: Simulator, open_engine: OpenEngine
) -> None:
    simulator.script(latency_seconds=0.1)
    with asker(postgres_url, tmp_path / "lance", simulator.url) as process:
        wait_for_hits(simulator, 100)
        process.kill()
        process.wait()
    before = simulator.asked()
    started = time.monotonic()
    with open_engine() as engine:
        assert len(values(engine.answer(questions(COUNT)))) == COUNT
    assert time.monotonic() - started < 15
    bodies = [hit.body for hit in simulator.asked()]
    twice = len(bodies) - len(set(bodies))
    lines = store.calls.lines()
    lost = [line for line in lines if line.status == "lost"]
    assert twice <= 1.25 * 64 + 1 and len(set(bodies)) == COUNT and len(before) < COUNT
    assert not [line for line in lines if line.status == "pending"]
    assert twice <= len(lost) <= 128  # rows are written a little before their requests are sent
    assert all(line.cost_usd is None for line in lost)
    unknown = {str(line.call_id) for line in lost}
    charges = [(hit.client_request_id, hit.charge.cost) for hit in simulator.asked() if hit.charge]
    assert sum(line.cost_usd or 0 for line in lines) == sum(cost for name, cost in charges if name not in unknown)


def test_an_interrupted_run_notes_what_it_sent_and_ends(
    postgres_url: str, tmp_path: Path, store: Store, simulator: Simulator
) -> None:
    simulator.script(latency_seconds=0.3)
    with asker(postgres_url, tmp_path / "lance", simulator.url) as process:
        wait_for_hits(simulator, 80)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=PATIENCE)
    assert b"KeyboardInterrupt" in words
    lines, hits = store.calls.lines(), simulator.asked()
    assert len(hits) < COUNT
    assert {line.status for line in lines} <= {"answered", "unsent"}
    assert {hit.client_request_id for hit in hits} == {str(line.call_id) for line in lines if line.status == "answered"}
    assert store.calls.spent("").day == simulator.bill().total
