"""A run through models that is killed again and again ends as if nothing had happened, and hardly anything is paid
twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import NamedTuple

import pytest

from jd_assets.engines.openai.limits import UNRECORDED
from jd_assets_tests.model_world import asking_of, bring_up_to_date, records, wide_library
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.small_world import OpenWorld, World
from jd_assets_tests.test_kills import left_behind, url_of

pytestmark = pytest.mark.slow

SEED = 20261122
KILLS, POSTINGS = 50, 180
IN_FLIGHT, LATENCY = 8, 0.2  # requests, seconds: slow enough that fifty kills find a run at work
MOST_REQUESTS, MOST_SECONDS = 15, 1.0  # between a start and its kill
PATIENCE = 180.0  # seconds
GET_READY = 2  # processes, while another runs: to start takes longer than to run

# What is killed: a process that brings a world up to date. It has loaded and computed what does not hang on the rows
# when it says that it is ready, and begins when it is told to.
CHILD = """
import sys
from pathlib import Path
import lancedb
import jd_assets.engines.openai.engine
from jd_assets.engines.openai.config import Limits
from jd_assets.store import Store
from jd_assets_tests.model_world import asking_of, bring_up_to_date, wide_library
from jd_assets_tests.small_world import World

url, folder, endpoint, in_flight, dump = sys.argv[1:]
with Store.connect(url, Path(folder) / "lance") as store:
    world = World(store, Path(folder), wide_library())
    world.reopen(asking_of(endpoint, limits=Limits(concurrency=int(in_flight))))
    versions = [stage.code_version for stage in world.bench.build_stages(world.library, judging=False).values()]
    print("ready", flush=True)
    sys.stdin.readline()
    bring_up_to_date(world, dump)
    world.close()
"""


class Moment(NamedTuple):
    """When a run is killed: so many requests and seconds after it began."""

    requests: int
    seconds: float


def moments() -> list[Moment]:
    """Some by the clock alone, most by what was asked, so that they find requests on their way."""
    chance = random.Random(SEED)
    by_clock = [Moment(0, chance.uniform(0, MOST_SECONDS)) for _ in range(KILLS // 3)]
    asking = [Moment(chance.randint(1, MOST_REQUESTS), chance.uniform(0, LATENCY)) for _ in range(KILLS - KILLS // 3)]
    return chance.sample([*by_clock, *asking], KILLS)


@contextmanager
def child(world: World, simulator: Simulator, dump: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is about to run."""
    arguments = [url_of(world), str(world.folder), simulator.url, str(IN_FLIGHT), dump]
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def begin(process: subprocess.Popen[str]) -> None:
    """Let it run."""
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()


def disturb(process: subprocess.Popen[str], simulator: Simulator, after: Moment) -> None:
    """Let it run until some moment, then kill it."""
    known, deadline = len(simulator.requests()), time.monotonic() + PATIENCE
    begin(process)
    while len(simulator.asked(after=known)) < after.requests and process.poll() is None:
        assert time.monotonic() < deadline, "it does not ask"
        time.sleep(0.02)
    time.sleep(after.seconds)
    process.kill()
    assert process.wait() == -signal.SIGKILL, "the run was over before it was killed so often: give it more to do"


def open_attempts(world: World) -> set[int]:
    """The attempts that are open in the ledger now that nobody works on them."""
    query = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON database = oid WHERE locktype = 'advisory' AND datname = "
    )
    deadline = time.monotonic() + PATIENCE
    while True:
        with world.store.database.transaction() as conn:
            (held,) = conn.execute(query + "current_database()").fetchone() or (0,)
            if not held:
                rows = conn.execute("SELECT call_id FROM jd.calls WHERE status = 'pending'").fetchall()
                return {call_id for (call_id,) in rows}
        assert time.monotonic() < deadline, "the killed process still holds its claims"
        time.sleep(0.02)


def test_killed_fifty_times_a_run_ends_as_an_undisturbed_one_and_pays_twice_only_what_was_in_flight(
    open_world: OpenWorld, simulator: Simulator
) -> None:
    with open_world() as world:
        world.library = wide_library()
        world.reopen(asking_of(simulator.url))
        bring_up_to_date(world, world.write(records(POSTINGS)))
        expected, undisturbed = left_behind(world), simulator.bill()
    simulator.reset()
    simulator.script(latency_seconds=LATENCY)
    sent, lost = list[int](), set[int]()  # at each kill: requests on their way; and all that were open in the ledger
    with open_world() as world, ExitStack() as started:
        dump = world.write(records(POSTINGS))
        waiting = deque(started.enter_context(child(world, simulator, dump)) for _ in range(GET_READY))
        for moment in moments():
            waiting.append(started.enter_context(child(world, simulator, dump)))
            disturb(waiting.popleft(), simulator, moment)
            pending = open_attempts(world) - lost
            seen = {int(hit.client_request_id or 0) for hit in simulator.asked()}
            sent.append(len(pending & seen))
            lost |= pending
        before_the_last = len(simulator.asked())
        last = waiting.popleft()
        begin(last)
        assert last.wait(PATIENCE) == 0
        hits, bill, lines = simulator.asked(), simulator.bill(), world.store.calls.lines()
        found_left = left_behind(world)
    paid = Counter(hit.body for hit in hits if hit.charge is not None)
    twice = sum(paid.values()) - len(paid)
    at_work = sum(number > 0 for number in sent)
    print(f"{len(hits)} requests, {before_the_last} before the last start; {at_work} of {KILLS} kills found some")
    print(f"in flight, {sum(sent)} in all, at most {max(sent)} at a time; {twice} answers were paid twice")
    for part, value in expected.items():
        assert found_left[part] == value, part
    assert at_work > KILLS / 2
    assert max(sent) <= UNRECORDED * IN_FLIGHT + 1
    assert twice <= sum(sent)
    assert len(paid) == len(undisturbed.charges)
    assert {line.status for line in lines} <= {"answered", "lost"}
    assert lost == {line.call_id for line in lines if line.status == "lost"}
    unknown = [hit.charge.cost for hit in hits if hit.charge and int(hit.client_request_id or 0) in lost]
    assert sum(line.cost_usd or Decimal(0) for line in lines) == bill.total - sum(unknown)
