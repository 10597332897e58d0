"""Where the work is done: on site, remote or hybrid, as the posting states it.

"Remote" is also a word of technology (remote sensing) and of perks (remote options); a statement about the job is told
from those by the words around it. The wordings are `data/work_mode.csv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jd_assets.engines.rules.phrases import read_table
from jd_assets.engines.rules.text import windows
from jd_assets.records import WorkMode


def _pattern(mode: WorkMode) -> re.Pattern[str]:
    alternatives = (row["pattern"] for row in read_table("work_mode.csv") if row["mode"] == mode)
    return re.compile("|".join(alternatives), re.IGNORECASE | re.MULTILINE)


_HYBRID, _REMOTE, _ONSITE = _pattern("hybrid"), _pattern("remote"), _pattern("onsite")
_TRIGGERS = (
    "remote|hybrid|onsite|on-site|on site|office|home|wfh|wfo|telecommut|telework|anywhere|wherever|in-person|in person"
    "|any location|location-independent|location independent|their base|physical|days"
).split("|")
WINDOW = 100  # characters on each side in which a statement about the work mode must stand
_UNCERTAIN_AFTER = re.compile(
    r"^[^.\n]{0,20}\b(?:options?|possibilit|considered|may be|might be|if needed|after \d|for the first"
    r"|interview|onboarding|during)\b",
    re.IGNORECASE,
)
_REFUSED_AFTER = re.compile(r"[^.\n]{0,40}\bnot (?:apply|available|possible|allowed|offered)\b", re.IGNORECASE)
_NEGATED_BEFORE = re.compile(
    r"\b(?:no|not|non|isn't|cannot|won't|without|never|previously|flexible work environment with"
    r"|perks?:?)[\s-]{1,2}(?:\w+ ){0,2}$",
    re.IGNORECASE,
)
_WHENEVER_BEFORE = re.compile(
    r"\b(?:when(?:ever)?|if|occasional(?:ly)?|allowance|support|visit(?:s|ing)?)\s(?:\w+\s){0,3}$", re.IGNORECASE
)
_FIELD_WORDS: tuple[tuple[WorkMode, re.Pattern[str]], ...] = (
    ("hybrid", re.compile(r"\bhybrid\b(?! (?:cloud|mobile|app))", re.IGNORECASE)),
    (
        "onsite",
        re.compile(
            r"\bon[- ]?site\b|\b(?:in|from)[- ](?:the )?office\b|\bwfo\b|\bin[- ]person\b|\bno[tn]?[- ]remote\b"
            r"|^\s*office\s*$",
            re.IGNORECASE,
        ),
    ),
    (
        "remote",
        re.compile(
            r"\bremote\b(?! sens)|\bwfh\b|\bwork from home\b|\banywhere\b|\bworldwide\b|\btelecommute\b"
            r"|\bhome[- ]based\b"
            r"|^\s*(?:true|yes|1|1\.0)\s*$",
            re.IGNORECASE,
        ),
    ),
)


def read_work_mode(title: str, text: str, location: str | None, field: str | None) -> WorkMode | None:
    """The work mode as stated: the board's own field, else title, location and text; None when nothing says it."""
    for own in (field, title, location):
        mode = mode_of(own)
        if mode is not None:
            return mode
    places = windows(text, _TRIGGERS, WINDOW, WINDOW)
    hybrid, remote, onsite = (next(_statements(pattern, text, places), None) for pattern in (_HYBRID, _REMOTE, _ONSITE))
    if hybrid is not None:
        return "hybrid"
    if remote is not None and (onsite is None or remote < onsite):
        return "remote"
    return "onsite" if onsite is not None else None


def mode_of(words: str | None) -> WorkMode | None:
    """The work mode that a short field (a title, a location, a board's own flag) names."""
    if words:
        for mode, pattern in _FIELD_WORDS:
            if pattern.search(words):
                return mode
    return None


def _statements(pattern: re.Pattern[str], text: str, places: Sequence[tuple[int, int]]) -> Iterator[int]:
    for match in (match for start, end in places for match in pattern.finditer(text, start, end)):
        if _NEGATED_BEFORE.search(text, max(0, match.start() - 40), match.start()) and pattern is not _ONSITE:
            continue
        if pattern is _ONSITE and _WHENEVER_BEFORE.search(text, max(0, match.start() - 40), match.start()):
            continue
        if pattern is not _ONSITE and _REFUSED_AFTER.match(text[match.end() : match.end() + 60]):
            continue
        if pattern is _REMOTE and _UNCERTAIN_AFTER.match(text[match.end() : match.end() + 40]):
            continue
        yield match.start()
