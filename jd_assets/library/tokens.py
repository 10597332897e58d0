"""Words with their places: how text and aliases are cut before they are compared.

"Node.js", "node js" and "Node-JS" cut alike; "C++", "C#" and ".NET" stay whole; punctuation that ends a phrase is
a token of its own, so that no alias is found across a comma. Nothing here knows skills or roles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

# A word keeps a trailing ++, # or + (C++, C#, Notepad++); a dot before a word counts only at its start (.NET).
# What is left over, apart from white space, hyphens, underscores and inner dots, is a one-character token.
_TOKEN = re.compile(r"(?:(?<![\w.])\.(?=[A-Za-z]))?[^\W_]+(?:\+\+|#|\+(?!\w))?|\n|[^\w\s.\-]|\.(?!\w)", re.UNICODE)

_LINE_ENDS = ("\n", ".")

_PLURALS = (("ies", "y"), ("sses", "ss"))


class Token(NamedTuple):
    """One word or mark: its lower-case form and where it stands (end exclusive)."""

    form: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    return [Token(match.group().lower(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def token_lines(text: str, cuts: Sequence[int] = ()) -> Iterator[list[Token]]:
    """The tokens of each line or sentence that holds any; one also ends at each of the places `cuts`, in order."""
    for start, end in pairwise((0, *cuts, len(text))):
        line: list[Token] = []
        for match in _TOKEN.finditer(text, start, end):
            form = match.group().lower()
            if form not in _LINE_ENDS:
                line.append(Token(form, match.start(), match.end()))
            elif line:
                yield line
                line = []
        if line:
            yield line


def forms(text: str) -> tuple[str, ...]:
    """The lower-case forms alone: the key under which a phrase is filed."""
    return tuple(match.group().lower() for match in _TOKEN.finditer(text))


def singular(form: str) -> str:
    """The word without a plural s."""
    return form[:-1] if len(form) > 3 and form.endswith("s") and not form.endswith("ss") else form


def number_variants(key: tuple[str, ...]) -> set[tuple[str, ...]]:
    """The key with its last word in the other number: "REST API" is found as "REST APIs" too.

    A single word never loses its s ("Rails" is no "rail"), and short words never gain one ("C", "R", "AWS").
    Several variants are possible where spelling alone does not decide ("query": "querys", "queries").
    """
    if not key or not key[-1].isalpha() or len(key[-1]) <= 2:
        return set()
    *head, last = key
    if not last.endswith("s"):
        words = {last + "s"} | ({last[:-1] + "ies"} if last.endswith("y") else set())
    elif not head or len(last) == 3:
        words = set()
    elif last.endswith("ss"):
        words = {last + "es"}
    else:
        words = {last[:-1]} | {last.removesuffix(plural) + end for plural, end in _PLURALS if last.endswith(plural)}
    return {(*head, word) for word in words}
