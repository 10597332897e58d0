"""Which skills a term may mean, likeliest first, and how sure it is that the first one is meant at all.

One model for both, of four measures of a term and a skill: the cosine of their embeddings and three of shared spelling.
Its numbers are learned from labelled phrases (`evaluation/learn.py`), hold for one embedder, and stand in
`data/skill_ranking.toml`. What a match may further need (numbers, case, more than
one word of a longer name) is the matcher's business.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jd_assets.engines.embedder import Embedder, Vectors
from jd_assets.library.grams import Floats, GramIndex, Positions
from jd_assets.library.similarity import contenders, rough_similarities, similarities

MODEL_FILE = Path(__file__).parent / "data" / "skill_ranking.toml"
MEASURES = ("embedding cosine", "spelling cosine", "spelling recall", "spelling precision")
NEAR_CANDIDATES = 48  # by embedding
SHARING_CANDIDATES = 24  # by shared beginnings of words
BATCH = 256  # terms compared with the whole library at once: 20 MB of similarities with 21,000 skills


@dataclass(frozen=True, slots=True)
class RankingModel:
    """The learned numbers. `rank` and `link` weigh the four measures, in the order of MEASURES.

    A candidate's score is its measures times `rank`; probabilities are the scores' softmax over a term's candidates.
    The confidence that the first candidate is meant is 1 / (1 + exp(-(measures times link + link_bias))); from
    `same_skill` on it is. From the embedding cosine `near_skill` of the first on, the right skill is among the first
    five as often as not. A term that is a skill's alias means that skill in the share `literal_right` of cases.
    """

    embedder: str
    rank: tuple[float, ...]
    link: tuple[float, ...]
    link_bias: float
    same_skill: float
    near_skill: float
    literal_right: float


@lru_cache
def learned_model() -> RankingModel:
    """The model that is part of the package."""
    numbers = tomllib.loads(MODEL_FILE.read_text(encoding="utf-8"))
    return RankingModel(**{**numbers, "rank": tuple(numbers["rank"]), "link": tuple(numbers["link"])})


class Candidates(NamedTuple):
    """Skills that a term may mean (positions, in the library's order) and their measures (skills x 4)."""

    positions: Positions
    measures: Floats


class Ranking(NamedTuple):
    """A term's candidates, likeliest first, with their probabilities; `confidence` that the first one is meant."""

    positions: Positions
    probabilities: Floats
    similarities: Floats
    confidence: float


class SkillRanker:
    """Ranks skills, known by their position, for terms; vectors and spellings are prepared at first use."""

    def __init__(self, canonical: Sequence[str], others: Sequence[Sequence[str]], embedder: Embedder) -> None:
        """`canonical` is each skill's own name, which is embedded; `others` its further ones, compared by spelling."""
        self._canonical, self._others, self._embedder = canonical, others, embedder
        self._vectors: Vectors | None = None
        self._grams: GramIndex | None = None

    def candidates(self, terms: Sequence[str]) -> list[Candidates]:
        """The skills worth weighing for each term; a term's are the same whatever else is asked."""
        if self._vectors is None or self._grams is None:
            self._vectors = self._embedder.embed(self._canonical)
            self._grams = GramIndex([(name, *own) for name, own in zip(self._canonical, self._others, strict=True)])
        found: list[Candidates] = []
        for start in range(0, len(terms), BATCH):
            batch = terms[start : start + BATCH]
            vectors = self._embedder.embed(batch)
            rough = rough_similarities(vectors, self._vectors)
            found.extend(
                self._weighed(term, vectors[row : row + 1], rough[row], self._vectors, self._grams)
                for row, term in enumerate(batch)
            )
        return found

    def _weighed(self, term: str, vector: Vectors, rough: Vectors, library: Vectors, grams: GramIndex) -> Candidates:
        near, sharing = contenders(rough, NEAR_CANDIDATES), grams.sharing(term, SHARING_CANDIDATES)
        pool = np.union1d(near, sharing)
        exact = np.round(similarities(vector, library[pool])[0].astype(np.float64), 4)
        kept = np.isin(pool, sharing)
        kept[_largest(exact, NEAR_CANDIDATES)] = True
        return Candidates(pool[kept], np.column_stack([exact[kept], grams.overlap(term, pool[kept])]))


def ranking(model: RankingModel, candidates: Candidates) -> Ranking:
    """What a model makes of a term's candidates (at least one); of equals the first in order goes first."""
    scores = np.round(candidates.measures @ np.asarray(model.rank), 6)
    order = np.argsort(-scores, kind="stable")
    odds = np.exp(scores[order] - scores[order[0]])
    first = float(candidates.measures[order[0]] @ np.asarray(model.link)) + model.link_bias
    return Ranking(
        candidates.positions[order],
        odds / odds.sum(),
        candidates.measures[order, 0],
        round(1 / (1 + float(np.exp(-first))), 4),
    )


def _largest(values: Floats, count: int) -> Positions:
    """The positions of the largest values; all that equal the last of them too, so that no order decides."""
    if len(values) <= count:
        return np.arange(len(values))
    bound = np.partition(values, len(values) - count)[len(values) - count]
    return np.flatnonzero(values >= bound)
