"""The sections of a description: what each stretch of it is about, by the heading above it and by its own words.

Headings are found in `pieces.py`, words judged in `headings.py` and `cues.py`; here is how far a heading reaches, and
what stands under none. Boilerplate (company, benefits, diversity, how to apply) ends as soon as the text plainly turns
to the job.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from jd_assets.engines.rules import cues
from jd_assets.engines.rules.phrases import Hit
from jd_assets.engines.rules.pieces import Piece, find_pieces
from jd_assets.records import Section, SectionKind

Value = TypeVar("Value")

BOILERPLATE: frozenset[SectionKind | None] = frozenset({"about_company", "benefits", "diversity", "how_to_apply"})
SOFT: frozenset[SectionKind | None] = frozenset({None, "summary", "other", "details"})  # say little: cues decide
MAX_FILL = 6  # lines that may be filled in between lines of benefits
LONG_DETAIL = 60  # "Positions: 1 This position is responsible for …": the rest of the line may be anything

_BEHIND_HEADING = re.compile(r"[\s*_#:=?!.…\-–—)\]\"”]*")


def find_sections(text: str) -> tuple[Section, ...]:
    """Sections that cover `text` from 0 to its end without gaps or overlaps; none for an empty text.

    A section's `heading` stands (verbatim, without marks) at the section's start; text that is recognised without a
    heading of its own has None.
    """
    pieces = find_pieces(text)
    if not pieces:
        return (Section(kind="other", heading=None, start=0, end=len(text)),) if text else ()
    _judge(text, pieces)
    _fill_benefits(pieces)
    _join_headings(pieces)
    starts = [pieces[0]]
    starts += [new for old, new in pairwise(pieces) if new.heading or new.kind != old.kind]
    places = [0, *(piece.start for piece in starts[1:]), len(text)]
    return tuple(
        Section(kind=piece.kind, heading=piece.heading, start=start, end=end)
        for piece, start, end in zip(starts, places, places[1:], strict=False)
    )


def heading_end(text: str, section: Section) -> int:
    """Where the text of a section begins, behind its heading and the marks around it."""
    if section.heading is None:
        return section.start
    at = text.index(section.heading, section.start) + len(section.heading)
    match = _BEHIND_HEADING.match(text, at, section.end)
    return match.end() if match else at


def in_sections(hits: Iterable[Hit[Value]], sections: Sequence[Section]) -> Iterator[tuple[Hit[Value], Section]]:
    """Each hit (in the order of the text) with the section that it begins in."""
    number = 0
    for hit in hits:
        while number < len(sections) and sections[number].end <= hit.start:
            number += 1
        if number == len(sections):
            return
        yield hit, sections[number]


def _judge(text: str, pieces: list[Piece]) -> None:
    """Give every piece its kind."""
    under: SectionKind | None = None  # the kind of the heading in force
    previous: SectionKind = "summary"
    for piece in pieces:
        body = text[piece.body : piece.end]
        if piece.heading is not None:
            under = _enter(piece, under, body)
        else:
            piece.kind, under = _judge_text(piece, under, previous, body)
        previous = piece.kind


def _enter(piece: Piece, under: SectionKind | None, body: str) -> SectionKind | None:
    """Judge a piece with a heading; returns the kind of the heading that is then in force."""
    if piece.heading is None or piece.heading_kind is None:
        return _enter_unknown(piece, under, body)
    kind = piece.kind = piece.heading_kind
    content = "" if piece.alone else body.split(piece.heading, 1)[-1].strip(" :*–-?\xa0")
    if kind in BOILERPLATE and cues.is_requirement(content):
        piece.kind = "requirements"
    if kind != "details" or not content:
        return kind
    if len(content) > LONG_DETAIL:
        piece.kind = cues.strong(content, None) or cues.weak(content) or kind
    return None if under in BOILERPLATE else under


def _enter_unknown(piece: Piece, under: SectionKind | None, body: str) -> SectionKind | None:
    """A heading that nothing is known of is a part of what it stands in, but ends boilerplate."""
    if cues.is_benefit(body):
        piece.kind = "benefits"
        return "benefits"
    if under is None or under in BOILERPLATE:
        piece.kind = "other"
        return None
    piece.kind, piece.heading = under, None
    return under


def _judge_text(
    piece: Piece, under: SectionKind | None, previous: SectionKind, body: str
) -> tuple[SectionKind, SectionKind | None]:
    """The kind of a piece without a heading, and the heading's kind that stays in force behind it."""
    if not any(char.isalpha() for char in body):
        return previous, under
    kind = cues.strong(body, under)
    if kind in ("diversity", "requirements") and kind != under and under in BOILERPLATE and piece.new_line:
        return kind, None
    if kind is not None:
        return kind, under
    if not piece.bullet and cues.is_about_company(body):
        return "about_company", under if under in SOFT or not piece.new_line else "about_company"
    if under == "responsibilities" and previous == "requirements" and cues.wants_of_applicant(body):
        return previous, under  # a run of requirement lines at the end of the duties
    if under in SOFT:
        return _without_heading(piece, under, previous, body), under
    if under == "about_company":
        return _inside_about(piece, under, body)
    return under or "summary", under


def _inside_about(piece: Piece, under: SectionKind, body: str) -> tuple[SectionKind, SectionKind | None]:
    """A piece under "About us": it stays there unless it plainly turns to the job."""
    kind = cues.opens_the_job(body)
    if kind is not None:
        return kind, None
    if piece.bullet and cues.wants_of_applicant(body):
        return "requirements", None
    return ("benefits" if piece.bullet and cues.is_benefit(body) else under), under


def _without_heading(piece: Piece, under: SectionKind | None, previous: SectionKind, body: str) -> SectionKind:
    kind = cues.weak(body)
    piece.sure = kind is not None
    if kind == "about_company" and piece.bullet and previous in ("responsibilities", "requirements"):
        return previous
    if kind is not None:
        return kind
    if under == "other":
        return under
    if previous in BOILERPLATE or previous == "details":
        return "summary" if piece.new_line else previous
    return previous


def _fill_benefits(pieces: list[Piece]) -> None:
    """A few lines that nothing speaks for, between lines of benefits, are benefits."""
    last: int | None = None
    for number, piece in enumerate(pieces):
        if piece.kind == "benefits":
            if last is not None and number - last <= MAX_FILL + 1:
                for between in pieces[last + 1 : number]:
                    between.kind = "benefits"
            last = number
        elif piece.heading is not None or piece.sure or not piece.new_line:
            last = None


def _join_headings(pieces: list[Piece]) -> None:
    """A heading that says little alone ("Role Description") is of the kind of what follows it; what follows a detail's
    label ("Location") is that detail."""
    for heading, content in pairwise(pieces):
        if not heading.alone or content.heading is not None:
            continue
        if heading.kind == "details" and not content.sure:
            content.kind = "details"
        elif heading.kind in SOFT:
            heading.kind = content.kind
