"""Which skill aliases stand in a text, with everything the library knows that decides whether they count."""

from __future__ import annotations

from typing import NamedTuple

from jd_assets.library.lookup import PhraseIndex
from jd_assets.library.model import Guard, GuardRule, MatchStrategy, Taxonomy
from jd_assets.library.tokens import Token, forms, tokenize


class AliasEntry(NamedTuple):
    """An alias as it is filed: the skill it names and the conditions under which it does."""

    alias: str
    skill: str
    strategy: MatchStrategy
    guard: GuardRule | None
    guard_reason: str


class AliasHit(NamedTuple):
    """An alias that stands in a text at characters start..end. `tag` is a context tag of the skill in the same line."""

    start: int
    end: int
    entry: AliasEntry
    tag: str | None


class Line(NamedTuple):
    """A stretch of text between two line or sentence ends, and the alias hits in it (all readings, overlaps included)."""

    start: int
    end: int
    hits: tuple[AliasHit, ...]


class SkillIndex:
    """All skill aliases of a library, ready to be found in text."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        guards = {guard.alias.lower(): guard for guard in taxonomy.guards}
        self._index: PhraseIndex[AliasEntry] = PhraseIndex(
            (row.alias, self._entry(row.alias, row.skill, row.strategy, guards)) for row in taxonomy.skill_aliases
        )
        self._tags = {skill.slug: frozenset(forms(tag) for tag in skill.context_tags) for skill in taxonomy.skills}

    @staticmethod
    def _entry(alias: str, skill: str, strategy: MatchStrategy, guards: dict[str, Guard]) -> AliasEntry:
        guard = guards.get(alias.lower())
        return AliasEntry(alias, skill, strategy, guard.rule if guard else None, guard.reason if guard else "")

    def exact(self, term: str) -> tuple[AliasEntry, ...]:
        """The aliases that this very term is (by its tokens; strategies and guards are not judged here)."""
        return self._index.exact(term)

    def lines(self, text: str) -> list[Line]:
        """The lines of a text that hold at least one alias. Positions are characters of `text`."""
        found: list[Line] = []
        line: list[Token] = []
        for token in tokenize(text):
            if token.form in ("\n", "."):
                self._add(line, found)
                line = []
            else:
                line.append(token)
        self._add(line, found)
        return found

    def _add(self, line: list[Token], found: list[Line]) -> None:
        hits = tuple(
            AliasHit(line[hit.first].start, line[hit.last - 1].end, entry, self._tag(entry, line, hit.first, hit.last))
            for readings in self._index.scan(line)
            for hit in readings
            for entry in hit.values
        )
        if hits:
            found.append(Line(line[0].start, line[-1].end, hits))

    def _tag(self, entry: AliasEntry, line: list[Token], first: int, last: int) -> str | None:
        """A context tag of the skill in the same line, outside the hit itself; asked only of guarded aliases."""
        tags = self._tags.get(entry.skill)
        if entry.guard is None or not tags:
            return None
        words = [token.form for token in line]
        for position in (*range(first), *range(last, len(words))):
            for size in (1, 2, 3):
                if position + size <= first or position >= last:
                    key = tuple(words[position : position + size])
                    if key in tags:
                        return " ".join(key)
        return None
