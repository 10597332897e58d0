"""The jobs: one dump through every stage, and the library alone."""

import dagster as dg

from jd_assets.automation.partitions import dumps_partitions

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
