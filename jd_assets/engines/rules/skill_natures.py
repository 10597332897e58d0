"""Natures of skills, by how plainly a name of theirs is a skill.

What belongs here: which natures are alike to the rules engine. What does not: what natures there are
(`library/model.py`).
"""

from __future__ import annotations

TECHNOLOGIES = frozenset(("LANGUAGE", "FRAMEWORK", "LIBRARY", "DATABASE"))
PRODUCTS = frozenset(("TOOL", "PLATFORM", "SERVICE"))
IDEAS = frozenset(("CONCEPT", "METHODOLOGY", "DOMAIN"))


def group_of(nature: str) -> str:
    """The group of a nature; natures of standards, protocols and certifications stand for themselves."""
    if nature in TECHNOLOGIES:
        return "technology"
    return "product" if nature in PRODUCTS else "idea" if nature in IDEAS else nature
