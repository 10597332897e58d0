"""Where assets, resources, jobs and sensors meet: the one assembly, for the UI, the command line and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from jd_assets.assets import ALL_ASSETS
from jd_assets.assets.resources import workbench
from jd_assets.automation.jobs import ingest_job, library_job, upkeep_job
from jd_assets.automation.sensors import daily_sweep, daily_upkeep, new_dumps


def build_defs(overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """All definitions; `overrides` replaces resources by name."""
    return dg.Definitions(
        assets=list(ALL_ASSETS),
        resources={"workbench": workbench, **(overrides or {})},
        jobs=[ingest_job, library_job, upkeep_job],
        sensors=[new_dumps],
        schedules=[daily_sweep, daily_upkeep],
        # One process a run: stages share the library's indexes, and the imports are paid once.
        executor=dg.in_process_executor,
    )


defs = build_defs()
