"""The asset `nano_parse`; how it answers stands in `stages/nano_parse.py`."""

from jd_assets.assets.stage_asset import INGEST, stage_asset

nano_parse = stage_asset(
    "nano_parse",
    deps=["postings"],
    group=INGEST,
    kinds={"python", "postgres"},
    description=(
        "The structured record of each posting: sections, experience, pay, places, work mode, education, "
        "duties. Read by rules alone, the same on every machine."
    ),
)
