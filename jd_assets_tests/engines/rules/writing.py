"""Postings that the tests of the rules write for themselves."""

from __future__ import annotations

from jd_assets.engines.rules.sections import find_sections
from jd_assets.records import Section

LINED = """About Fernhill:
Fernhill is a leading provider of irrigation software, founded in 2009.

What you'll do:
• Design sensors' data pipelines
• Review the work of two colleagues
• 4+ years of experience with Python

Requirements
- Solid knowledge of PostgreSQL
- Bachelor's degree in Computer Science or a related field

Nice to have
- Familiarity with Kafka

Perks
- Dental insurance
- Twenty-five days of paid leave

We are an equal opportunity employer and do not discriminate on the basis of age.
Send your CV to jobs@fernhill.example.
"""

# The same kind of posting with its line breaks lost in scraping.
GLUED = (
    "Fernhill is a leading provider of irrigation software, founded in 2009.Key Responsibilities:Design data pipelines"
    " for our field sensors across three continents.Review the work of two colleagues and help them grow"
    "QualificationsAt least 4 years of experience with Python.Solid knowledge of PostgreSQL and of queues."
    "Why Join Us?Dental insurance and paid leave for you and your family.How to applySend your CV to"
    " jobs@fernhill.example."
)


def kinds(text: str) -> list[str]:
    """The kinds of the sections of a text, in order."""
    return [section.kind for section in find_sections(text)]


def kind_at(text: str, words: str) -> str:
    """The kind of the section in which `words` begin."""
    place = text.index(words)
    return next(section.kind for section in find_sections(text) if section.start <= place < section.end)


def whole(text: str) -> tuple[Section, ...]:
    """A text as one section of no kind."""
    return (Section(kind="other", heading=None, start=0, end=len(text)),)
