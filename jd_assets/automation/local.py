"""Dagster on this machine: the instance, its environment, and running jobs in this process.

What belongs here: what `jd-assets run` and `jd-assets dev` need of Dagster. What does not: definitions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import OperationalError

from jd_assets.assets import ALL_ASSETS
from jd_assets.automation.jobs import ingest_job, library_job
from jd_assets.automation.partitions import dumps_partitions
from jd_assets.definitions import build_defs
from jd_assets.errors import StoreUnavailable
from jd_assets.settings import Settings
from jd_assets.store.server import database_urls
from jd_assets.workbench import Workbench

INSTANCE_FOLDER = Path(__file__).resolve().parents[2]  # where dagster.yaml and workspace.yaml lie
PROCESS_TAG = "jd_assets/process"
# What a step prints is for the terminal here: capturing it would take it away, and two processes a step.
IN_PROCESS = {
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def environment(settings: Settings) -> dict[str, str]:
    """The variables that dagster.yaml and the assets read."""
    return {
        "DAGSTER_HOME": str(INSTANCE_FOLDER),
        "JD_ASSETS_DAGSTER_URL": database_urls(settings).dagster,
        "JD_ASSETS_HOME": str(settings.home),
        "JD_ASSETS_LOGS": str(settings.home / "dagster" / "logs"),
        "JD_ASSETS_ARTIFACTS": str(settings.home / "dagster" / "artifacts"),
        # Events are written in groups: half the time of a small run is its events.
        "DAGSTER_EVENT_BATCH_SIZE": "500",
    }


@contextmanager
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance of this installation; its server must be running.

    Raises StoreUnavailable when that server breaks off while the instance is in use.
    """
    os.environ.update(environment(settings))
    try:
        reference = InstanceRef.from_dir(str(INSTANCE_FOLDER), overrides=IN_PROCESS)
        with dg.DagsterInstance.from_ref(reference) as opened, _connected(opened):
            yield opened
    except (OperationalError, DagsterPostgresException) as error:
        raise StoreUnavailable(f"the database of Dagster broke off: {error}") from error


@contextmanager
def _connected(opened: dg.DagsterInstance) -> Iterator[None]:
    """Connections that stay open from statement to statement, as in Dagster's webserver: a small run sends some hundred
    statements, and each would open one of its own. They are closed at the end, for which Dagster has no call: the
    embedded server stops with its last user."""
    opened.optimize_for_webserver(statement_timeout=600_000, pool_recycle=3_600, max_overflow=20)
    try:
        yield
    finally:
        storages: list[Any] = [opened.run_storage, opened.event_log_storage, opened.schedule_storage]
        for storage in storages:
            storage._engine.dispose()


@contextmanager
def local_runs(opened: dg.DagsterInstance, bench: Workbench) -> Iterator[LocalRuns]:
    """Runs in this process, on a workbench that stays open between them.

    Runs that an earlier process left unfinished when it was killed are marked as failed: they would count as running
    for ever.
    """
    database = bench.store.database
    for run in opened.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])):
        process = run.tags.get(PROCESS_TAG)
        if process and not database.is_held(process):
            opened.report_run_failed(run, "The process that worked on this run has ended.")
    process = f"process:{uuid4()}"
    with database.holding(process):
        yield LocalRuns(opened, bench, process)


class LocalRuns:
    """Runs the jobs in this process."""

    def __init__(self, opened: dg.DagsterInstance, bench: Workbench, process: str) -> None:
        self._instance = opened
        self._defs = build_defs({"workbench": bench})
        self._tags = {PROCESS_TAG: process}

    def load_library(self) -> dg.ExecuteInProcessResult:
        """Materialize taxonomy and vectors; a failure is in the result, not raised."""
        job = self._defs.resolve_job_def(library_job.name)
        return job.execute_in_process(instance=self._instance, run_config=QUIET, tags=self._tags, raise_on_error=False)

    def add_partitions(self, keys: Sequence[str]) -> None:
        """Make dumps known to Dagster."""
        known = set(self._instance.get_dynamic_partitions(dumps_partitions.name or ""))
        self._instance.add_dynamic_partitions(dumps_partitions.name or "", [key for key in keys if key not in known])

    def recorded(self) -> set[str]:
        """The dumps whose every asset has a materialization in Dagster."""
        partitioned = [asset.key for asset in ALL_ASSETS if asset.partitions_def is not None]
        return set.intersection(*(self._instance.get_materialized_partitions(key) for key in partitioned))

    def ingest(self, dump: str) -> dg.ExecuteInProcessResult:
        """Run every stage of one dump; a failure is in the result, not raised."""
        job = self._defs.resolve_job_def(ingest_job.name)
        return job.execute_in_process(
            instance=self._instance,
            partition_key=dump,
            asset_selection=[asset.key for asset in ALL_ASSETS if asset.partitions_def is not None],
            run_config=QUIET,
            tags=self._tags,
            raise_on_error=False,
        )


def failure_of(result: dg.ExecuteInProcessResult) -> str | None:
    """What a person should read about a run that failed: the innermost reason of its first failed step."""
    if result.success:
        return None
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data
            if failure.user_failure_data is not None and failure.user_failure_data.description:
                return str(failure.user_failure_data.description)
            error = failure.error
            while error is not None and error.cause is not None:
                error = error.cause
            return f"{event.step_key}: {error.message.strip() if error else 'failed'}"
    return "the run failed"
