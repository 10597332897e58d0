"""Figures of rankings: R-precision at k and reciprocal rank, averaged over queries.

RP@k = 1/N * sum over queries of (relevant items among the first k) / min(k, relevant items of the query), as in Decorte
et al. 2022 (Design of negative sampling strategies for distantly supervised skill extraction); queries without a
relevant item do not count. MRR is the mean of 1 / rank of the first relevant item, 0 where none is ranked.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

Item = TypeVar("Item", bound=Hashable)


class RankingScores(NamedTuple):
    """Figures over `queries` rankings, each between 0 and 1."""

    queries: int
    rp_1: float
    rp_5: float
    rp_10: float
    mrr: float


def r_precision(ranked: Sequence[Item], relevant: Collection[Item], k: int) -> float:
    """RP@k of one ranking. `relevant` holds at least one item."""
    return sum(item in relevant for item in ranked[:k]) / min(k, len(relevant))


def reciprocal_rank(ranked: Iterable[Item], relevant: Collection[Item]) -> float:
    """1 / rank of the first relevant item; 0 where there is none."""
    return next((1 / rank for rank, item in enumerate(ranked, 1) if item in relevant), 0.0)


def ranking_scores(rankings: Iterable[tuple[Sequence[Item], Collection[Item]]]) -> RankingScores:
    """The figures of rankings with their relevant items; those without a relevant item are left out."""
    counted = [(ranked, relevant) for ranked, relevant in rankings if relevant]
    count = len(counted) or 1
    return RankingScores(
        len(counted),
        sum(r_precision(*one, 1) for one in counted) / count,
        sum(r_precision(*one, 5) for one in counted) / count,
        sum(r_precision(*one, 10) for one in counted) / count,
        sum(reciprocal_rank(*one) for one in counted) / count,
    )
