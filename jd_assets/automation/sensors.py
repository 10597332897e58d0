"""Finding dumps: a sensor and a daily schedule that register what lies in the dumps folder and request its run.

They register, they do not work. The run key is dump and content, so nothing runs twice for the same content; the
daily sweep asks again for what is still not ingested (a failed run), once a day.
"""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from jd_assets.automation.jobs import ingest_job
from jd_assets.automation.partitions import dumps_partitions
from jd_assets.dumps.boards import load_boards
from jd_assets.dumps.discovery import find_dumps, reference
from jd_assets.records import DumpRef
from jd_assets.settings import Settings
from jd_assets.store import Store

SENSOR_SECONDS = 30


def register_dumps(settings: Settings) -> list[DumpRef]:
    """Register every dump of the dumps folder; those whose content has not been ingested, oldest first."""
    boards = load_boards(settings.boards_file)
    found = [reference(path, boards, settings.dumps_dir) for path in find_dumps(settings.dumps_dir)]
    with Store.open(settings) as store:
        for dump in found:
            store.dumps.register(dump)
        ingested = store.dumps.ingested()
    waiting = [dump for dump in found if ingested.get(dump.key) != dump.content_hash]
    return sorted(waiting, key=lambda dump: (dump.date, dump.key))


@dg.sensor(
    job=ingest_job,
    minimum_interval_seconds=SENSOR_SECONDS,
    description="Registers each new or changed file of the dumps folder as a partition and requests its run.",
)
def new_dumps(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Ask for every dump whose content is new."""
    waiting = register_dumps(Settings.load())
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=f"{dump.key}:{dump.content_hash}", partition_key=dump.key) for dump in waiting
        ],
        dynamic_partitions_requests=_additions(context.instance, waiting),
    )


@dg.schedule(
    job=ingest_job,
    cron_schedule="15 2 * * *",
    description="The same sweep once a day: also asks again for dumps whose run failed.",
)
def daily_sweep(context: dg.ScheduleEvaluationContext) -> Sequence[dg.RunRequest]:
    """Ask for every dump that is not ingested yet."""
    waiting = register_dumps(Settings.load())
    for request in _additions(context.instance, waiting):
        context.instance.add_dynamic_partitions(dumps_partitions.name or "", list(request.partition_keys))
    day = context.scheduled_execution_time.date().isoformat()
    return [dg.RunRequest(run_key=f"{dump.key}:{dump.content_hash}:{day}", partition_key=dump.key) for dump in waiting]


def _additions(instance: dg.DagsterInstance, dumps: Sequence[DumpRef]) -> list[dg.AddDynamicPartitionsRequest]:
    known = set(instance.get_dynamic_partitions(dumps_partitions.name or ""))
    new = [dump.key for dump in dumps if dump.key not in known]
    return [dumps_partitions.build_add_request(new)] if new else []
