"""The asset `role_signals`; how it answers stands in `stages/role_signals.py`."""

from jd_assets.assets.stage_asset import ROLES, stage_asset

role_signals = stage_asset(
    "role_signals",
    deps=["nano_parse", "skill_matches", "library_vectors", "taxonomy"],
    group=ROLES,
    kinds={"python", "postgres", "lancedb"},
    description=("What title, skills and duties each say about the role: the top five of each, with what matched."),
)
