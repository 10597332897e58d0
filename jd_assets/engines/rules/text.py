"""Units of a posting's text: the lines, bullets and sentences that every offline rule reads.

Only positions and words live here; what a unit means is decided in `sections.py` and its neighbours. Nothing is
rewritten: a unit is a span of the text, so whatever is quoted from it is verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from jd_assets.engines.rules.phrases import lower_in_place

PARSED_CHARS = 50_000  # postings end long before this; the rest of a hostile text costs nothing
LONG_LINE = 160  # a longer line is several sentences, often with the line breaks lost in scraping

_BULLET = r"[•·●▪◦‣∙○■□➢➤►✓✔✅❖⁃*§]"
_MARKS = "•●▪◦‣➢➤►✓✔✅❖⁃"  # a bullet wherever it stands, also inside a line
_SEPARATOR = re.compile(rf"[\n\r\t\v\f\x85\u2028\u2029{_MARKS}]")
_LEAD = re.compile(rf"\s*(?P<bullet>(?:{_BULLET}{{1,3}}|[-–—o](?=\s)|\d{{1,2}}[.)](?=\s)|\([a-z0-9]\)(?=\s))?)\s*")
_BREAK = re.compile(
    r"[.!?;:)\s](?:"
    r"(?<=[.!?;])[\"”’')]{0,2}\s+(?=[A-Z0-9\"“‘'(])"  # the usual end of a sentence
    r"|(?<=[a-z0-9)][.!?;:])(?=[A-Z](?!(?:et|s|o|i)\b))"  # ... whose line break was lost, but not node.Js
    r"|(?<=\))(?=[A-Z][a-z])|(?<=\xa0)(?=[A-Z])|(?<=\s)\s{2,19}(?=[A-Z]))"
)
# "their careersWhy join": a lower-case word runs into a capitalised one. Product names start with a capital
# (JavaScript).
_GLUED = re.compile(r"[A-Z](?<=[a-z]{3}[A-Z])(?=[a-z'’\s])")
_GLUED_WORD = re.compile(r"(?<![A-Za-z0-9.@/_-])[a-z]{3,30}$")
_GLUED_NAMES = frozenset("java type web open linked git you power dev json spring mongo post micro cloud face".split())
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|no|approx|inc|ltd|sr|jr|mr|ms|dr|st|min|max)|\b[A-Z])\.$", re.IGNORECASE
)
_WORD = re.compile(r"\S+")
_COUNTED = re.compile(r"\w\S*")


@dataclass(frozen=True, slots=True)
class Unit:
    """A line, bullet or sentence: `text[start:end]` with its mark, `text[body:end]` without; never empty."""

    start: int
    body: int
    end: int
    bullet: bool
    new_line: bool


@lru_cache(maxsize=2)  # sections and duties read the units of one text
def units(text: str) -> tuple[Unit, ...]:
    """The units of the first `PARSED_CHARS` characters in order, without overlaps; between them stands only white
    space."""
    found: list[Unit] = []
    pending: int | None = None  # a bullet mark alone on its line belongs to the next line
    limit = min(len(text), PARSED_CHARS)
    for start, end in _lines(text, limit):
        lead = _LEAD.match(text, start, end)
        body = lead.end() if lead else start
        bullet = bool(lead and lead["bullet"])
        if body >= end:
            if bullet and pending is None and lead is not None:
                pending = lead.start("bullet")
            continue
        first = start + len(text[start:end]) - len(text[start:end].lstrip())
        if pending is not None:
            first, bullet, pending = pending, True, None
        for number, (piece_start, piece_end) in enumerate(_pieces(text, body, end)):
            head = number == 0
            found.append(Unit(first if head else piece_start, piece_start, piece_end, bullet and head, head))
    return tuple(found)


def _lines(text: str, limit: int) -> list[tuple[int, int]]:
    out, at = [], 0
    for match in _SEPARATOR.finditer(text, 0, limit):
        if match.start() > at:
            out.append((at, match.start()))
        at = match.start() if match[0] in _MARKS else match.end()
    if at < limit:
        out.append((at, limit))
    return out


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [start]
    if end - start > LONG_LINE:
        cuts += _sentence_starts(text, start, end)
    cuts.append(end)
    out = []
    for left, right in pairwise(cuts):
        piece = text[left:right]
        left, right = left + len(piece) - len(piece.lstrip()), left + len(piece.rstrip())
        if left < right:
            out.append((left, right))
    return out


def _sentence_starts(text: str, start: int, end: int) -> list[int]:
    cuts = {
        match.end()
        for match in _BREAK.finditer(text, start, end)
        if not _ABBREVIATION.search(text, max(start, match.start() - 7), match.start() + 1)
    }
    for match in _GLUED.finditer(text, start, end):
        word = _GLUED_WORD.search(text, max(start, match.start() - 32), match.start())
        if word and word[0] not in _GLUED_NAMES:
            cuts.add(match.start())
    return sorted(cut for cut in cuts if start < cut < end)


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the sentences of `text[start:end]`, stripped, however short the passage is."""
    cuts = [start, *_sentence_starts(text, start, end), end]
    spans = []
    for left, right in pairwise(cuts):
        piece = text[left:right]
        if piece.strip():
            spans.append((left + len(piece) - len(piece.lstrip()), left + len(piece.rstrip())))
    return spans


def first_words(text: str, count: int) -> str:
    """The first `count` words of `text` as they stand, with the white space between them."""
    spans = [match.span() for _, match in zip(range(count), _WORD.finditer(text), strict=False)]
    return text[spans[0][0] : spans[-1][1]] if spans else ""


def last_words(text: str, count: int) -> str:
    """The last `count` words of `text` as they stand, with the white space between them."""
    spans = [match.span() for match in _WORD.finditer(text)][-count:]
    return text[spans[0][0] : spans[-1][1]] if spans else ""


def word_count(text: str) -> int:
    """Words of `text`: runs without white space that hold a letter or digit."""
    return len(_COUNTED.findall(text))


def windows(text: str, triggers: Sequence[str], before: int, after: int) -> list[tuple[int, int]]:
    """Stretches of `text` around the places of `triggers` (lower case), merged where they meet.

    A rule that needs one of a few words looks only there; finding plain words is far cheaper than trying a pattern
    everywhere.
    """
    low = lower_in_place(text)
    places = []
    for trigger in triggers:
        at = low.find(trigger)
        while at >= 0:
            places.append((max(0, at - before), min(len(text), at + len(trigger) + after)))
            at = low.find(trigger, at + len(trigger))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
