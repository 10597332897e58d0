"""What is asked for, and how often: the sensor for new dumps, and the daily sweep."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
import pytest

from jd_assets.automation.sensors import daily_sweep, new_dumps
from jd_assets_tests.installation import Installation
from jd_assets_tests.small_world import posting


def seen(installation: Installation) -> dict[str, str]:
    """One tick of the sensor as the daemon makes it: partitions are added, run keys that were seen are dropped."""
    context = dg.build_sensor_context(instance=installation.dagster, definitions=installation.defs)
    result = new_dumps(context)
    assert isinstance(result, dg.SensorResult)
    for request in result.dynamic_partitions_requests or ():
        assert isinstance(request, dg.AddDynamicPartitionsRequest)
        installation.dagster.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
    return {str(request.run_key): str(request.partition_key) for request in result.run_requests or ()}


def swept(installation: Installation, day: int = 1) -> set[str]:
    """The dumps that the sweep of a day asks for."""
    context = dg.build_schedule_context(
        instance=installation.dagster, scheduled_execution_time=datetime(2026, 3, day, 2, 15, tzinfo=UTC)
    )
    requests = daily_sweep(context)
    assert isinstance(requests, list)
    return {str(request.partition_key) for request in requests}


def put(installation: Installation, *keys: str, board: str = "board") -> str:
    """Write a dump into the folder, without registering it; its key."""
    return installation.write([posting(key) for key in keys], board=board)


def test_each_new_dump_becomes_a_partition_and_is_asked_for_with_one_key(installation: Installation) -> None:
    first, second = put(installation, "1", board="one"), put(installation, "2", board="two")
    asked = seen(installation)
    assert sorted(asked.values()) == [first, second]
    assert set(installation.dagster.get_dynamic_partitions("dumps")) == {first, second}
    assert seen(installation) == asked, "until the run has read the dump, the daemon sees the same keys and drops them"


def test_a_dump_that_was_read_is_not_asked_for_again_until_its_content_changes(installation: Installation) -> None:
    dump = put(installation, "1")
    first = seen(installation)
    installation.run(dump)
    assert seen(installation) == {}
    put(installation, "1", "2")
    changed = seen(installation)
    assert list(changed.values()) == [dump]
    assert changed.keys().isdisjoint(first)


def test_a_dump_that_another_one_opened_again_is_asked_for_under_a_new_key(installation: Installation) -> None:
    old = installation.write([posting("1"), posting("2", skills=["Go"])], day="2026-01-01")
    new = installation.write([posting("2", skills=["Python"]), posting("3")], day="2026-01-02")
    first = seen(installation)
    installation.run(old, new)
    installation.write([posting("3")], day="2026-01-02")
    installation.bench.run_dump(new, run_id="drops a posting that the old dump holds")
    again = seen(installation)
    assert list(again.values()) == [old]
    assert again.keys().isdisjoint(first)


def test_a_file_that_cannot_be_read_does_not_keep_the_others_waiting(installation: Installation) -> None:
    dump = put(installation, "1")
    (installation.settings.dumps_dir / "gone_2026-01-01.csv").symlink_to("/nowhere/at/all.csv")
    assert list(seen(installation).values()) == [dump]


def test_the_sweep_asks_for_what_waits_and_for_nothing_else(installation: Installation) -> None:
    done, new = put(installation, "1", board="done"), put(installation, "2", board="new")
    assert installation.ingest(done).success
    assert swept(installation) == {new}
    assert new in installation.dagster.get_dynamic_partitions("dumps")
    assert installation.ingest(new).success
    assert swept(installation) == set()


def test_the_sweep_asks_again_for_a_dump_whose_run_failed_but_not_while_one_is_under_way(
    installation: Installation,
) -> None:
    bad = installation.write([{"id": "1", "title": "", "description": ""}], board="bad")
    assert not installation.ingest(bad).success
    assert swept(installation) == {bad}
    job = installation.defs.resolve_job_def("ingest")
    installation.dagster.create_run_for_job(job, tags={"dagster/partition": bad}, status=dg.DagsterRunStatus.STARTED)
    assert swept(installation) == set()


@pytest.mark.parametrize("changed", ["aliases", "boards"])
def test_the_sweep_asks_for_the_dumps_that_a_change_may_alter(installation: Installation, changed: str) -> None:
    dump = put(installation, "1")
    assert installation.ingest(dump).success
    assert swept(installation) == set()
    if changed == "aliases":
        installation.add_alias("daily work", "sql")
    else:
        installation.settings.boards_file.write_text('[boards.other]\nfiles = ["other*"]\ncolumns = {title = "job"}\n')
    assert swept(installation, day=2) == {dump}
