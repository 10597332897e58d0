"""Roles as they are found: by title, by the dimensions of skills, and by the sentences of their duties (KRAs).

What belongs here: asking one library's roles, with their formulas. What does not: weighing the answers (the stages).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jd_assets.engines.embedder import Embedder, Vectors
from jd_assets.library.lookup import PhraseIndex
from jd_assets.library.model import Kra, Role, RoleAlias, Taxonomy
from jd_assets.library.owned_texts import Comparison, OwnedTexts
from jd_assets.library.similarity import Numbers, contenders, similarities
from jd_assets.library.tokens import forms, tokenize

MAX_SENTENCES = 8  # duty sentences compared per posting: the first eight say what the job is; more changed no decision
BEST_SENTENCES = 3  # a role's KRA score is the mean of its three best sentences
COMMON_DIMENSION = 0.5  # what a role's common dimension counts beside a core one
FURTHER_DIMENSION = 0.7  # what a skill's further dimensions count beside its first
OUTSIDE_TECHNOLOGY = "Outside technology"  # the domain of roles that only mark a posting as not technical


class TitleHit(NamedTuple):
    """A role whose alias is the title, or stands in it; `coverage` is the share of the title's words it covers."""

    role: str
    alias: str
    coverage: float


# Titles made of these words alone say "a developer" and no more: the stack and the duties say which.
GENERIC_TITLE_WORDS = frozenset(
    """software engineer engineers engineering developer developers development programmer programming coder application
    applications app it technical technology analyst consultant associate member staff specialist professional sde swe
    web product systems system""".split()
)


def is_generic(title: str) -> bool:
    """Whether a title names no speciality ("Software Engineer", "Web Developer")."""
    return all(form in GENERIC_TITLE_WORDS for form in forms(title) if any(char.isalnum() for char in form))


class SentenceMatch(NamedTuple):
    """A duty sentence and the KRA of a role nearest to it."""

    sentence: str
    kra: str
    similarity: float


def kra_scores(similarities: Vectors) -> tuple[Vectors, npt.NDArray[np.int64]]:
    """Each role's KRA score, and the sentences that make it.

    `similarities` (sentences x roles) holds for each sentence the similarity of the role's best KRA. The score is the
    mean of the role's three best sentences (of all, where there are fewer), to four places.
    """
    if not len(similarities):
        return np.zeros(similarities.shape[1], dtype=np.float32), np.zeros(similarities.shape, dtype=np.int64)
    top = np.argsort(-similarities, axis=0, kind="stable")[:BEST_SENTENCES]
    return np.round(np.take_along_axis(similarities, top, axis=0).mean(axis=0), 4), top


class TitleNearness:
    """How near one title is to the roles' aliases."""

    def __init__(self, slugs: Sequence[str], compared: Comparison) -> None:
        self._slugs, self._compared = slugs, compared

    def contenders(self, count: int) -> set[str]:
        """All roles that may be among the `count` nearest."""
        return {self._slugs[position] for position in contenders(self._compared.rough[0], count)}

    def of(self, roles: Iterable[str]) -> dict[str, float]:
        """The similarity of each of these roles' nearest alias."""
        return dict(_scored(self._slugs, roles, lambda owners: self._compared.nearest(owners).similarities[0]))


class KraNearness:
    """How near the duty sentences of one posting are to the roles' KRAs.

    Each sentence takes the role's best KRA; one KRA may serve several sentences.
    """

    def __init__(self, slugs: Sequence[str], kras: Sequence[Kra], sentences: Sequence[str], compared: Comparison):
        self._slugs, self._kras, self._sentences, self._compared = slugs, kras, sentences, compared

    def contenders(self, count: int) -> set[str]:
        """All roles that may be among the `count` of the highest score."""
        if not self._sentences:
            return set()
        return {self._slugs[position] for position in contenders(kra_scores(self._compared.rough)[0], count)}

    def of(self, roles: Iterable[str]) -> dict[str, float]:
        """The KRA score of each of these roles."""
        return dict(
            _scored(self._slugs, roles, lambda owners: kra_scores(self._compared.nearest(owners).similarities)[0])
        )

    def matches(self, role: str) -> tuple[SentenceMatch, ...]:
        """The sentences that make a role's score, each with its KRA."""
        found = self._compared.nearest(np.asarray([bisect_left(self._slugs, role)]))
        _, top = kra_scores(found.similarities)
        return tuple(
            SentenceMatch(
                self._sentences[row], self._kras[found.texts[row, 0]].kra, round(float(found.similarities[row, 0]), 4)
            )
            for row in top[:, 0]
            if found.texts[row, 0] >= 0
        )


def _scored(
    slugs: Sequence[str], roles: Iterable[str], scores: Callable[[Numbers], Vectors]
) -> Iterator[tuple[str, float]]:
    asked = sorted(set(roles))
    if not asked:
        return
    owners = np.asarray([bisect_left(slugs, role) for role in asked], dtype=np.int64)
    for role, score in zip(asked, scores(owners), strict=True):
        yield role, round(float(score), 4)


class RoleIndex:
    """One library's roles, with one embedder's vectors of their titles and KRAs (made at first use)."""

    def __init__(self, taxonomy: Taxonomy, embedder: Embedder) -> None:
        self._embedder = embedder
        self.roles: dict[str, Role] = {role.slug: role for role in taxonomy.roles}
        self._slugs = sorted(self.roles)
        self._position = {role: number for number, role in enumerate(self._slugs)}
        named = [RoleAlias(alias=role.display_name, role=role.slug) for role in taxonomy.roles]
        titles = {row for row in (*taxonomy.role_aliases, *named) if row.role in self.roles}
        self._titles = sorted(titles, key=lambda row: (row.role, row.alias))  # by role, as `OwnedTexts` wants them
        self._title_index: PhraseIndex[RoleAlias] = PhraseIndex((row.alias, row) for row in self._titles)
        kras = (row for row in taxonomy.role_kras if row.role in self.roles)
        self._kras = sorted(kras, key=lambda row: (row.role, row.kra))
        self.dimensions: dict[str, dict[str, str]] = defaultdict(dict)
        for link in taxonomy.role_dimensions:
            self.dimensions[link.dimension][link.role] = link.weight
        self._with_dimensions = len({link.role for link in taxonomy.role_dimensions})
        stack_of = {dimension.slug: dimension.stack for dimension in taxonomy.dimensions if dimension.stack}
        self._stack_of = stack_of
        stacks: dict[str, set[str]] = defaultdict(set)
        for link in taxonomy.role_dimensions:
            if link.weight == "core" and link.dimension in stack_of:
                stacks[link.role].add(stack_of[link.dimension])
        # Of the roles bound to a stack, and of these alone.
        self.stacks: dict[str, frozenset[str]] = {
            role: frozenset(stacks[role]) for role in self.roles if role in stacks
        }
        self._title_texts = self._owned([(row.alias, row.role) for row in self._titles])
        self._kra_texts = self._owned([(row.kra, row.role) for row in self._kras])

    def _owned(self, texts: Sequence[tuple[str, str]]) -> OwnedTexts:
        owners = [self._position[role] for _, role in texts]
        return OwnedTexts([text for text, _ in texts], owners, len(self._slugs), self._embedder)

    @property
    def texts(self) -> list[str]:
        """Every library text whose vector this index needs: titles and KRAs."""
        return [row.alias for row in self._titles] + [row.kra for row in self._kras]

    # --- by title -------------------------------------------------------------------------------------------------

    def named(self, title: str) -> list[TitleHit]:
        """Roles of which the whole title is an alias."""
        return [TitleHit(row.role, row.alias, 1.0) for row in self._title_index.exact(title)]

    def contained(self, title: str) -> list[TitleHit]:
        """Roles with an alias inside the title; of overlapping aliases only the longest."""
        tokens = tokenize(title)
        words = sum(token.form.isalnum() for token in tokens) or 1
        best: dict[str, TitleHit] = {}
        covered = 0
        for readings in self._title_index.scan(tokens):
            hit = readings[0]
            if hit.last <= covered:
                continue
            covered = hit.last
            for row in hit.values:
                coverage = round((hit.last - hit.first) / words, 4)
                if row.role not in best or coverage > best[row.role].coverage:
                    best[row.role] = TitleHit(row.role, row.alias, coverage)
        return list(best.values())

    def near_titles(self, titles: Sequence[str]) -> Iterator[TitleNearness]:
        """For each title how near it is to the roles' aliases."""
        vectors = self._embedder.embed(titles)
        groups = [vectors[number : number + 1] for number in range(len(titles))]
        return (TitleNearness(self._slugs, compared) for compared in self._title_texts.compare(groups))

    # --- by skills ------------------------------------------------------------------------------------------------

    def roles_of(self, dimensions: Sequence[str]) -> tuple[str, ...]:
        """Roles that share a dimension with a skill of these dimensions."""
        return tuple(
            sorted(
                {role for dimension in dimensions for role in self.dimensions.get(dimension, ()) if role in self.roles}
            )
        )

    def stacks_of(self, dimensions: Sequence[str]) -> frozenset[str]:
        """The technology stacks (java, react, sap …) that a skill of these dimensions belongs to."""
        return frozenset(self._stack_of[dimension] for dimension in dimensions if dimension in self._stack_of)

    def specificity(self, dimensions: Sequence[str]) -> dict[str, float]:
        """How much a skill of these dimensions speaks for each role.

        The inverse role frequency of the best shared dimension, log(1 + R/r) / log(1 + R) for r of the R roles that
        have dimensions; common dimensions of a role count half of its core ones, and dimensions of a skill after its
        first a little less.
        """
        total = math.log1p(self._with_dimensions)
        best: dict[str, float] = {}
        for rank, dimension in enumerate(dimensions):
            links = self.dimensions.get(dimension, {})
            if not links:
                continue
            rarity = math.log1p(self._with_dimensions / len(links)) / total
            for role, weight in links.items():
                value = rarity * (1.0 if weight == "core" else COMMON_DIMENSION)
                value *= 1.0 if rank == 0 else FURTHER_DIMENSION
                if value > best.get(role, 0.0):
                    best[role] = value
        return best

    # --- by duties ------------------------------------------------------------------------------------------------

    @property
    def slugs(self) -> list[str]:
        return self._slugs

    def near_kras(self, duties: Sequence[Sequence[str]], vectors: Sequence[Vectors]) -> Iterator[KraNearness]:
        """For each posting how near its duty sentences (with their vectors, one a row) are to the roles' KRAs."""
        for sentences, compared in zip(duties, self._kra_texts.compare(vectors), strict=True):
            yield KraNearness(self._slugs, self._kras, sentences, compared)

    def nearest_kra(self, role: str, vectors: Vectors) -> tuple[float, ...]:
        """For each sentence (its vector) the similarity of the role's nearest KRA."""
        if role not in self.roles or not len(vectors):
            return ()
        own = self._kra_texts.of(self._position[role])
        if not len(own):
            return ()
        best = similarities(vectors, self._kra_texts.vectors[own]).max(axis=1)
        return tuple(round(float(value), 4) for value in best)
