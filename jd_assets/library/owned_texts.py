"""Texts with owners, such as the titles or the KRAs of roles: how near each owner's nearest text is.

What belongs here: comparing vectors with the texts of all owners, and exactly with those of a few. What does not:
which owners are worth it, and what their nearness means (`role_index.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from jd_assets.engines.embedder import Embedder, Vectors
from jd_assets.library.similarity import SLACK, Numbers, rough_similarities, similarities

GROUPS = 32  # compared at once: 30 MB of similarities, for 8 sentences a group and 28,000 texts


class Nearest(NamedTuple):
    """For each vector (row) and asked owner (column): the similarity of the owner's nearest text, and its number.

    An owner without texts has similarity 0 and number -1.
    """

    similarities: Vectors
    texts: Numbers


class OwnedTexts:
    """The texts of owners, who are known by their position; vectors are made at first use."""

    def __init__(self, texts: Sequence[str], owners: Sequence[int], count: int, embedder: Embedder) -> None:
        """`owners` names each text's owner, of `count` owners, in ascending order."""
        self._texts, self._embedder, self._count = texts, embedder, count
        self._owners = np.asarray(owners, dtype=np.int64)
        bounds = np.searchsorted(self._owners, np.arange(count + 1))
        self._numbers = [np.arange(start, end) for start, end in pairwise(bounds)]
        self._filled = np.flatnonzero(np.diff(bounds))
        self._starts = bounds[self._filled]
        self._vectors: Vectors | None = None

    @property
    def vectors(self) -> Vectors:
        """Each text's vector."""
        if self._vectors is None:
            self._vectors = self._embedder.embed(self._texts)
        return self._vectors

    def of(self, owner: int) -> Numbers:
        """The numbers of an owner's texts."""
        return self._numbers[owner]

    def compare(self, groups: Sequence[Vectors]) -> Iterator[Comparison]:
        """Each group of vectors beside all texts; many groups together cost far less than one by one."""
        for start in range(0, len(groups), GROUPS):
            some = groups[start : start + GROUPS]
            rough = rough_similarities(np.concatenate(some), self.vectors)
            nearest = self._roughly_nearest(rough)
            ends = np.cumsum([len(group) for group in some])
            for group, end in zip(some, ends, strict=True):
                rows = slice(end - len(group), end)
                yield Comparison(self, group, rough[rows], nearest[rows])

    def _roughly_nearest(self, rough: Vectors) -> Vectors:
        """The best rough similarity of each row (vector) per owner; 0 for an owner without texts."""
        best = np.zeros((rough.shape[0], self._count), dtype=np.float32)
        if len(self._starts):
            best[:, self._filled] = np.maximum.reduceat(rough, self._starts, axis=1)
        return best

    def owners_of(self, numbers: Numbers) -> Numbers:
        """The owner of each text."""
        return self._owners[numbers]


class Comparison:
    """Some vectors beside all texts: roughly for every owner (`rough`, vectors x owners), exactly for asked ones."""

    def __init__(self, texts: OwnedTexts, vectors: Vectors, rough_texts: Vectors, rough: Vectors) -> None:
        self._texts, self._vectors, self._rough_texts, self.rough = texts, vectors, rough_texts, rough

    def nearest(self, owners: Numbers) -> Nearest:
        """The exact answer for these owners (ascending); of equally near texts the first."""
        rows = len(self._vectors)
        found = Nearest(
            np.zeros((rows, len(owners)), dtype=np.float32), np.full((rows, len(owners)), -1, dtype=np.int64)
        )
        if not rows or not len(owners):
            return found
        numbers = np.concatenate([self._texts.of(owner) for owner in owners])
        # Only texts that are roughly as near to some vector as the owner's nearest can be the nearest one.
        in_reach = self._rough_texts[:, numbers] >= self.rough[:, self._texts.owners_of(numbers)] - SLACK
        numbers = numbers[in_reach.any(axis=0)]
        if not len(numbers):
            return found
        exact = similarities(self._vectors, self._texts.vectors[numbers])
        own = self._texts.owners_of(numbers)
        starts = np.flatnonzero(np.diff(own, prepend=-1))
        columns = np.searchsorted(owners, own[starts])
        found.similarities[:, columns] = np.maximum.reduceat(exact, starts, axis=1)
        # The first text of each owner that reaches the owner's best: texts before it are below.
        reached = exact == found.similarities[:, np.searchsorted(owners, own)]
        first = np.where(reached, numbers, len(self._texts.vectors))
        found.texts[:, columns] = np.minimum.reduceat(first, starts, axis=1)
        return found
