"""A process that asks in batches may be killed at any step: the next one goes on, and nothing is submitted twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from jd_assets.engines.openai.batch import BatchEngine
from jd_assets.engines.questions import Answer, Asking, asking
from jd_assets.store import Store
from jd_assets_tests.engines.openai.asking import ENVIRON, config, questions
from jd_assets_tests.engines.openai.test_batch import PRICES, paid, submitted
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.script import BatchScript

pytestmark = pytest.mark.slow

# A process that asks in batches and kills itself before or after the n-th call of one of its steps.
CHILD = """
import os, signal, sys
from pathlib import Path

from jd_assets.engines.openai.batch import BatchEngine
from jd_assets.engines.openai.batch_caller import BatchCaller
from jd_assets.engines.openai.batch_endpoint import BatchEndpoint
from jd_assets.engines.questions import Asking, asking
from jd_assets.store import Store
from jd_assets.store.batches import Batches
from jd_assets_tests.engines.openai.asking import ENVIRON, questions
from jd_assets_tests.engines.openai.test_batch import PRICES, config

url, folder, endpoint, owner, step, when, number = sys.argv[1:]
kind = {"BatchCaller": BatchCaller, "BatchEndpoint": BatchEndpoint, "Batches": Batches}[owner]
real, calls = getattr(kind, step), 0

def deadly(*args, **kwargs):
    global calls
    calls += 1
    if when == "before" and calls == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*args, **kwargs)
    if when == "after" and calls == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(kind, step, deadly)
with Store.connect(url, Path(folder)) as store:
    asking.set(Asking("run-0", "dump", "nano_parse"))
    BatchEngine(store.calls, store.batches, config(endpoint, prices=PRICES), ENVIRON).answer(questions(12))
"""
STEPS = [
    ("Batches", "plan", "after", 1),
    ("BatchCaller", "_note_calls", "after", 1),
    ("BatchEndpoint", "upload", "after", 1),
    ("Batches", "submitting", "after", 1),
    ("BatchEndpoint", "submit", "after", 1),
    ("Batches", "submitted", "after", 1),
    ("BatchEndpoint", "look", "after", 2),
    ("BatchEndpoint", "read", "after", 1),
    ("BatchCaller", "_end", "after", 1),
    ("Batches", "over", "before", 1),
    ("Batches", "over", "after", 1),
    ("BatchEndpoint", "delete", "after", 1),
    ("BatchCaller", "note", "before", 1),
    ("BatchCaller", "note", "after", 1),
]


@pytest.mark.parametrize(("owner", "step", "when", "number"), STEPS)
def test_killed_at_any_step_nothing_is_submitted_twice(
    store: Store, simulator: Simulator, postgres_url: str, tmp_path: Path, owner: str, step: str, when: str, number: int
) -> None:
    simulator.script(batch=BatchScript(seconds=0.1))
    arguments = [postgres_url, str(tmp_path / "lance"), simulator.url, owner, step, when, str(number)]
    child = subprocess.run([sys.executable, "-c", CHILD, *arguments], check=False, timeout=60)
    assert child.returncode == -signal.SIGKILL
    asking.set(Asking("run-1", "dump", "nano_parse"))
    with BatchEngine(store.calls, store.batches, config(simulator.url, prices=PRICES), ENVIRON) as engine:
        assert all(isinstance(answer, Answer) for answer in engine.answer(questions(12)))
    bill = simulator.bill()
    assert len(bill.charges) == 12 and submitted(simulator) == 1
    assert sum(line.cost_usd or 0 for line in paid(store)) == bill.total and len(paid(store)) == 12
    spent = [store.calls.spent(run) for run in ("run-0", "run-1")]
    assert sum(one.run for one in spent) == spent[0].day == bill.total
    assert store.batches.open(simulator.url) == []
    with psycopg.connect(postgres_url) as conn:
        assert conn.execute("SELECT count(*) FROM jd.calls WHERE status = 'pending'").fetchone() == (0,)
