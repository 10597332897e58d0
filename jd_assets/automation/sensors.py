"""When runs are asked for: a sensor for new dumps, a daily sweep for whatever waits, and the upkeep of vectors.

They register and request, they do not work. A run's key is dump, content and round (a dump that another one opened
again is asked for again), so nothing runs twice for the same content.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dagster as dg

from jd_assets.automation.jobs import ingest_job, upkeep_job
from jd_assets.automation.partitions import dumps_partitions
from jd_assets.dumps.boards import load_boards
from jd_assets.dumps.discovery import find_dumps, reference
from jd_assets.errors import DumpError
from jd_assets.freshness import Freshness, library_is_current
from jd_assets.records import DumpRef
from jd_assets.settings import Settings
from jd_assets.store import Store
from jd_assets.workbench import Workbench

SENSOR_SECONDS = 30
PARTITION_TAG = "dagster/partition"
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.sensor(
    job=ingest_job,
    minimum_interval_seconds=SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Registers each new or changed file of the dumps folder as a partition and requests its run.",
)
def new_dumps(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Ask once for every dump that waits to be read."""
    settings = Settings.load()
    with Store.open(settings) as store:
        for trouble in register_dumps(store, settings):
            context.log.warning(trouble)
        waiting, rounds = store.dumps.waiting(), store.dumps.rounds()
    new = _unknown(context.instance, waiting)
    return dg.SensorResult(
        run_requests=[_request(dump, rounds[dump.key]) for dump in waiting],
        dynamic_partitions_requests=[dumps_partitions.build_add_request(new)] if new else [],
    )


@dg.schedule(
    job=ingest_job,
    cron_schedule="15 2 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        "Once a day asks for every dump with anything to do: new or changed files, runs that failed, and rows that a "
        "changed library or changed code may alter."
    ),
)
def daily_sweep(context: dg.ScheduleEvaluationContext) -> Sequence[dg.RunRequest]:
    """Ask for every dump that is not up to date and not being run."""
    settings = Settings.load()
    with Store.open(settings) as store:
        for trouble in register_dumps(store, settings):
            context.log.warning(trouble)
        dumps, rounds = _outdated(Workbench(store, settings)), store.dumps.rounds()
    context.instance.add_dynamic_partitions(_partitions_name(), _unknown(context.instance, dumps))
    running = {run.tags.get(PARTITION_TAG) for run in context.instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))}
    day = context.scheduled_execution_time.date().isoformat()
    return [_request(dump, rounds[dump.key], day) for dump in dumps if dump.key not in running]


@dg.schedule(job=upkeep_job, cron_schedule="45 3 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def daily_upkeep(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Once a day, after the sweep."""
    return dg.RunRequest()


def register_dumps(store: Store, settings: Settings) -> list[str]:
    """Register every dump of the dumps folder; what is wrong with the files that cannot be read."""
    boards = load_boards(settings.boards_file)
    troubles = []
    for path in find_dumps(settings.dumps_dir):
        try:
            store.dumps.register(reference(path, boards, settings.dumps_dir))
        except DumpError as error:
            troubles.append(str(error))
    return troubles


def _outdated(bench: Workbench) -> list[DumpRef]:
    waiting = {dump.key for dump in bench.store.dumps.waiting()}
    library_changed, freshness = not library_is_current(bench), Freshness(bench)
    return [
        dump
        for dump in bench.store.dumps.registered()
        if dump.key in waiting or library_changed or freshness.unchanged(dump) is None
    ]


def _request(dump: DumpRef, round_: int, *more: str) -> dg.RunRequest:
    return dg.RunRequest(run_key=":".join((dump.key, dump.content_hash, str(round_), *more)), partition_key=dump.key)


def _unknown(instance: dg.DagsterInstance, dumps: Iterable[DumpRef]) -> list[str]:
    known = set(instance.get_dynamic_partitions(_partitions_name()))
    return [dump.key for dump in dumps if dump.key not in known]


def _partitions_name() -> str:
    assert dumps_partitions.name is not None
    return dumps_partitions.name
