"""The asset `role_centroids`; how it answers stands in `stages/role_centroids.py`."""

from jd_assets.assets.stage_asset import OUTPUTS, stage_asset

role_centroids = stage_asset(
    "role_centroids",
    deps=["nano_parse", "role_decisions"],
    group=OUTPUTS,
    kinds={"python", "postgres", "lancedb"},
    description=(
        "Each posting's one contribution to its role's centroid: an exact sum, the same in any order of runs."
    ),
)
