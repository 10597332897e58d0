"""The asset `role_decisions`; how it answers stands in `stages/role_decisions.py`."""

from jd_assets.assets.stage_asset import ROLES, stage_asset

role_decisions = stage_asset(
    "role_decisions",
    deps=["nano_parse", "skill_matches", "role_signals", "taxonomy"],
    group=ROLES,
    kinds={"python", "postgres"},
    description=(
        "The chosen role and the named case by which it was chosen, with rivals, margin, confidence and reasons. "
        "Titles that mean several roles go to the collision log."
    ),
)
