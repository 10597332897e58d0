"""Names in lists of skills that the library does not know: candidates for new skills.

What belongs here: recognising a name between skills ("Java, Kestrelflow and Docker"). What does not: skills the library
knows, and what becomes of a candidate (matching, review). Precision before recall: an unknown name counts only as a
whole item of a list beside a skill that counts, in the shape of a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

MAX_ITEM = 40  # characters: longer items are phrases, not names

# Where list items end. A hyphen or slash inside a word belongs to it.
_SEPARATOR = re.compile(r"\s*(?:[,;|•·()\n]|\s/\s|/(?=[A-Z])|\b(?:and|or|&)(?=\s))\s*")
_LEAD = re.compile(
    r"^(?:(?:experience|knowledge|familiarity|proficiency|proficient|expertise|understanding|skills?|tools?|frameworks?)\b.{0,40}?"
    r"\b(?:with|of|in|like|as|using)\s+"
    r"|(?:e\.g\.|eg|i\.e\.|such as|like|including|using|with|preferably|ideally|especially)\.?,?\s+)+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s*(?:etc|experience|skills?|knowledge|is a plus|preferred|required)?[\s.:*]*$", re.IGNORECASE)
# "Kestrelflow", "Apache Iceberg", "GemFire", "k6", "OSIsoft PI": capitals or digits, three words at most.
_NAME = re.compile(r"(?=.*[A-Z0-9])[A-Za-z0-9][\w.+#]*(?:[ -][A-Z0-9][\w.+#]*){0,2}")
_CAPITALISED = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)*")
_WORD_THEN_NAME = re.compile(r"[a-z]+[ -].*")
_ONLY_NUMBER = re.compile(r"[\d.,+%-]+(?:\s?(?:years?|yrs?|months?|hours?|days?|[kKmM%]))?")


class Candidate(NamedTuple):
    """An unknown name at characters start..end, and the known skill whose list it stands in."""

    start: int
    end: int
    beside: str


def candidates(text: str, start: int, end: int, known: Sequence[tuple[int, int]]) -> list[Candidate]:
    """The unknown names among the list items of a line (text[start:end]), beside skills at the places `known`."""
    items = _items(text, start, end)
    found: list[Candidate] = []
    for number, (first, last) in enumerate(items):
        if any(first < known_end and known_start < last for known_start, known_end in known):
            continue
        beside = _neighbour(items, number, known, text)
        name = _name(text, first, last)
        if beside and name and not _is_word(text, *name, at_start=number == 0):
            found.append(Candidate(*name, beside))
    return found


def _items(text: str, start: int, end: int) -> list[tuple[int, int]]:
    items, position = [], start
    for separator in _SEPARATOR.finditer(text, start, end):
        items.append((position, separator.start()))
        position = separator.end()
    return [*items, (position, end)]


def _neighbour(
    items: Sequence[tuple[int, int]], number: int, known: Sequence[tuple[int, int]], text: str
) -> str | None:
    """The skill that is the next item before or after, if that item is hardly more than the skill."""
    for other in (number - 1, number + 1):
        if 0 <= other < len(items):
            first, last = items[other]
            for known_start, known_end in known:
                if (
                    first <= known_start
                    and known_end <= last
                    and (last - first) - (known_end - known_start) <= MAX_ITEM
                ):
                    return text[known_start:known_end]
    return None


def _name(text: str, first: int, last: int) -> tuple[int, int] | None:
    """The name that an item is, without lead ("experience with") and tail ("etc."); None if it is none."""
    item = text[first:last]
    lead = _LEAD.match(item)
    start = first + (lead.end() if lead else 0)
    item = text[start:last]
    start += len(item) - len(item.lstrip(" \t-*•'\""))
    tail = _TAIL.search(text[start:last])
    end = start + tail.start() if tail else last
    name = text[start:end]
    if not 2 <= len(name) <= MAX_ITEM or not _NAME.fullmatch(name) or _ONLY_NUMBER.fullmatch(name):
        return None
    if _WORD_THEN_NAME.fullmatch(name) or any(word.lower() in _not_skills() for word in re.split(r"[ -]", name)):
        return None
    return start, end


def _is_word(text: str, start: int, end: int, *, at_start: bool) -> bool:
    """Whether a name is only a word with a capital: at the start of a line, or in small letters elsewhere in the
    text."""
    name = text[start:end]
    if not _CAPITALISED.fullmatch(name):
        return False
    return at_start or name.endswith("ing") or re.search(rf"\b{name.lower()}", text) is not None


@cache
def _not_skills() -> frozenset[str]:
    path = Path(__file__).with_name("data") / "not_skills.txt"
    return frozenset(line for line in path.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#"))
