"""The asset `role_decisions`; how it answers stands in `stages/role_decisions.py`."""

from jd_assets.assets.stage_asset import ROLES, stage_asset

role_decisions = stage_asset(
    "role_decisions",
    deps=["nano_parse", "skill_matches", "role_signals", "taxonomy"],
    group=ROLES,
    description="The chosen role, the named case by which it was chosen, its rivals, confidence and reasons.",
    kinds={"python", "postgres"},
)
