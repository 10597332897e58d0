"""The asset `extracted_skills`; how it answers stands in `stages/extracted_skills.py`."""

import dagster as dg

from jd_assets.assets.stage_asset import SKILLS, stage_asset
from jd_assets.records import ExtractedSkills, Posting
from jd_assets.workbench import Workbench


def evidence_verbatim(workbench: Workbench, dump: str) -> dg.AssetCheckResult:
    """The first span of each skill spells its name in the posting, and every other one lies inside the text."""
    wrong: list[str] = []
    spans = 0
    for posting, record in workbench.records(dump, Posting, ExtractedSkills):
        for skill in record.final_skills:
            spans += len(skill.spans)
            quotes = [getattr(posting, span.field)[span.start : span.end] for span in skill.spans]
            if quotes[0] != skill.name or not all(quotes):
                wrong.append(posting.posting_id)
    return dg.AssetCheckResult(passed=not wrong, metadata={"spans": spans, "wrong_postings": wrong[:20]})


extracted_skills = stage_asset(
    "extracted_skills",
    deps=["postings", "nano_parse", "taxonomy"],
    group=SKILLS,
    kinds={"python", "postgres"},
    description=(
        "The hard skills that each posting names, with character spans, section and whether they are primary; "
        "also which words were refused, and why."
    ),
    checks=[("evidence_verbatim", "Every skill's evidence stands verbatim in the posting.", evidence_verbatim)],
)
