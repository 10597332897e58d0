"""Starting and ending: a simulator serves when the fixture hands it out, and never outlives who started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil

from jd_assets_tests.simulator.asking import MODEL, connect
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.fixture import StartSimulator
from jd_assets_tests.simulator.script import Script

_STARTER = """
import sys, time
from pathlib import Path
from jd_assets_tests.simulator.fixture import running
from jd_assets_tests.simulator.script import Script
with running(Script(), Path(sys.argv[1])) as simulator:
    print(simulator.pid, flush=True)
    time.sleep(60)
"""


def _ended(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while psutil.pid_exists(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not psutil.pid_exists(pid)


def test_it_serves_at_once_and_ends_with_its_block(start_simulator: StartSimulator) -> None:
    with start_simulator(Script()) as simulator:
        assert MODEL in [model.id for model in connect(simulator).models.list()]
    assert not psutil.pid_exists(simulator.pid)


def test_it_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", _STARTER, str(tmp_path)], stdout=subprocess.PIPE)
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    assert _ended(pid, 10)


def test_it_prints_its_url_when_started_by_hand() -> None:
    command = [sys.executable, "-m", "jd_assets_tests.simulator"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        with urllib.request.urlopen(process.stdout.readline().strip() + "/v1/models", timeout=5) as answer:
            assert answer.status == 200
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()


def test_each_test_finds_empty_books_and_a_perfect_endpoint(simulator: Simulator) -> None:
    assert simulator.requests() == [] and simulator.bill().total == 0
    connect(simulator, api_key="any").models.list()
    assert [hit.status for hit in simulator.requests()] == [200]
