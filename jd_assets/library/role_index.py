"""Roles as they are found: by title, by the dimensions of skills, and by the sentences of their duties (KRAs).

What belongs here: asking one library's roles, with their formulas. What does not: weighing the answers (the stages).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jd_assets.engines.embedder import Embedder, Vectors
from jd_assets.library.lookup import PhraseIndex
from jd_assets.library.model import Role, RoleAlias, Taxonomy
from jd_assets.library.similarity import LibraryVectors, library_vectors, similarities
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
    return all(form in GENERIC_TITLE_WORDS for form in forms(title) if form.isalnum())


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
    top = np.argsort(-similarities, axis=0, kind="stable")[:BEST_SENTENCES]
    return np.round(np.take_along_axis(similarities, top, axis=0).mean(axis=0), 4), top


class KraMatches(NamedTuple):
    """Every role's KRA score (in `slugs` order), and the sentences that make a role's score."""

    scores: Vectors
    matches: Callable[[str], tuple[SentenceMatch, ...]]


class RoleIndex:
    """One library's roles, with one embedder's vectors of their titles and KRAs (made at first use)."""

    def __init__(self, taxonomy: Taxonomy, embedder: Embedder) -> None:
        self._embedder = embedder
        self.roles: dict[str, Role] = {role.slug: role for role in taxonomy.roles}
        self._slugs = sorted(self.roles)
        self._position = {role: number for number, role in enumerate(self._slugs)}
        named = [RoleAlias(alias=role.display_name, role=role.slug) for role in taxonomy.roles]
        titles = {row for row in (*taxonomy.role_aliases, *named) if row.role in self.roles}
        self._titles = sorted(titles, key=lambda row: (row.role, row.alias))  # by role, as `_Columns` wants them
        self._title_index: PhraseIndex[RoleAlias] = PhraseIndex((row.alias, row) for row in self._titles)
        kras = (row for row in taxonomy.role_kras if row.role in self.roles)
        self._kras = sorted(kras, key=lambda row: (row.role, row.kra))
        self.dimensions: dict[str, dict[str, str]] = defaultdict(dict)
        for link in taxonomy.role_dimensions:
            self.dimensions[link.dimension][link.role] = link.weight
        stack_of = {dimension.slug: dimension.stack for dimension in taxonomy.dimensions if dimension.stack}
        self._stack_of = stack_of
        stacks: dict[str, set[str]] = defaultdict(set)
        for link in taxonomy.role_dimensions:
            if link.weight == "core" and link.dimension in stack_of:
                stacks[link.role].add(stack_of[link.dimension])
        self.stacks: dict[str, frozenset[str]] = {role: frozenset(stacks.get(role, ())) for role in self.roles}
        self._title_columns = _Columns([row.role for row in self._titles], self._slugs)
        self._kra_columns = _Columns([row.role for row in self._kras], self._slugs)
        self._title_vectors: LibraryVectors | None = None
        self._kra_vectors: LibraryVectors | None = None

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

    def title_similarities(self, titles: Sequence[str]) -> Vectors:
        """For each title (row) and role (column, in `slugs` order) the similarity of the role's nearest alias."""
        if self._title_vectors is None:
            self._title_vectors = library_vectors(self._embedder, [row.alias for row in self._titles])
        near = similarities(self._embedder.embed(titles), self._title_vectors)
        return self._title_columns.best(near)

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

        The inverse role frequency of the best shared dimension, log(1 + R/r) / log(1 + R) for r of R roles; common
        dimensions of a role count half of its core ones, and dimensions of a skill after its first a little less.
        """
        total = math.log1p(len(self.roles))
        best: dict[str, float] = {}
        for rank, dimension in enumerate(dimensions):
            links = self.dimensions.get(dimension, {})
            if not links:
                continue
            rarity = math.log1p(len(self.roles) / len(links)) / total
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

    def kra_matches(self, sentences: Sequence[str], vectors: Vectors) -> KraMatches:
        """How near the sentences (with their vectors, one a row) are to every role's KRAs.

        Each sentence takes the role's best KRA; one KRA may serve several sentences.
        """
        if not sentences or not self._kras:
            return KraMatches(np.zeros(len(self._slugs), dtype=np.float32), lambda role: ())
        near = similarities(vectors, self._all_kras())
        scores, top = kra_scores(self._kra_columns.best(near))

        def matches(role: str) -> tuple[SentenceMatch, ...]:
            own = self._kra_columns.of(role)
            found: list[SentenceMatch] = []
            if own.start == own.stop:
                return ()
            for row in top[:, self._position[role]]:
                column = own.start + int(np.argmax(near[row, own]))
                found.append(SentenceMatch(sentences[row], self._kras[column].kra, round(float(near[row, column]), 4)))
            return tuple(found)

        return KraMatches(scores, matches)

    def nearest_kra(self, role: str, vectors: Vectors) -> tuple[float, ...]:
        """For each sentence (its vector) the similarity of the role's nearest KRA."""
        own = self._kra_columns.of(role)
        if own.start == own.stop or not len(vectors):
            return ()
        best = similarities(vectors, self._all_kras()[own]).max(axis=1)
        return tuple(round(float(value), 4) for value in best)

    def _all_kras(self) -> LibraryVectors:
        if self._kra_vectors is None:
            self._kra_vectors = library_vectors(self._embedder, [row.kra for row in self._kras])
        return self._kra_vectors


class _Columns:
    """Which columns of a similarity matrix (aliases or KRAs, sorted by role) belong to which role."""

    def __init__(self, owners: Sequence[str], slugs: Sequence[str]) -> None:
        """`owners` names each column's role, equal ones beside each other; `slugs` all roles, in their order."""
        starts = [column for column, role in enumerate(owners) if column == 0 or owners[column - 1] != role]
        ends = [*starts[1:], len(owners)]
        position = {role: number for number, role in enumerate(slugs)}
        self._slices = {owners[start]: slice(start, end) for start, end in zip(starts, ends, strict=False)}
        self._starts = np.asarray(starts, dtype=np.int64)
        self._positions = np.asarray([position[owners[start]] for start in starts], dtype=np.int64)
        self._roles = len(slugs)

    def of(self, role: str) -> slice:
        """The role's columns; an empty slice for a role without any."""
        return self._slices.get(role, slice(0, 0))

    def best(self, near: Vectors) -> Vectors:
        """The best value of each row per role (in the order of `slugs`); 0 for a role without columns."""
        best = np.zeros((near.shape[0], self._roles), dtype=np.float32)
        if len(self._starts):
            best[:, self._positions] = np.maximum.reduceat(near, self._starts, axis=1)
        return best
