"""The jobs: one dump through every stage, the library alone, and the upkeep of vectors."""

import dagster as dg

from jd_assets.automation.partitions import dumps_partitions
from jd_assets.workbench import Workbench

# The library comes first in every run, so that a dump can be run on a fresh installation; unchanged, it costs a second
# and its data version stays.
ingest_job = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.all(),
    partitions_def=dumps_partitions,
    description="One dump from file to enrichment: only what is new or changed is computed.",
)

library_job = dg.define_asset_job(
    "library",
    selection=dg.AssetSelection.groups("library"),
    description="Load the taxonomy folder and embed what is new in it.",
)


@dg.op(
    pool="vector_upkeep", description="Merge small files, drop versions that nobody reads, bring indexes up to date."
)
def compact_vectors(context: dg.OpExecutionContext, workbench: dg.ResourceParam[Workbench]) -> None:
    """Tidy LanceDB; one at a time, by the pool's limit in dagster.yaml."""
    workbench.store.vectors.compact()


@dg.job(name="upkeep", description="What many small writes leave behind in LanceDB is merged and cleaned up.")
def upkeep_job() -> None:
    compact_vectors()
