"""The asset `postings`: a dump's records as cleaned postings; reading stands in `dumps/`, comparing in `ingest.py`."""

from collections.abc import Iterator

import dagster as dg

from jd_assets.assets.stage_asset import INGEST, OWNERS, materialized, partition_check, told_to_dagster
from jd_assets.automation.partitions import dumps_partitions
from jd_assets.ingest import accounted_for
from jd_assets.workbench import Workbench


@dg.asset(
    partitions_def=dumps_partitions,
    group_name=INGEST,
    owners=OWNERS,
    kinds={"python", "postgres"},
    description=(
        "The postings of a dump, cleaned to plain text: one row each, exact and near duplicates pointing at their "
        "cluster's first."
    ),
    check_specs=[
        partition_check(
            "postings",
            "records_reconcile",
            "Records in = postings + known from other dumps + repeats of a key + quarantined.",
        )
    ],
)
def postings(
    context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Read the dump and bring its postings up to date."""
    with told_to_dagster():
        report = workbench.run_postings(context.partition_key, run_id=context.run_id)
    yield materialized(report)
    yield dg.AssetCheckResult(
        check_name="records_reconcile",
        passed=report.details["records"] == accounted_for(report),
        metadata={"records": report.details["records"], "accounted_for": accounted_for(report)},
    )
