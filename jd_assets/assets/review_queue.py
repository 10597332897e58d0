"""The asset `review_queue`; how it answers stands in `stages/review_queue.py`."""

from jd_assets.assets.stage_asset import OUTPUTS, stage_asset

review_queue = stage_asset(
    "review_queue",
    deps=["nano_parse", "skill_matches", "role_signals", "role_decisions", "taxonomy"],
    group=OUTPUTS,
    kinds={"python", "postgres"},
    description=(
        "What postings propose for people to approve: new skills, aliases, KRAs, roles and alias collisions. "
        "One item a subject, with the number of distinct postings behind it; a decision is kept for ever."
    ),
)
