"""What the UI shows of the assets before anything ran."""

from __future__ import annotations

import dagster as dg
import pytest

from jd_assets.assets import ALL_ASSETS
from jd_assets.definitions import build_defs, defs

ASSETS = [asset.key.path[-1] for asset in ALL_ASSETS]
CHECKED = {
    "taxonomy": {"library_coherent"},
    "postings": {"records_reconcile"},
    "extracted_skills": {"rows_reconcile", "evidence_verbatim"},
    "library_links": {"rows_reconcile", "counters_equal_rows"},
}


def test_the_definitions_load_as_dagster_loads_them() -> None:
    dg.Definitions.validate_loadable(defs)


@pytest.mark.parametrize("asset", ASSETS)
def test_every_asset_says_what_it_is_where_it_belongs_and_whose_it_is(asset: str) -> None:
    spec = defs.resolve_assets_def(asset).specs_by_key[dg.AssetKey(asset)]
    assert spec.group_name in {"library", "ingest", "skills", "roles", "outputs"}
    assert spec.description is not None and len(spec.description) > 40
    assert spec.kinds
    assert list(spec.owners) == ["team:data-platform"]


def test_the_graph_is_that_of_the_pipeline() -> None:
    graph = defs.resolve_asset_graph()
    above = {
        key.path[-1]: {parent.path[-1] for parent in graph.get(key).parent_keys} for key in graph.get_all_asset_keys()
    }
    assert above["library_vectors"] == {"taxonomy"}
    assert above["nano_parse"] == above["quarantine"] == {"postings"}
    assert above["role_decisions"] == {"nano_parse", "skill_matches", "role_signals", "taxonomy"}
    assert set(above) == set(ASSETS)


def test_the_library_is_one_and_every_stage_has_a_partition_for_each_dump() -> None:
    partitioned = {asset.key.path[-1] for asset in ALL_ASSETS if asset.partitions_def is not None}
    assert set(ASSETS) - partitioned == {"taxonomy", "library_vectors"}


def test_every_stage_asset_is_checked() -> None:
    checks: dict[str, set[str]] = {}
    for key in defs.resolve_asset_graph().asset_check_keys:
        checks.setdefault(key.asset_key.path[-1], set()).add(key.name)
    for asset in set(ASSETS) - {"library_vectors", "quarantine"}:
        assert checks[asset] == CHECKED.get(asset, {"rows_reconcile"})


def test_a_resource_can_be_replaced() -> None:
    made = build_defs({"workbench": "another one"})
    dg.Definitions.validate_loadable(made)
