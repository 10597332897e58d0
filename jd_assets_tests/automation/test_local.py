"""Runs in one's own process: what they leave in Dagster, also when the process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import dagster as dg

from jd_assets.automation.local import PROCESS_TAG, local_runs
from jd_assets_tests.installation import PARTITIONED, Installation
from jd_assets_tests.small_world import posting

KILLED = """
import os, signal
import dagster as dg
from jd_assets.automation.local import instance, local_runs
from jd_assets.settings import Settings
from jd_assets.store import Store
from jd_assets.workbench import Workbench, observer

settings = Settings.load()
with Store.open(settings) as store, instance(settings) as dagster:
    with local_runs(dagster, Workbench(store, settings)) as runs:
        runs.load_library()
        runs.add_partitions(["board_2026-01-01"])
        observer.set(lambda stage, done, of: os.kill(os.getpid(), signal.SIGKILL))
        runs.ingest("board_2026-01-01")
"""


def test_a_run_is_recorded_with_every_asset_of_its_partition(installation: Installation) -> None:
    dump = installation.write([posting("1")])
    with local_runs(installation.dagster, installation.bench) as runs:
        assert runs.load_library().success
        runs.add_partitions([dump])
        assert runs.recorded() == set()
        result = runs.ingest(dump)
        assert {event.asset_key for event in result.get_asset_materialization_events()} == set(PARTITIONED)
        assert runs.recorded() == {dump}


def test_a_run_whose_process_was_killed_is_marked_as_failed_by_the_next_and_a_living_one_is_left(
    installation: Installation,
) -> None:
    installation.write([posting("1")])
    killed = subprocess.run([sys.executable, "-c", KILLED], env=dict(os.environ), timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    (dangling,) = installation.dagster.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    with local_runs(installation.dagster, installation.bench):
        assert status(installation, dangling) == dg.DagsterRunStatus.FAILURE


def test_a_run_whose_process_still_lives_is_left_alone(installation: Installation) -> None:
    with installation.store.database.holding("process:another"):
        living = installation.dagster.create_run_for_job(
            installation.defs.resolve_job_def("library"),
            tags={PROCESS_TAG: "process:another"},
            status=dg.DagsterRunStatus.STARTED,
        )
        with local_runs(installation.dagster, installation.bench):
            assert status(installation, living) == dg.DagsterRunStatus.STARTED


def status(installation: Installation, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    """What Dagster says of a run now."""
    found = installation.dagster.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_the_upkeep_of_vectors_changes_none(installation: Installation) -> None:
    dump = installation.write([posting("1"), posting("2")])
    assert installation.ingest(dump).success
    texts = ["Design and build server side services", "Backend Engineer"]
    before = installation.bench.embedder.embed(texts)
    result = installation.defs.resolve_job_def("upkeep").execute_in_process(instance=installation.dagster)
    assert result.success
    assert (installation.bench.embedder.embed(texts) == before).all()
