"""How much of their spelling a term and the names of an entry share: words and parts of words, the rare ones more.

It sees what an embedding of whole names is blind to: that "Kafka Streams library" holds a name of "Kafka Streams", that
"collaborating" and "collaboration" begin alike. What a shared part is worth for a match is learned (`skill_ranker.py`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from jd_assets.library.tokens import forms

GRAM_SIZES = (3, 4)
STEM_CHARS = 5  # words that begin with the same letters make an entry a candidate

Positions = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class GramIndex:
    """Entries with all their names, each cut into grams; a gram weighs log((N + 1) / (n + 1)), n of N entries having it."""

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        """`names` holds the names of each entry; entries are known by their position in it."""
        self._entries = len(names)
        ids: dict[str, int] = {}
        held: list[int] = []  # the grams of all names, name after name
        self._name_ends = [0]
        self._first_name = [0]  # of each entry
        having: dict[int, int] = defaultdict(int)
        stems: dict[str, list[int]] = defaultdict(list)
        for position, own in enumerate(names):
            grams_of_entry: set[int] = set()
            for name in own:
                grams = [ids.setdefault(gram, len(ids)) for gram in sorted(_grams(name))]
                held.extend(grams)
                grams_of_entry.update(grams)
                self._name_ends.append(len(held))
            self._first_name.append(len(self._name_ends) - 1)
            for gram in grams_of_entry:
                having[gram] += 1
            for stem in {stem for name in own for stem in _stems(name)}:
                stems[stem].append(position)
        self._ids = ids
        self._held = np.asarray(held, dtype=np.int32)
        counts = np.array([having[gram] for gram in range(len(ids))], dtype=np.float64)
        self._weights = np.log((self._entries + 1) / (counts + 1))
        self._unknown = math.log(self._entries + 1)  # the weight of a gram that no entry has
        self._name_sums, self._name_squares = (
            _sums(weights[self._held], np.asarray(self._name_ends)) for weights in (self._weights, self._weights**2)
        )
        self._stems = {stem: np.asarray(positions, dtype=np.int32) for stem, positions in stems.items()}

    def sharing(self, term: str, limit: int) -> Positions:
        """At most `limit` entries that share the beginnings of words with a term, those that share the rarest first."""
        shared = np.zeros(self._entries)
        for stem in _stems(term):
            positions = self._stems.get(stem)
            if positions is not None:
                shared[positions] += math.log((self._entries + 1) / (len(positions) + 1))
        found = np.flatnonzero(shared)
        return found[np.argsort(-shared[found], kind="stable")[:limit]]

    def overlap(self, term: str, positions: Positions) -> Floats:
        """What a term shares with each of these entries (rows), to four places: cosine, recall and precision.

        Cosine of the weight vectors; recall, the weight shared of the term's; precision, the weight shared of the
        name's: 1 where the whole name stands in the term. Of an entry's names the best counts, for each figure.
        """
        own = _grams(term)
        known = [self._ids[gram] for gram in own if gram in self._ids]
        mine = np.zeros(len(self._ids))
        mine[known] = self._weights[known]
        unknown = len(own) - len(known)
        total = float(self._weights[known].sum()) + unknown * self._unknown
        square = float((self._weights[known] ** 2).sum()) + unknown * self._unknown**2
        if not total or not len(positions):
            return np.zeros((len(positions), 3))
        first = np.asarray(self._first_name)
        names, entry_ends = _ranges(first[positions], first[positions + 1])
        ends = np.asarray(self._name_ends)
        grams, name_ends = _ranges(ends[names], ends[names + 1])
        weights = mine[self._held[grams]]
        shared, squares = _sums(weights, name_ends), _sums(weights**2, name_ends)
        figures = (
            squares / np.sqrt(np.maximum(self._name_squares[names] * square, 1e-12)),
            shared / total,
            shared / np.maximum(self._name_sums[names], 1e-12),
        )
        return np.round(np.stack([_maxima(figure, entry_ends) for figure in figures], axis=1), 4)


def _grams(text: str) -> set[str]:
    """The words of a text and their parts of three and four letters, word boundaries included."""
    found: set[str] = set()
    for word in _words(text):
        padded = f" {word} "
        found.add(padded)
        found.update(padded[i : i + size] for size in GRAM_SIZES for i in range(len(padded) - size + 1))
    return found


def _stems(text: str) -> set[str]:
    return {word[:STEM_CHARS] for word in _words(text)}


def _words(text: str) -> Iterable[str]:
    return (form for form in forms(text) if form[-1].isalnum() or form[0].isalnum())


def _ranges(starts: Positions, ends: Positions) -> tuple[Positions, Positions]:
    """All numbers from each start to its end, range after range; and where each range ends among them, 0 first."""
    lengths = ends - starts
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    return np.arange(bounds[-1]) + np.repeat(starts - bounds[:-1], lengths), bounds


def _sums(values: Floats, bounds: Positions) -> Floats:
    """The sum of each range of values; 0 for an empty one."""
    cumulated = np.concatenate([[0.0], np.cumsum(values)])
    sums: Floats = cumulated[bounds[1:]] - cumulated[bounds[:-1]]
    return sums


def _maxima(values: Floats, bounds: Positions) -> Floats:
    """The greatest value of each range; 0 for an empty one."""
    found = np.zeros(len(bounds) - 1)
    filled = bounds[1:] > bounds[:-1]
    if filled.any():
        found[filled] = np.maximum.reduceat(values, bounds[:-1][filled])
    return found
