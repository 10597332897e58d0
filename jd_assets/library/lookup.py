"""Finding library phrases in text: a trie over tokens, longest phrase first.

One `PhraseIndex` for skill aliases and one for role titles. An index answers "which phrases stand here", nothing
more: whether an ambiguous phrase counts is judged by the stages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from jd_assets.library.tokens import Token, forms, number_variants

Value = TypeVar("Value")


class Hit(NamedTuple, Generic[Value]):
    """A phrase found: the tokens it covers (end exclusive) and what is filed under it."""

    first: int
    last: int
    values: tuple[Value, ...]


class _Node(Generic[Value]):
    __slots__ = ("children", "values")

    def __init__(self) -> None:
        self.children: dict[str, _Node[Value]] = {}
        self.values: tuple[Value, ...] = ()


class PhraseIndex(Generic[Value]):
    """Phrases filed by their tokens; singular and plural are the same phrase.

    What is filed under the very words goes before that: "ADAS" is no plural of "ADA" where both are filed.
    """

    def __init__(self, phrases: Iterable[tuple[str, Value]]) -> None:
        self._root: _Node[Value] = _Node()
        filed = [(key, value) for phrase, value in phrases if (key := forms(phrase))]
        own = {key for key, _ in filed}
        for key, value in filed:
            for variant in {key, *(number_variants(key) - own)}:
                self._file(variant, value)

    def _file(self, key: tuple[str, ...], value: Value) -> None:
        node = self._root
        for form in key:
            node = node.children.setdefault(form, _Node())
        if value not in node.values:
            node.values = (*node.values, value)

    def exact(self, phrase: str) -> tuple[Value, ...]:
        """What is filed under exactly this phrase."""
        node = self._root
        for form in forms(phrase):
            child = node.children.get(form)
            if child is None:
                return ()
            node = child
        return node.values

    def at(self, tokens: Sequence[Token], position: int) -> list[Hit[Value]]:
        """Every phrase that begins at this token, longest first."""
        hits: list[Hit[Value]] = []
        node = self._root
        for index in range(position, len(tokens)):
            child = node.children.get(tokens[index].form)
            if child is None:
                break
            if child.values:
                hits.append(Hit(position, index + 1, child.values))
            node = child
        return hits[::-1]

    def scan(self, tokens: Sequence[Token]) -> Iterator[list[Hit[Value]]]:
        """The phrases of a text by place: at each place all that begin there, longest first; overlaps are left in."""
        children = self._root.children
        for position, token in enumerate(tokens):
            if token.form in children:
                hits = self.at(tokens, position)
                if hits:
                    yield hits
