"""From a term to a library skill: literal alias by its match strategy first, then the nearest alias by embedding.

"No match" is an answer: below a calibrated similarity a term stays unmatched. Each distinct term is decided once per
library, whatever the number of postings that name it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from jd_assets.engines.embedder import Embedder, Vectors
from jd_assets.library.model import MatchStrategy, Skill, Taxonomy
from jd_assets.library.similarity import LibraryVectors, library_vectors, similarities
from jd_assets.library.skill_index import AliasEntry, SkillIndex
from jd_assets.library.tokens import forms

# A term and an alias are the same skill from here on. Set on labelled phrases (docs/matching.md); it belongs to the
# embedding model, so another model needs its own.
SAME_SKILL_SIMILARITY = 0.80
NEAR_SKILL_SIMILARITY = 0.60  # near enough to take a new skill's metadata from
MIN_EMBEDDED_CHARS = 4  # "SAS" and "SAP" lie close together in any embedding: short terms match literally or not at all
NEIGHBOURS = 5


class TermMatch(NamedTuple):
    """What the library says about one term. Without a skill, `neighbours` are the nearest ones, nearest first."""

    skill: str | None = None
    display_name: str | None = None
    via: Literal["alias", "embedding_alias"] | None = None
    alias: str | None = None
    strategy: MatchStrategy | None = None
    similarity: float | None = None
    dimensions: tuple[str, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


class Neighbour(NamedTuple):
    """A library skill near a term, with the metadata that a new skill may take over."""

    skill: str
    display_name: str
    similarity: float
    category: str
    sub_category: str
    nature: str
    volatility: str
    lifespan: str
    version_strategy: str
    dimensions: tuple[str, ...]


class SkillMatcher:
    """Matches terms against one library with one embedder."""

    def __init__(self, taxonomy: Taxonomy, index: SkillIndex, embedder: Embedder) -> None:
        self._index, self._embedder = index, embedder
        self._skills: Mapping[str, Skill] = {skill.slug: skill for skill in taxonomy.skills}
        # Canonical names alone: other spellings add nothing to nearness that their literal match did not give already
        # (measured: docs/matching.md), and are four times as many to embed.
        self._aliases = tuple(
            alias
            for alias in sorted(taxonomy.skill_aliases, key=lambda row: row.key)
            if alias.type == "CANONICAL" and len(alias.alias) >= MIN_EMBEDDED_CHARS
        )
        self._vectors: LibraryVectors | None = None
        self._known: dict[str, TermMatch] = {}

    def match(self, terms: Iterable[str]) -> dict[str, TermMatch]:
        """The match of each distinct term."""
        wanted = set(terms)
        unknown = sorted(wanted - self._known.keys())
        unmatched = []
        for term in unknown:
            entry = self._literal(term)
            if entry is None:
                unmatched.append(term)
            else:
                skill = self._skills[entry.skill]
                self._known[term] = TermMatch(
                    skill.slug, skill.display_name, "alias", entry.alias, entry.strategy, None, skill.dimensions
                )
        if unmatched:
            self._known.update(self._nearest(unmatched))
        return {term: self._known[term] for term in wanted}

    def _literal(self, term: str) -> AliasEntry | None:
        for entry in self._index.exact(term):
            if entry.skill in self._skills and (
                entry.strategy != "EXACT_CASE" or _letters(term).startswith(_letters(entry.alias))
            ):
                return entry
        return None

    def _nearest(self, terms: Sequence[str]) -> dict[str, TermMatch]:
        if not self._aliases:
            return dict.fromkeys(terms, TermMatch())
        if self._vectors is None:
            self._vectors = library_vectors(self._embedder, [row.alias for row in self._aliases])
        near = similarities(self._embedder.embed(terms), self._vectors)
        return {term: self._decide(term, row) for term, row in zip(terms, near, strict=True)}

    def _decide(self, term: str, near: Vectors) -> TermMatch:
        best: dict[str, Neighbour] = {}
        order = np.argsort(-near, kind="stable")
        for position in order:
            skill = self._skills[self._aliases[position].skill]
            if skill.slug not in best:
                best[skill.slug] = _neighbour(skill, round(float(near[position]), 4))
            if len(best) == NEIGHBOURS:
                break
        neighbours = tuple(best.values())
        nearest, alias = neighbours[0], self._aliases[order[0]]
        if (
            len(term) >= MIN_EMBEDDED_CHARS
            and nearest.similarity >= SAME_SKILL_SIMILARITY
            and alias.strategy != "EXACT_CASE"
            and not _numbers_differ(term, alias.alias)
        ):
            return TermMatch(
                nearest.skill,
                nearest.display_name,
                "embedding_alias",
                alias.alias,
                alias.strategy,
                nearest.similarity,
                nearest.dimensions,
            )
        return TermMatch(similarity=nearest.similarity, neighbours=neighbours)


def common_dimensions(neighbours: Sequence[Neighbour]) -> tuple[str, ...]:
    """The dimensions that near neighbours agree on, most votes first, at most three."""
    near = [neighbour for neighbour in neighbours if neighbour.similarity >= NEAR_SKILL_SIMILARITY]
    votes = Counter(dimension for neighbour in near for dimension in neighbour.dimensions)
    return tuple(dimension for dimension, _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))[:3])


def _neighbour(skill: Skill, similarity: float) -> Neighbour:
    return Neighbour(
        skill.slug,
        skill.display_name,
        similarity,
        skill.category,
        skill.sub_category,
        skill.nature,
        skill.volatility,
        skill.lifespan,
        skill.version_strategy,
        skill.dimensions,
    )


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in "+#")


def _numbers_differ(term: str, alias: str) -> bool:
    """ "ISO 9001" and "ISO 27001" lie close together and are not the same."""
    numbers = [{form for form in forms(text) if any(char.isdigit() for char in form)} for text in (term, alias)]
    return numbers[0] != numbers[1]
