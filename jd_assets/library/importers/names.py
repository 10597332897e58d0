"""Names of imported skills: which skill an ambiguous one belongs to, and which need a guard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

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


def guards(aliases: Iterable[SkillAlias], *, proper_names: bool) -> list[Guard]:
    """Guards for names of one or two letters, and for names that are an ordinary word.

    With `proper_names` every name is a product's; else a canonical name that is an ordinary word means just that
    ("history"), and only further names need the guard ("gingerbread", a version of Android).
    """
    found: dict[str, Guard] = {}
    for row in aliases:
        name = row.alias.lower()
        if len(name) <= MAX_INITIALS:
            found[name] = Guard(alias=row.alias, rule="context", reason="one or two letters")
        elif name in common_words() and (proper_names or row.type != "CANONICAL"):
            found[name] = Guard(alias=row.alias, rule="context", reason="an ordinary word")
    return list(found.values())
