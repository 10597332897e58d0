"""Materializing dumps: what a partition reports, what it is checked for, and what changes its data version."""

from __future__ import annotations

import json

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from jd_assets.stages.registry import STAGES
from jd_assets_tests.installation import PARTITIONED, Installation
from jd_assets_tests.small_world import posting

STAGE_NAMES = [stage.name for stage in STAGES]
SECRET = "Flibbertigibbet"  # stands in the text of a posting, and must stand nowhere in Dagster


@pytest.fixture(scope="module")
def ran(shared_installation: Installation) -> tuple[Installation, str, dg.ExecuteInProcessResult]:
    """An installation in which one dump of six records ran, one of them bad."""
    records = [posting(str(number), duty=f"{SECRET} the server side services of customers") for number in range(5)]
    dump = shared_installation.write([*records, {"id": "bad", "title": "", "description": ""}])
    return shared_installation, dump, shared_installation.ingest(dump)


def test_the_job_materializes_library_and_partition_and_every_check_passes(
    ran: tuple[Installation, str, dg.ExecuteInProcessResult],
) -> None:
    installation, dump, result = ran
    assert result.success
    assert {event.asset_key for event in result.get_asset_materialization_events()} >= set(PARTITIONED)
    checks = result.get_asset_check_evaluations()
    assert len(checks) == 13
    assert [check.check_name for check in checks if not check.passed] == []
    assert installation.dagster.get_materialized_partitions(dg.AssetKey("client_enrichment")) == {dump}


def test_metadata_holds_counts_and_no_posting_text(ran: tuple[Installation, str, dg.ExecuteInProcessResult]) -> None:
    installation, dump, result = ran
    counts = installation.metadata("role_decisions", dump)
    assert (counts["rows_in"], counts["computed"], counts["unchanged"], counts["written"]) == (5, 5, 0, 5)
    assert counts["seconds"] >= 0
    assert counts["postings_per_second"] > 0
    assert (counts["model_calls"], counts["cost_usd"]) == (0, 0.0)
    assert installation.metadata("quarantine", dump)["quarantined"] == 1
    read = installation.metadata("postings", dump)
    assert (read["records"], read["rows_in"], read["quarantined"]) == (6, 5, 1)
    said = json.dumps([event.to_dict() if hasattr(event, "to_dict") else repr(event) for event in result.all_events])
    logged = [repr(entry) for entry in installation.dagster.all_logs(result.run_id)]
    assert SECRET not in said
    assert not any(SECRET in entry for entry in logged)


def test_running_again_keeps_every_data_version_and_a_change_moves_only_its_own_partition(
    installation: Installation,
) -> None:
    first = installation.write([posting("1"), posting("2")], board="one")
    second = installation.write([posting("3", "Data Analyst"), posting("4", "Data Analyst")], board="two")
    for dump in (first, second):
        assert installation.ingest(dump).success
    before = {dump: {name: installation.data_version(name, dump) for name in STAGE_NAMES} for dump in (first, second)}
    library = installation.data_version("taxonomy"), installation.data_version("library_vectors")

    assert installation.ingest(first).success
    assert {name: installation.data_version(name, first) for name in STAGE_NAMES} == before[first]
    assert installation.metadata("role_decisions", first)["unchanged"] == 2
    assert library == (installation.data_version("taxonomy"), installation.data_version("library_vectors"))

    installation.write([posting("1"), posting("2", skills=["Python", "Tableau"])], board="one")
    assert installation.ingest(first).success
    after = {name: installation.data_version(name, first) for name in STAGE_NAMES}
    assert after["extracted_skills"] != before[first]["extracted_skills"]
    assert installation.metadata("extracted_skills", first)["computed"] == 1
    assert {name: installation.data_version(name, second) for name in STAGE_NAMES} == before[second]


def test_a_dump_of_bad_records_fails_its_partition_with_the_counts_and_leaves_the_others_alone(
    installation: Installation,
) -> None:
    good = installation.write([posting("1")], board="good")
    bad = installation.write(
        [posting("2"), *({"id": str(n), "title": "", "description": ""} for n in range(3))], board="bad"
    )
    result = installation.ingest(bad)
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    failure = failed.step_failure_data.user_failure_data
    assert failed.step_key == "postings"
    assert failure is not None
    assert "3 of 4 records are bad" in str(failure.description)
    assert not any(event.is_step_up_for_retry for event in result.all_events)
    assert installation.dagster.get_materialized_partitions(dg.AssetKey("postings")) == set()
    assert installation.ingest(good).success
    assert installation.dagster.get_materialized_partitions(dg.AssetKey("client_enrichment")) == {good}


def test_an_incoherent_library_is_said_by_its_check_and_a_malformed_one_fails(installation: Installation) -> None:
    skills = installation.settings.taxonomy_dir / "skills.csv"
    text = skills.read_text()
    skills.write_text(text.replace("data-work|", "nowhere|").replace("|data-work", "|nowhere"))
    result = installation.materialize("taxonomy")
    assert result.success
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed, check.severity) == ("library_coherent", False, dg.AssetCheckSeverity.WARN)

    skills.write_text("slug\njava\n")
    result = installation.materialize("taxonomy")
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert failed.step_failure_data.user_failure_data is not None
    assert "skills.csv: no column" in str(failed.step_failure_data.user_failure_data.description)


def test_after_a_taxonomy_change_the_partitions_that_read_it_are_stale_and_fresh_again_after_their_run(
    installation: Installation,
) -> None:
    dump = installation.write([posting("1"), posting("2", skills=["Java", "relational things"])])
    assert installation.ingest(dump).success
    assert stale(installation, dump) == set()

    installation.add_alias("relational things", "sql")
    assert installation.materialize("taxonomy").success
    assert stale(installation, dump) == set(STAGE_NAMES) - {"nano_parse", "role_centroids"}

    assert installation.ingest(dump).success
    assert stale(installation, dump) == set()
    assert installation.metadata("extracted_skills", dump)["computed"] == 1


def test_a_taxonomy_change_that_touches_no_posting_keeps_the_data_versions_below(installation: Installation) -> None:
    dump = installation.write([posting("1")])
    assert installation.ingest(dump).success
    before = {name: installation.data_version(name, dump) for name in STAGE_NAMES}
    installation.add_alias("zymurgy", "sql")
    assert installation.ingest(dump).success
    assert {name: installation.data_version(name, dump) for name in STAGE_NAMES} == before
    assert {installation.metadata(name, dump)["written"] for name in STAGE_NAMES} == {0}


def stale(installation: Installation, dump: str) -> set[str]:
    """The stages that Dagster marks as stale for this dump."""
    graph = installation.defs.resolve_asset_graph()
    resolver = CachingStaleStatusResolver(installation.dagster, graph, LoadingContextForTest(installation.dagster))
    return {
        name for name in STAGE_NAMES if resolver.get_status(dg.AssetKey(name), partition_key=dump) != StaleStatus.FRESH
    }
