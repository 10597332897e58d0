"""The duties of a job: its blocks of responsibilities and the single duty sentences in them, verbatim.

A line that asks for years, a degree or a skill is no duty, whatever heading it stands under; neither is a sub-heading,
or a line with an address or telephone number.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from jd_assets.engines.rules import cues
from jd_assets.engines.rules.sections import heading_end
from jd_assets.engines.rules.text import Unit, first_words, last_words, sentences, units, word_count
from jd_assets.records import DutySection, Section, SourceMarker

MAX_DUTIES = 25
MIN_DUTY_WORDS = 3
MAX_DUTY_CHARS = 400
MARKER_WORDS = 5
_ENOUGH = 3  # with fewer duties under responsibilities, the summary is read for more
_EDGE = re.compile(r"[\s;,•·*–—-]*$")
_ADDRESS = re.compile(r"https?://|\bwww\.|\w@\w+\.\w|\b\d{3}[-. ]\d{4}\b")
_LABEL_ONLY = re.compile(r"[^.]{0,70}:$")
_CATCH_ALL = re.compile(
    r"(?:\w+(?:ing|s|es)? )?(?:and |any |all |such )*(?:other|additional|ad[- ]hoc|related)\b[^.]{0,50}"
    r"\b(?:duties|tasks|responsibilities|projects|assignments)\b[^.]{0,30}\b(?:assigned|required|requested|needed)\b.*",
    re.IGNORECASE,
)


def duty_sections(text: str, sections: Sequence[Section]) -> tuple[DutySection, ...]:
    """Blocks of duties: sections of responsibilities, and a role's overview that stands under a heading."""
    found = []
    for block in _blocks(sections):
        body = text[heading_end(text, block[0]) : block[-1].end].strip()
        if word_count(body) < MIN_DUTY_WORDS:
            continue
        found.append(
            DutySection(
                heading=block[0].heading,
                heading_was_present=block[0].heading is not None,
                text=body,
                word_count=word_count(body),
                bullet_count=sum(unit.bullet for section in block for unit in _units_in(text, section)),
                source_marker=SourceMarker(
                    first_5_words=first_words(body, MARKER_WORDS), last_5_words=last_words(body, MARKER_WORDS)
                ),
            )
        )
    return tuple(found)


def _blocks(sections: Sequence[Section]) -> list[list[Section]]:
    """Sections that belong to one block: duties without a heading continue the overview or duties before them."""
    blocks: list[list[Section]] = []
    for section in sections:
        if section.kind != "responsibilities" and not (section.kind == "summary" and section.heading):
            continue
        if section.heading is None and blocks and blocks[-1][-1].end == section.start:
            blocks[-1].append(section)
        else:
            blocks.append([section])
    return blocks


def duty_sentences(text: str, sections: Sequence[Section]) -> tuple[str, ...]:
    """Duty sentences and bullets, verbatim without their marks, in order, each once, at most `MAX_DUTIES`."""
    duties: dict[str, None] = {}
    for section in sections:
        if section.kind == "responsibilities":
            duties.update(dict.fromkeys(_duties(text, section)))
    if len(duties) < _ENOUGH:
        for section in sections:
            if section.kind in ("summary", "other"):
                duties.update(dict.fromkeys(duty for duty in _duties(text, section) if cues.tells_a_duty(duty)))
    return tuple(duties)[:MAX_DUTIES]


def _duties(text: str, section: Section) -> Iterator[str]:
    for unit in _units_in(text, section):
        for piece_start, piece_end in _parts(text, unit):
            duty = text[piece_start:piece_end]
            duty = duty[: _edge(duty)]
            if len(duty) > MAX_DUTY_CHARS or word_count(duty) < MIN_DUTY_WORDS or _LABEL_ONLY.fullmatch(duty):
                continue
            if not (cues.wants_of_applicant(duty) or _ADDRESS.search(duty) or _CATCH_ALL.fullmatch(duty)):
                yield duty


def _units_in(text: str, section: Section) -> Iterator[Unit]:
    """The units of a section, the first without the section's heading."""
    all_units = units(text)
    first = bisect_left(all_units, section.start, key=lambda unit: unit.end)
    body = heading_end(text, section)
    for unit in all_units[first:]:
        if unit.start >= section.end:
            return
        start, end = max(unit.body, body), min(unit.end, section.end)
        if text[start:end].strip():
            yield Unit(max(unit.start, section.start), start, end, unit.bullet, unit.new_line)


def _parts(text: str, unit: Unit) -> list[tuple[int, int]]:
    """A bullet is one duty; running text is as many as it has sentences."""
    if unit.bullet and unit.end - unit.body <= MAX_DUTY_CHARS:
        return [(unit.body, unit.end)]
    return sentences(text, unit.body, unit.end)


def _edge(duty: str) -> int:
    match = _EDGE.search(duty)
    return match.start() if match else len(duty)
