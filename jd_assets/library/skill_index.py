"""Which skill aliases stand in a text, with everything the library knows that decides whether they count.

What does not belong here: deciding it (`engines/rules/skill_guards.py`), or what a bare term is (`skill_matcher.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jd_assets.library.lookup import PhraseIndex
from jd_assets.library.model import Guard, GuardRule, MatchStrategy, SkillAlias, Taxonomy
from jd_assets.library.tokens import Token, forms


class AliasEntry(NamedTuple):
    """An alias as it is filed: the skill it names and the conditions under which it does."""

    alias: str
    skill: str
    nature: str
    strategy: MatchStrategy
    guard: GuardRule | None
    guard_reason: str


class AliasHit(NamedTuple):
    """An alias that stands in a text at characters start..end.

    `tag` is a context tag of the skill that the posting names too, in singular or plural;
    asked only for guarded aliases.
    """

    start: int
    end: int
    entry: AliasEntry
    tag: str | None


class Line(NamedTuple):
    """A stretch of text between two line or sentence ends, and all alias hits in it, overlaps included."""

    start: int
    end: int
    hits: tuple[AliasHit, ...]


class SkillIndex:
    """All skill aliases of a library, ready to be found in text."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        # In the order of their keys, so that the order of the library's rows never decides.
        guards = {guard.alias.lower(): guard for guard in sorted(taxonomy.guards, key=lambda row: row.key)}
        natures = {skill.slug: skill.nature for skill in taxonomy.skills}
        self._index: PhraseIndex[AliasEntry] = PhraseIndex(
            (row.alias, _entry(row, natures.get(row.skill, ""), guards.get(row.alias.lower())))
            for row in sorted(taxonomy.skill_aliases, key=lambda row: row.key)
        )
        self._tags = {
            skill.slug: tuple(f" {' '.join(forms(tag))} " for tag in skill.context_tags) for skill in taxonomy.skills
        }

    def exact(self, term: str) -> tuple[AliasEntry, ...]:
        """The aliases that this very term is (by its tokens; strategies and guards are not judged here)."""
        return self._index.exact(term)

    def lines(self, lines: Iterable[Sequence[Token]], context: str) -> list[Line]:
        """Those of the lines (`token_lines`) that hold at least one alias, with the aliases.

        `context` is the whole posting's words (`context_of`), in which tags are looked for.
        """
        found: list[Line] = []
        for line in lines:
            self._add(line, context, found)
        return found

    def _add(self, line: Sequence[Token], context: str, found: list[Line]) -> None:
        hits = tuple(
            AliasHit(line[hit.first].start, line[hit.last - 1].end, entry, self._tag(entry, context))
            for readings in self._index.scan(line)
            for hit in readings
            for entry in hit.values
        )
        if hits:
            found.append(Line(line[0].start, line[-1].end, hits))

    def _tag(self, entry: AliasEntry, context: str) -> str | None:
        if entry.guard is None:
            return None
        own = f" {' '.join(forms(entry.alias))} "
        named = (tag for tag in self._tags[entry.skill] if tag in context or f"{tag[:-1]}s " in context)
        return next((tag.strip() for tag in named if tag not in own), None)


def context_of(lines: Iterable[Sequence[Token]]) -> str:
    """The words of all lines in a row, each between spaces, so that a phrase of a line is found by a simple search."""
    return f" {' . '.join(' '.join([token.form for token in line]) for line in lines)} "


def _entry(row: SkillAlias, nature: str, guard: Guard | None) -> AliasEntry:
    rule, reason = (guard.rule, guard.reason) if guard else (None, "")
    return AliasEntry(row.alias, row.skill, nature, row.strategy, rule, reason)
