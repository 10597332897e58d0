"""Quotations: finding a model's words in the posting, so that what is kept is the posting's own text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from jd_assets.records import Posting, Span

FIELDS: tuple[Literal["title", "description"], ...] = ("title", "description")


def find(text: str, words: str, start: int = 0) -> tuple[int, int] | None:
    """Where `words` stand in `text` from `start` on, letter by letter; white space of any kind and length is equal."""
    at = text.find(words, start) if words.strip() else -1
    if at >= 0:
        return at, at + len(words)
    parts = words.split()
    match = re.compile(r"\s+".join(map(re.escape, parts))).search(text, start) if parts else None
    return match.span() if match else None


def verbatim(text: str, words: str) -> str | None:
    """The text's own spelling of `words`; None where they do not stand in it."""
    place = find(text, words)
    return text[place[0] : place[1]] if place else None


def in_posting(posting: Posting, words: str) -> str | None:
    """The posting's own spelling of `words`, in its title or description."""
    return verbatim(posting.title, words) or verbatim(posting.description, words)


def places(posting: Posting, words: str) -> tuple[Span, ...]:
    """Every place of a name in the posting, as a whole word and in this very case; the title's first."""
    pattern = re.compile(rf"(?<![^\W_]){re.escape(words)}(?![^\W_])")
    return tuple(
        Span(field=field, start=match.start(), end=match.end())
        for field in FIELDS
        for match in pattern.finditer(getattr(posting, field))
    )


def problems(posting: Posting, quotes: Sequence[str], *, longest: int) -> Iterator[str]:
    """What is wrong with quotations: not in the posting, or too long."""
    for quote in quotes:
        if len(quote) > longest:
            yield f"The quotation {quote[:40]!r}... is longer than {longest} characters."
        elif in_posting(posting, quote) is None:
            yield f"The words {quote[:80]!r} do not stand in the posting: copy them letter by letter."
