"""How often a wording is a skill wherever it stands: ratings of the commonest phrases of job postings.

What belongs here: looking up the rating of a phrase, of its words and of what it holds. What does not: what a posting
says around it (`skill_features.py`). A rating is a reader's judgement of the bare phrase, not counted from labels: of
ten places in which it stands as a phrase of its own, at how many its very words would be listed as a skill (0: none,
1: one or two, 2: about half, 3: most, 4: nearly all; where two readings differ, their mean). Proper names that are no
skills are left out of `data/phrase_ratings.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

Words = tuple[str, ...]

UNKNOWN = "-"
# The mean rating of the phrases that begin or end with a word is drawn to that of all, as if there were two more.
ALL, WEIGHT = 0.6, 2
LEAST_PHRASES = 2
ALIAS_EXTRA, UNRATED_ALIAS, UNRATED = 0.8, 3.3, 0.3  # see `expected`


def expected(phrase: Words, *, is_alias: bool) -> float:
    """How much a phrase looks like a skill by itself: its rating, or a guess; more for the library's aliases."""
    rating = _ratings().get(phrase)
    if rating is None:
        return UNRATED_ALIAS if is_alias else UNRATED
    return rating + ALIAS_EXTRA * is_alias


def rating_of(phrase: Words) -> float | None:
    """The rating of a phrase; None if it has none."""
    return _ratings().get(phrase)


@lru_cache(maxsize=1 << 15)
def rating_features(phrase: Words, kind: str) -> tuple[str, ...]:
    """The features of a phrase by its words alone."""
    ratings = _ratings()
    rating = ratings.get(phrase)
    found = [f"rated={kind} {_said(rating)}"]
    if rating is None:
        found.append(f"unrated-length={kind} {len(phrase)}")
        if len(phrase) > 1:
            found += (
                f"ending={kind} {_mean(_endings().get(phrase[-1]))}",
                f"opening={kind} {_mean(_openings().get(phrase[0]))}",
                f"last-word={kind} {_said(ratings.get(phrase[-1:]))}",
                f"first-word={kind} {_said(ratings.get(phrase[:1]))}",
            )
    if len(phrase) > 1:
        best = max((ratings[part] for part in parts(phrase) if part in ratings), default=None)
        found.append(f"holds-rated={kind} {_said(rating)} {_said(best)}")
    return tuple(found)


def rating_said(phrase: Words) -> str:
    """The rating of a phrase as a feature's value."""
    return _said(rating_of(phrase))


def parts(phrase: Words) -> Iterator[Words]:
    """The runs of words within a phrase that are shorter than it."""
    size = len(phrase)
    for first in range(size):
        for last in range(first + 1, size + 1):
            if last - first < size:
                yield phrase[first:last]


def _said(rating: float | None) -> str:
    return UNKNOWN if rating is None else f"{rating:g}"


def _mean(rating: float | None) -> str:
    """A mean rating, coarsely: in halves, from three on as one."""
    return UNKNOWN if rating is None else str(min(int(rating * 2), 6))


@cache
def _ratings() -> Mapping[Words, float]:
    path = Path(__file__).with_name("data") / "phrase_ratings.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return {tuple(row["phrase"].split()): float(row["rating"]) for row in csv.DictReader(file)}


@cache
def _endings() -> Mapping[str, float]:
    return _means((phrase[-1], rating) for phrase, rating in _ratings().items() if len(phrase) > 1)


@cache
def _openings() -> Mapping[str, float]:
    return _means((phrase[0], rating) for phrase, rating in _ratings().items() if len(phrase) > 1)


def _means(rated: Iterable[tuple[str, float]]) -> Mapping[str, float]:
    found: dict[str, list[float]] = {}
    for word, rating in rated:
        found.setdefault(word, []).append(rating)
    return {
        word: (sum(own) + ALL * WEIGHT) / (len(own) + WEIGHT)
        for word, own in found.items()
        if len(own) >= LEAST_PHRASES
    }
