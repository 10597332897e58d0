"""Stage `nano_parse`: a posting's text to a structured record, by rules alone.

What belongs here: the order in which the rules are asked, and when a posting is no subject for a decision. The rules
themselves are in `jd_assets.engines.rules`. No library is read: the record says what the posting says about itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jd_assets.engines.rules.company import about_company, read_company
from jd_assets.engines.rules.domains import read_domain
from jd_assets.engines.rules.duties import duty_sections, duty_sentences
from jd_assets.engines.rules.education import read_certifications, read_education
from jd_assets.engines.rules.experience import read_experience
from jd_assets.engines.rules.locations import read_locations
from jd_assets.engines.rules.salary import read_salary
from jd_assets.engines.rules.sections import find_sections
from jd_assets.engines.rules.text import PARSED_CHARS
from jd_assets.engines.rules.titles import Title, read_title
from jd_assets.engines.rules.urls import read_urls
from jd_assets.engines.rules.work_mode import read_work_mode
from jd_assets.records import NanoParse, Posting, Section
from jd_assets.stages.base import Stage, Upstream

MIN_WORDS = 5  # a title and a description with fewer words together say nothing to judge by

_NO_JOB = re.compile(
    r"\b(?:page (?:you requested |you're looking for )?(?:was |could )?not (?:be )?found|404 (?:error"
    r"|not found)|(?:job|position|posting|vacancy) (?:is|has been|was) (?:no longer|expired|closed|filled"
    r"|removed)"
    r"|no longer (?:available|accepting applications)|access denied|enable (?:javascript|cookies)"
    r"|SEEKING WORK|seeking freelance work|(?:i am|i'm) (?:currently )?(?:looking|available) for (?:a "
    r"|an )?(?:new |freelance |remote )?(?:work|job|position|role|opportunit))\b",
    re.IGNORECASE,
)
_OF_A_JOB = frozenset({"responsibilities", "requirements", "preferred", "skills", "how_to_apply", "benefits"})
_NO_JOB_CHARS = 600  # a full posting may well mention an expired page


def parse(posting: Posting) -> NanoParse:
    """The structured record of a posting; the same posting always gives the same record. Never raises."""
    text = posting.description[:PARSED_CHARS]
    sections = find_sections(posting.description)
    bounded = tuple(section for section in sections if section.start < len(text))
    title = read_title(posting.title, posting.company, text)
    company = read_company(posting.company, title.company, text, bounded)
    mode = read_work_mode(posting.title, text, posting.location, posting.remote)
    return NanoParse(
        JD_type=_jd_type(posting, title, bounded),
        role=title.role,
        role_aliases=title.aliases,
        role_archetype=title.archetype,
        seniority=title.seniority,
        company_name=company,
        about_company=about_company(text, bounded),
        domain=read_domain(posting.title, company, text, bounded),
        experience=read_experience(text, bounded, posting.experience),
        ctc=read_salary(text, bounded, posting.salary),
        education=read_education(text, bounded),
        certifications=read_certifications(text, bounded),
        job_locations=read_locations(posting.title, text, posting.location, mode),
        work_mode=mode,
        roles_and_responsibilities=duty_sections(text, bounded),
        sections=sections,
        duties=duty_sentences(text, bounded),
        urls=read_urls(text),
    )


def _jd_type(posting: Posting, title: Title, sections: Sequence[Section]) -> str:
    """ "pass", or why there is nothing to judge: empty, not_english, not_a_job or too_short."""
    if "empty_description" in posting.flags or not posting.description.strip():
        return "empty"
    if "not_english" in posting.flags:
        return "not_english"
    if len(posting.description) < _NO_JOB_CHARS and _NO_JOB.search(f"{posting.title}\n{posting.description}"):
        return "not_a_job"
    if len(f"{posting.title} {posting.description}".split()) < MIN_WORDS:
        return "too_short"
    if not posting.title.strip() and title.role is None and not any(section.kind in _OF_A_JOB for section in sections):
        return "not_a_job"  # a comment in a thread of postings
    return "pass"


class NanoParseStage(Stage[None, NanoParse]):
    """Asks the library nothing, so there are no facts."""

    name = "nano_parse"
    output = NanoParse

    def gather(self, batch: Sequence[Upstream]) -> Sequence[None]:
        """No facts, one None per posting."""
        return [None] * len(batch)

    def judge(self, upstream: Upstream, facts: None) -> NanoParse:
        """The parse of the posting."""
        return parse(upstream.posting)
