"""The asset `review_queue`; how it answers stands in `stages/review_queue.py`."""

from jd_assets.assets.stage_asset import OUTPUTS, stage_asset

review_queue = stage_asset(
    "review_queue",
    deps=["nano_parse", "skill_matches", "role_signals", "role_decisions", "taxonomy"],
    group=OUTPUTS,
    description="What postings propose for people to approve: new skills, aliases, KRAs, roles and alias collisions, counted per subject.",
    kinds={"python", "postgres"},
)
