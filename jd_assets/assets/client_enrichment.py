"""The asset `client_enrichment`; how it answers stands in `stages/client_enrichment.py`."""

from jd_assets.assets.stage_asset import OUTPUTS, stage_asset

client_enrichment = stage_asset(
    "client_enrichment",
    deps=["nano_parse", "skill_matches", "role_signals", "role_decisions", "taxonomy"],
    group=OUTPUTS,
    kinds={"python", "postgres"},
    description=(
        "What a client reads: nature of work, stack maturity, AI index, evidence, skill clusters and KRAs, each "
        "with its source: the posting itself or the role's baseline."
    ),
)
