"""The asset `skill_matches`; how it answers stands in `stages/skill_matches.py`."""

from jd_assets.assets.stage_asset import SKILLS, stage_asset

skill_matches = stage_asset(
    "skill_matches",
    deps=["extracted_skills", "library_vectors", "taxonomy"],
    group=SKILLS,
    kinds={"python", "postgres", "lancedb"},
    description=(
        "Each extracted term against the library: literal alias first, then the nearest by embedding, with a "
        "calibrated no-match. Terms that match nothing carry metadata for a new skill."
    ),
)
