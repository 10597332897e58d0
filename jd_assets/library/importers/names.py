"""Names of imported skills: which skill an ambiguous one belongs to, and which need a guard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from jd_assets.library.common_words import common_words
from jd_assets.library.merge import Note
from jd_assets.library.model import Guard, SkillAlias
from jd_assets.library.tokens import forms

MAX_INITIALS = 2  # letters: such short names ("R", "Go") are hardly ever meant where they stand


def resolved(aliases: Iterable[SkillAlias]) -> tuple[list[SkillAlias], list[Note]]:
    """The aliases that name one skill each, and a note on every other.

    A skill's canonical name goes before another's further name; a further name of several skills names none of them.
    The same name in another case, spacing or hyphenation is kept once a skill, the canonical one first.
    """
    groups: dict[tuple[str, ...], list[SkillAlias]] = defaultdict(list)
    for alias in aliases:
        groups[forms(alias.alias)].append(alias)
    kept: list[SkillAlias] = []
    notes: list[Note] = []
    for key, group in groups.items():
        if not key:
            continue
        group.sort(key=lambda row: (row.type != "CANONICAL", row.key))
        owners = {row.skill for row in group if row.type == "CANONICAL"} or {row.skill for row in group}
        owner = owners.pop() if len(owners) == 1 else ""
        if owner:
            kept.append(next(row for row in group if row.skill == owner))
        others = {row.skill: row.alias for row in group if row.skill != owner}
        notes.extend(Note("ambiguous alias", alias, skill, owner) for skill, alias in others.items())
    return kept, notes


def product_guards(aliases: Iterable[SkillAlias]) -> list[Guard]:
    """Guards for names of products: for those of one or two letters, and those that are an ordinary word."""
    found: dict[str, Guard] = {}
    for row in aliases:
        if len(row.alias) <= MAX_INITIALS:
            found[row.alias.lower()] = Guard(alias=row.alias, rule="context", reason="one or two letters")
        elif row.alias.lower() in common_words():
            found[row.alias.lower()] = Guard(alias=row.alias, rule="context", reason="an ordinary word")
    return list(found.values())


def vocabulary_guards(aliases: Iterable[SkillAlias], general: Collection[str]) -> list[Guard]:
    """Guards for a vocabulary of all trades, whose names are words before they are skills.

    The names of `general` skills (communicating, managing time, spoken languages) are in every posting and say nothing
    of the job: they never count where they merely stand. Neither does a single ordinary word ("design", "history");
    several ordinary words ("data storage") count beside another skill, or as an item of their own.
    """
    found: dict[str, Guard] = {}
    for row in aliases:
        words = [form for form in forms(row.alias) if form.isalpha()]
        if row.skill in general:
            guard = Guard(alias=row.alias, rule="phrase", reason="a general competence")
        elif len(row.alias) <= MAX_INITIALS:
            guard = Guard(alias=row.alias, rule="context", reason="one or two letters")
        elif not all(word in common_words() or word.removesuffix("s") in common_words() for word in words):
            continue
        elif len(words) > 1:
            guard = Guard(alias=row.alias, rule="context", reason="ordinary words")
        else:
            guard = Guard(alias=row.alias, rule="phrase", reason="an ordinary word")
        found[row.alias.lower()] = guard
    return list(found.values())
