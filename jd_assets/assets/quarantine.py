"""The asset `quarantine`: a dump's bad records, each with its place, reason and a raw excerpt in Postgres."""

from collections import Counter

import dagster as dg

from jd_assets.assets.stage_asset import INGEST, OWNERS, told_to_dagster
from jd_assets.automation.partitions import dumps_partitions
from jd_assets.hashing import digest_set
from jd_assets.workbench import Workbench


@dg.asset(
    deps=["postings"],
    partitions_def=dumps_partitions,
    group_name=INGEST,
    owners=OWNERS,
    kinds={"postgres"},
    description="The records of a dump that could not become postings, with their places and reasons.",
)
def quarantine(context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]) -> dg.MaterializeResult[None]:
    """Report what the dump's last reading put aside: it was written with the postings, in one transaction."""
    with told_to_dagster():
        records = workbench.store.dumps.quarantined(context.partition_key)
    reasons = Counter(record.reason for record in records)
    return dg.MaterializeResult(
        metadata={"quarantined": len(records), "reasons": dict(reasons.most_common(10))},
        data_version=dg.DataVersion(digest_set(f"{record.place}:{record.reason}" for record in records)),
    )
