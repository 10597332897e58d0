"""Stage `role_centroids`: what one posting adds to its role's centroid.

The contribution is the posting's own vector (the mean of its title's and its duties' vectors, of length one) in fixed
point, so that a centroid is an exact sum: run again, reordered or after a crash it comes out the same. Summing is the
store's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jd_assets.engines.embedder import Embedder, Vectors, embed_groups
from jd_assets.library.role_index import MAX_SENTENCES
from jd_assets.records import CentroidContribution
from jd_assets.stages.base import Stage, Upstream

FIXED_POINT = 1 << 14  # a component of a unit vector fits 16 bits; its rounding error is below 1e-4


class RoleCentroidsStage(Stage[tuple[int, ...], CentroidContribution]):
    """Facts: the posting's vector in fixed point; empty for a posting that adds to no centroid."""

    name = "role_centroids"
    reads = ("postings", "nano_parse", "role_decisions")
    output = CentroidContribution

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def settings(self) -> object:
        return self._embedder.name

    def adopt(self, record: CentroidContribution, leader: str) -> CentroidContribution:
        """A duplicate is the same job again: its leader counts, it does not."""
        return CentroidContribution(role=None)

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[int, ...]]:
        texts = [_texts(item) if _role(item) else [] for item in batch]
        return [_fixed_point(vectors) if len(vectors) else () for vectors in embed_groups(self._embedder, texts)]

    def judge(self, upstream: Upstream, facts: tuple[int, ...]) -> CentroidContribution:
        return CentroidContribution(role=_role(upstream), vector=facts)


def _role(item: Upstream) -> str | None:
    """The role the posting counts for: a sure decision of its own; a duplicate is the same job again."""
    decision = item.role_decisions
    return None if decision.queued or item.posting.duplicate_of else decision.specific_role


def _texts(item: Upstream) -> list[str]:
    return [item.nano_parse.role or item.posting.title, *item.nano_parse.duties[:MAX_SENTENCES]]


def _fixed_point(vectors: Vectors) -> tuple[int, ...]:
    mean = vectors.astype(np.float64).mean(axis=0)
    length = float(np.linalg.norm(mean)) or 1.0
    return tuple(int(value) for value in np.rint(mean / length * FIXED_POINT))
