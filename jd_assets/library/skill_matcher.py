"""From a term to a library skill: literal alias by its match strategy first, then the likeliest skill of a ranking.

"No match" is an answer: below a learned confidence a term stays unmatched. Each distinct term is decided once per
library, whatever the number of postings that name it.
"""

from __future__ import annotations

import copy
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from jd_assets.engines.embedder import Embedder
from jd_assets.library.grams import Floats
from jd_assets.library.model import MatchStrategy, Skill, SkillAlias, Taxonomy
from jd_assets.library.skill_index import AliasEntry, SkillIndex
from jd_assets.library.skill_ranker import Candidates, RankingModel, SkillRanker, learned_model, ranking
from jd_assets.library.tokens import forms, singular

_log = logging.getLogger(__name__)

MIN_RANKED_CHARS = 4  # "SAS" and "SAP" lie close together in any embedding: short terms match literally or not at all
NEIGHBOURS = 5
_REMEMBERED = 50_000  # terms kept in memory


class TermMatch(NamedTuple):
    """What the library says about one term. Without a skill, `neighbours` are the likeliest ones, likeliest first."""

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
        self._index, self._model = index, learned_model()
        if embedder.name != self._model.embedder:
            _log.warning("Matching was learned for the embedder %s, not for %s", self._model.embedder, embedder.name)
        self._skills: Mapping[str, Skill] = {skill.slug: skill for skill in taxonomy.skills}
        # Several words keep their meaning in a term, whatever must stand beside them in a text.
        guarded = {guard.alias.lower() for guard in taxonomy.guards if " " not in guard.alias}
        named: dict[str, SkillAlias] = {}
        others: dict[str, list[str]] = {}
        for row in sorted(taxonomy.skill_aliases, key=lambda row: (row.skill, row.type != "CANONICAL", row.key)):
            if row.skill not in self._skills:
                continue
            if row.skill not in named:
                named[row.skill] = row
            elif (
                row.strategy != "EXACT_CASE" and len(row.alias) >= MIN_RANKED_CHARS and row.alias.lower() not in guarded
            ):
                others.setdefault(row.skill, []).append(row.alias)
        # Own names alone are embedded: what further names add to nearness their spelling tells as well (measured:
        # docs/matching.md), and they are four times as many.
        self._named = tuple(named.values())
        self._ranker = SkillRanker(
            [row.alias for row in self._named], [others.get(row.skill, ()) for row in self._named], embedder
        )
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
            self._known.update(self._likeliest(unmatched))
        found = {term: self._known[term] for term in wanted}
        for term in list(self._known)[: max(len(self._known) - _REMEMBERED, 0)]:
            del self._known[term]
        return found

    def _literal(self, term: str) -> AliasEntry | None:
        for entry in self._index.exact(term):
            if entry.skill in self._skills and (
                entry.strategy != "EXACT_CASE" or _letters(term).startswith(_letters(entry.alias))
            ):
                return entry
        return None

    def using(self, model: RankingModel) -> SkillMatcher:
        """The same matcher with other numbers: for learning and measuring."""
        other = copy.copy(self)
        other._model, other._known = model, {}
        return other

    def candidates(self, terms: Sequence[str]) -> list[dict[str, Floats]]:
        """For each term the skills worth weighing, with their measures: for learning."""
        return [
            {self._named[p].skill: row for p, row in zip(*found, strict=True)}
            for found in self._ranker.candidates(terms)
        ]

    def literal(self, term: str) -> str | None:
        """The skill of which this very term is an alias."""
        entry = self._literal(term)
        return entry.skill if entry else None

    def rank(self, terms: Sequence[str]) -> list[dict[str, float]]:
        """For each term the skills that it may mean with their probabilities, likeliest first: for measuring.

        A literal alias is right in the learned share of cases; the rest belongs to the other skills.
        """
        ranked = []
        for term, found in zip(terms, self._ranker.candidates(terms), strict=True):
            positions, probabilities = ranking(self._model, found)[:2]
            likely = {self._named[p].skill: float(q) for p, q in zip(positions, probabilities, strict=True)}
            named = self.literal(term)
            if named is not None:
                own = self._model.literal_right
                likely = {named: own} | {s: q * (1 - own) for s, q in likely.items() if s != named}
            ranked.append(likely)
        return ranked

    def _likeliest(self, terms: Sequence[str]) -> dict[str, TermMatch]:
        if not self._named:
            return dict.fromkeys(terms, TermMatch())
        return {
            term: self._decide(term, found) for term, found in zip(terms, self._ranker.candidates(terms), strict=True)
        }

    def _decide(self, term: str, candidates: Candidates) -> TermMatch:
        found = ranking(self._model, candidates)
        alias, similarity = self._named[found.positions[0]], float(found.similarities[0])
        if (
            found.confidence >= self._model.same_skill
            and min(len(term), len(alias.alias)) >= MIN_RANKED_CHARS
            and alias.strategy != "EXACT_CASE"
            and not _numbers_differ(term, alias.alias)
            and not _is_part(term, alias.alias)
        ):
            skill = self._skills[alias.skill]
            return TermMatch(
                skill.slug,
                skill.display_name,
                "embedding_alias",
                alias.alias,
                alias.strategy,
                similarity,
                skill.dimensions,
            )
        near = [
            _neighbour(self._skills[self._named[position].skill], float(value))
            for position, value in zip(found.positions[:NEIGHBOURS], found.similarities, strict=False)
            if min(len(term), len(self._named[position].alias)) >= MIN_RANKED_CHARS
        ]
        return TermMatch(similarity=similarity, neighbours=tuple(near))


def is_near(neighbour: Neighbour) -> bool:
    """Whether a neighbour is near enough to take a new skill's metadata from."""
    return neighbour.similarity >= learned_model().near_skill


def common_dimensions(neighbours: Sequence[Neighbour]) -> tuple[str, ...]:
    """The dimensions that near neighbours agree on, most votes first, at most three."""
    near = filter(is_near, neighbours)
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


def _is_part(term: str, alias: str) -> bool:
    """Whether a term is one word of a longer name: "analytics" lies close to "Google Analytics" and is not the same."""
    words, named = forms(term), forms(alias)
    return len(words) == 1 < len(named) and singular(words[0]) in map(singular, named)


def _numbers_differ(term: str, alias: str) -> bool:
    """ "ISO 9001" and "ISO 27001" lie close together and are not the same."""
    numbers = [{form for form in forms(text) if any(char.isdigit() for char in form)} for text in (term, alias)]
    return numbers[0] != numbers[1]
