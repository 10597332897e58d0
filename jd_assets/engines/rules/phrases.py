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


def ascii_lower(text: str) -> str:
    """Lower case of the letters A to Z only, so that every character keeps its place."""
    return text.translate(_LOWER)


def fold(text: str) -> str:
    """The form in which words are compared: lower case, straight apostrophes."""
    return ascii_lower(text).replace("’", "'")


@lru_cache(maxsize=2)  # several tables are looked up in one text
def _tokens(text: str) -> tuple[re.Match[str], ...]:
    return tuple(_TOKEN.finditer(fold(text)))


class PhraseTable(Generic[Value]):
    """Phrases with a value each; at each place of a text the longest phrase wins."""

    def __init__(self, entries: Iterable[tuple[str, Value]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Value]]] = {}
        for phrase, value in entries:
            words = tuple(match[0] for match in _TOKEN.finditer(fold(phrase)))
            if words:
                self._by_first.setdefault(words[0], []).append((words, value))
        for known in self._by_first.values():
            known.sort(key=lambda entry: -len(entry[0]))

    def find(self, text: str) -> Iterator[Hit[Value]]:
        """Hits from left to right without overlaps."""
        tokens = _tokens(text)
        at = 0
        while at < len(tokens):
            for words, value in self._by_first.get(tokens[at][0], ()):
                if tuple(token[0] for token in tokens[at : at + len(words)]) == words:
                    yield Hit(tokens[at].start(), tokens[at + len(words) - 1].end(), value)
                    at += len(words) - 1
                    break
            at += 1


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV data file of this package."""
    return list(csv.DictReader(files(__package__).joinpath("data", name).read_text(encoding="utf-8").splitlines()))


def split_list(cell: str) -> tuple[str, ...]:
    """The parts of a `;`-separated cell."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())
