"""How much of their spelling a term and the names of an entry share: words and parts of words, the rare ones more.

It sees what an embedding of whole names is blind to: that "Kafka Streams library" holds a name of "Kafka Streams", that
"collaborating" and "collaboration" begin alike. What a shared part is worth for a match is learned (`skill_ranker.py`).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from jd_assets.library.tokens import forms

GRAM_SIZES = (3, 4)
STEM_CHARS = 5  # words that begin with the same letters make an entry a candidate

Positions = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class GramIndex:
    """Entries with their names, cut into grams; a gram that n of N entries have weighs log((N + 1) / (n + 1))."""

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        """`names` holds the names of each entry; entries are known by their position in it."""
        self._entries = len(names)
        ids: dict[str, int] = {}
        by_word: dict[str, list[int]] = {}
        held: list[int] = []  # the grams of all names, name after name
        name_ends, first_names = [0], [0]
        having: Counter[int] = Counter()
        stems: dict[str, list[int]] = defaultdict(list)
        for position, own in enumerate(names):
            grams_of_entry: set[int] = set()
            stems_of_entry: set[str] = set()
            for name in own:
                grams: set[int] = set()
                for word in _words(name):
                    if word not in by_word:
                        by_word[word] = [ids.setdefault(gram, len(ids)) for gram in sorted(_grams(word))]
                    grams.update(by_word[word])
                    stems_of_entry.add(word[:STEM_CHARS])
                held.extend(sorted(grams))
                grams_of_entry |= grams
                name_ends.append(len(held))
            first_names.append(len(name_ends) - 1)
            having.update(grams_of_entry)
            for stem in stems_of_entry:
                stems[stem].append(position)
        self._ids = ids
        self._held = np.array(held, dtype=np.int32)
        self._name_ends, self._first_names = np.array(name_ends), np.array(first_names)  # names of each entry
        counts = np.array([having[gram] for gram in range(len(ids))], dtype=np.float64)
        self._weights: Floats = np.log((self._entries + 1) / (counts + 1))
        self._unknown = math.log(self._entries + 1)  # the weight of a gram that no entry has
        self._name_sums = _sums(self._weights[self._held], self._name_ends)
        self._name_squares = _sums(self._weights[self._held] ** 2, self._name_ends)
        self._stems = {stem: np.array(positions, dtype=np.int32) for stem, positions in stems.items()}

    def sharing(self, term: str, limit: int) -> Positions:
        """At most `limit` entries that share the beginnings of words with a term, those that share the rarest first."""
        shared = np.zeros(self._entries)
        for stem in sorted({word[:STEM_CHARS] for word in _words(term)}):
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
        own = sorted({gram for word in _words(term) for gram in _grams(word)})
        known = [self._ids[gram] for gram in own if gram in self._ids]
        mine = np.zeros(len(self._ids))
        mine[known] = self._weights[known]
        unknown = len(own) - len(known)
        total = float(self._weights[known].sum()) + unknown * self._unknown
        square = float((self._weights[known] ** 2).sum()) + unknown * self._unknown**2
        if not total or not len(positions):
            return np.zeros((len(positions), 3))
        names, entry_ends = _ranges(self._first_names[positions], self._first_names[positions + 1])
        grams, name_ends = _ranges(self._name_ends[names], self._name_ends[names + 1])
        weights = mine[self._held[grams]]
        shared, squares = _sums(weights, name_ends), _sums(weights**2, name_ends)
        figures = (
            squares / np.sqrt(np.maximum(self._name_squares[names] * square, 1e-12)),
            shared / total,
            shared / np.maximum(self._name_sums[names], 1e-12),
        )
        best: Floats = np.column_stack([_maxima(figure, entry_ends) for figure in figures]).round(4)
        return best


def _grams(word: str) -> set[str]:
    """A word, and its parts of three and four letters with its boundaries."""
    padded = f" {word} "
    return {padded, *(padded[i : i + size] for size in GRAM_SIZES for i in range(len(padded) - size + 1))}


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
