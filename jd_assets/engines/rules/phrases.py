"""Looking up known phrases (places, certificates, domain cues) in a text, word by word.

A table of phrases is a dictionary by first word, so a text costs one look-up a word however large the table is.
The tables themselves are data files beside this module.
"""

from __future__ import annotations

import csv
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Generic, TypeVar

Value = TypeVar("Value")

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_TOKEN = re.compile(r"[^\W_]+(?:['.+#-][^\W_]+)*[+#]*")


@dataclass(frozen=True, slots=True)
class Hit(Generic[Value]):
    """A phrase of the table at `start:end` of the text."""

    start: int
    end: int
    value: Value


def lower_in_place(text: str) -> str:
    """Lower case in which every character keeps its place (where a letter's small form is longer: of A to Z only)."""
    low = text.lower()
    return low if len(low) == len(text) else text.translate(_LOWER)


def fold(text: str) -> str:
    """The form in which words are compared: lower case, straight apostrophes."""
    return lower_in_place(text).replace("’", "'")


@lru_cache(maxsize=2)  # several tables are looked up in one text
def _tokens(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The words of `text` as they are compared, and where they stand."""
    folded = fold(text)
    return _TOKEN.findall(folded), [match.span() for match in _TOKEN.finditer(folded)]


class PhraseTable(Generic[Value]):
    """Phrases with a value each; at each place of a text the longest phrase wins."""

    def __init__(self, entries: Iterable[tuple[str, Value]]) -> None:
        self._by_first: dict[str, list[tuple[list[str], Value]]] = {}
        for phrase, value in entries:
            words = _TOKEN.findall(fold(phrase))
            if words:
                self._by_first.setdefault(words[0], []).append((words, value))
        for known in self._by_first.values():
            known.sort(key=lambda entry: -len(entry[0]))

    def find(self, text: str) -> Iterator[Hit[Value]]:
        """Hits from left to right without overlaps."""
        words, spans = _tokens(text)
        behind = 0  # the first word that no hit covers
        for at, word in enumerate(words):
            if at >= behind and word in self._by_first:
                for phrase, value in self._by_first[word]:
                    if words[at : at + len(phrase)] == phrase:
                        behind = at + len(phrase)
                        yield Hit(spans[at][0], spans[behind - 1][1], value)
                        break


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV data file of this package."""
    return list(csv.DictReader(files(__package__).joinpath("data", name).read_text(encoding="utf-8").splitlines()))


def split_list(cell: str) -> tuple[str, ...]:
    """The parts of a `;`-separated cell."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())
