"""The asset `extracted_skills`; how it answers stands in `stages/extracted_skills.py`."""

import dagster as dg

from jd_assets.assets.stage_asset import SKILLS, stage_asset
from jd_assets.records import ExtractedSkills, Posting
from jd_assets.workbench import Workbench


def evidence_verbatim(bench: Workbench, dump: str) -> dg.AssetCheckResult:
    """Every first span of a skill spells the skill's name in the posting."""
    wrong: list[str] = []
    spans = 0
    for posting, record in bench.records(dump, Posting, ExtractedSkills):
        for skill in record.final_skills:
            spans += len(skill.spans)
            first = skill.spans[0]
            if getattr(posting, first.field)[first.start : first.end] != skill.name:
                wrong.append(posting.posting_id)
    return dg.AssetCheckResult(passed=not wrong, metadata={"spans": spans, "wrong_postings": wrong[:20]})


extracted_skills = stage_asset(
    "extracted_skills",
    deps=["postings", "nano_parse", "taxonomy"],
    group=SKILLS,
    description="The hard skills each posting names, with character spans, section, primary or not, and what was refused and why.",
    kinds={"python", "postgres"},
    checks=[("evidence_verbatim", "Every skill's evidence stands verbatim in the posting.", evidence_verbatim)],
)
