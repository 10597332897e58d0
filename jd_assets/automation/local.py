"""Dagster on this machine: the instance, its environment, and running jobs in this process.

What belongs here: what `jd-assets run` and `jd-assets dev` need of Dagster. What does not: definitions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from jd_assets.assets.resources import WorkbenchResource
from jd_assets.automation.jobs import ingest_job, library_job
from jd_assets.automation.partitions import dumps_partitions
from jd_assets.definitions import build_defs
from jd_assets.settings import Settings
from jd_assets.store.server import database_urls
from jd_assets.workbench import Workbench

INSTANCE_FOLDER = Path(__file__).resolve().parents[2]  # where dagster.yaml and workspace.yaml lie
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
    """Dagster's instance of this installation; its server must be running."""
    os.environ.update(environment(settings))
    with dg.DagsterInstance.get() as opened:
        yield opened


class LocalRuns:
    """Runs the jobs in this process, on a workbench that stays open between runs."""

    def __init__(self, opened: dg.DagsterInstance, bench: Workbench) -> None:
        self._instance = opened
        self._defs = build_defs({"workbench": WorkbenchResource.lending(bench)})

    def load_library(self) -> None:
        """Materialize taxonomy and vectors. Raises what the assets raise."""
        self._defs.resolve_job_def(library_job.name).execute_in_process(instance=self._instance, run_config=QUIET)

    def add_partitions(self, keys: Sequence[str]) -> None:
        """Make dumps known to Dagster."""
        self._instance.add_dynamic_partitions(dumps_partitions.name or "", list(keys))

    def ingest(self, dump: str) -> dg.ExecuteInProcessResult:
        """Run every stage of one dump; a failure is in the result, not raised."""
        job = self._defs.resolve_job_def(ingest_job.name)
        stages = [
            key for key in job.asset_layer.executable_asset_keys if key.path[-1] not in ("taxonomy", "library_vectors")
        ]
        return job.execute_in_process(
            instance=self._instance,
            partition_key=dump,
            asset_selection=stages,
            run_config=QUIET,
            raise_on_error=False,
        )
