"""The sections of a description: where headings stand, and what the text under each of them is about.

Headings are lines of their own, labels before a colon, or stand inside run-on text whose line breaks were lost. Text under
no heading is judged unit by unit. Words are judged in `headings.py` and `cues.py`; here is only where and how far.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from jd_assets.engines.rules import cues
from jd_assets.engines.rules.headings import classify, may_open
from jd_assets.engines.rules.phrases import Hit
from jd_assets.engines.rules.text import LONG_LINE, Unit, units
from jd_assets.records import Section, SectionKind

Value = TypeVar("Value")

BOILERPLATE: frozenset[SectionKind] = frozenset({"about_company", "benefits", "diversity", "how_to_apply"})
SOFT: frozenset[SectionKind | None] = frozenset({None, "summary", "other", "details"})
MAX_HEADING_CHARS = 80
MAX_FILL = 6
LONG_DETAIL = 60  # "Positions: 1 This position is responsible for …": the rest of the line may be anything
SHORT_LABEL_CHARS = 25  # before a dash or a question mark
HEADING_LINE_CHARS = 200  # a longer line is text, whatever it begins with

_DECORATION = re.compile(r"[\W_]*")
_LABEL = re.compile(r"(?P<label>[^:\n\r\t•]{2,80}?)\s*(?:\*\*)?\s*(?P<mark>:|\s[–—-]\s|\?)(?:\*\*|:)?\s*")
_LABEL_MARKS = (":", "?", " -", " –", " —")
_BEHIND_HEADING = re.compile(r"[\s*_#:=?!.…\-–—)\]\"”]*")
_NUMBERED = re.compile(r"\s*(?:[ivx]{1,4}|[IVX]{1,4}|\d{1,2}|[A-Z])[.)]\s+")
# Words of a heading inside run-on text, where "ResponsibilitiesDesign" are two words.
_RUN_WORD = re.compile(r"(?:[A-Z](?:[a-z]+(?:['’][a-z]{1,2})?|[A-Z]*(?![A-Za-z]))|[a-z]+(?:['’][a-z]{1,2})?|&|/)[ ]?")
_RUN_START = re.compile(r"[A-Z](?<=[a-z0-9.,;:!?)\]%’'\s][A-Z])(?P<word>[a-z]*)")
_GLUED_WORDS = re.compile(r"[A-Z](?<=[a-z)\xa0][A-Z])|\xa0")
_STRONG_RUN_WORDS = frozenset(
    "responsibilities responsibility duties requirements qualifications qualification description benefits overview competencies"
    " accountabilities summary".split()
)


@dataclass(slots=True)
class _Piece:
    """A unit or a part of one, with the kind it was given; `heading` where it is or begins with one."""

    start: int
    body: int
    end: int
    bullet: bool
    new_line: bool
    heading: str | None = None
    heading_kind: SectionKind | None = None
    alone: bool = False  # the heading is the whole line
    kind: SectionKind = "other"
    sure: bool = True  # a heading or a cue says so


def find_sections(text: str) -> tuple[Section, ...]:
    """Sections that cover `text` from 0 to its end without gaps or overlaps; none for an empty text.

    A section's `heading` stands (verbatim, without marks) at the section's start; text that is recognised without a
    heading of its own has None.
    """
    pieces = [piece for unit in units(text) for piece in _pieces(text, unit)]
    if not pieces:
        return (Section(kind="other", heading=None, start=0, end=len(text)),) if text else ()
    _judge(text, pieces)
    _fill_benefits(pieces)
    starts = [0]
    for number in range(1, len(pieces)):
        if pieces[number].heading is not None or pieces[number].kind != pieces[number - 1].kind:
            starts.append(number)
    sections = []
    for place, number in enumerate(starts):
        start = 0 if place == 0 else pieces[number].start
        end = len(text) if place + 1 == len(starts) else pieces[starts[place + 1]].start
        sections.append(Section(kind=pieces[number].kind, heading=pieces[number].heading, start=start, end=end))
    return tuple(sections)


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


# --- where headings stand -----------------------------------------------------------------------------------------


def _pieces(text: str, unit: Unit) -> list[_Piece]:
    """The unit as one piece, or cut where headings stand inside it."""
    whole = _Piece(unit.start, unit.body, unit.end, unit.bullet, unit.new_line)
    if unit.new_line and unit.end - unit.body <= HEADING_LINE_CHARS and _line_heading(text, whole):
        return [whole]
    label = _label(text, unit.body, unit.end)
    if label:
        whole.heading, whole.heading_kind = label
    cuts = _run_headings(text, unit.body, unit.end, whole_line=unit.new_line)
    if not cuts:
        return [whole]
    out = [whole] if cuts[0][0] > unit.body else []
    if out:
        whole.end = unit.body + len(text[unit.body : cuts[0][0]].rstrip())
    for number, (start, heading, kind) in enumerate(cuts):
        stop = cuts[number + 1][0] if number + 1 < len(cuts) else unit.end
        end = start + len(text[start:stop].rstrip())
        head = start == unit.body
        out.append(_Piece(unit.start if head else start, start, end, head and unit.bullet, head and unit.new_line, heading, kind))
    return [piece for piece in out if piece.end > piece.body]


def _line_heading(text: str, piece: _Piece) -> bool:
    """Whether the whole line is a heading; its words and kind are then set on the piece."""
    line = text[piece.body : piece.end]
    match = _DECORATION.match(line)
    at = match.end() if match else 0
    numbered = _NUMBERED.match(line)
    at = max(at, numbered.end() if numbered else 0)
    words = line[at:].rstrip(" *_#:=~-–—>|\"“”'.…?!\t\xa0")
    if not words or ":" in words or len(words) > MAX_HEADING_CHARS or (line.rstrip().endswith(".") and not line.rstrip().endswith("..")):
        return False
    kind = classify(words) or _without_brackets(words)
    if kind is None and not _looks_like_heading(line, words, piece.bullet):
        return False
    if piece.bullet and (kind is None or not line.rstrip(" *").endswith(":")):
        return False
    piece.heading, piece.heading_kind, piece.alone = words, kind, True
    return True


def _without_brackets(words: str) -> SectionKind | None:
    bare = re.sub(r"\([^()]{0,60}\)?", " ", words)
    return classify(bare) if bare != words else None


def _looks_like_heading(line: str, words: str, bullet: bool) -> bool:
    """An unknown heading shows by its form: a colon, capitals throughout, or marks of emphasis."""
    count = len(words.split())
    if bullet or count > 8:
        return False
    emphasised = line.lstrip().startswith(("**", "##", "==", "__"))
    return line.rstrip().endswith(":") or emphasised or (words.isupper() and count > 1 and len(words) > 6)


def _label(text: str, start: int, end: int) -> tuple[str, SectionKind] | None:
    """A known heading before a colon, with its content on the same line ("Location: Pune")."""
    head = text[start : min(end, start + MAX_HEADING_CHARS + 20)]
    if not any(mark in head for mark in _LABEL_MARKS):
        return None
    decoration = _DECORATION.match(text, start, end)
    at = decoration.end() if decoration else start
    match = _LABEL.match(text, at, end)
    if not match:
        return None
    words = match["label"].strip(" *_")
    kind = classify(words) or _without_brackets(words)
    if kind is None or (match["mark"] != ":" and len(words) > SHORT_LABEL_CHARS):
        return None
    return words, kind


def _run_headings(text: str, start: int, end: int, *, whole_line: bool) -> list[tuple[int, str, SectionKind]]:
    """Headings inside a unit: at its start glued to the text, or between its words: (place, heading, kind)."""
    if whole_line and end - start <= LONG_LINE and not _GLUED_WORDS.search(text, start, end):
        return []
    found: list[tuple[int, str, SectionKind]] = []
    places = [start]
    places += [match.start() for match in _RUN_START.finditer(text, start + 1, end) if may_open(match[0])]
    for at in places:
        if found and at < found[-1][0] + len(found[-1][1]):
            continue
        heading = _run_heading(text, at, end, at == start)
        if heading:
            found.append((at, *heading))
    return found


def _run_heading(text: str, at: int, end: int, first: bool) -> tuple[str, SectionKind] | None:
    words: list[re.Match[str]] = []
    position = at
    best: tuple[str, SectionKind] | None = None
    while len(words) < 7:
        word = _RUN_WORD.match(text, position, end)
        if not word:
            break
        words.append(word)
        position = word.end()
        heading = text[at:position].rstrip()
        rest = text[position : position + 2]
        glued = not word[0].endswith(" ") and rest[:1].isupper()
        marked = rest[:1] in (":", "?", "\xa0") or rest in ("- ", "– ") or (position >= end and not first)
        spaced = first and len(words) > 2 and (rest[:1].isdigit() or rest[:1].isupper())
        if not (glued or marked or spaced or (rest[:1].isupper() and _titled(words))):
            continue
        kind = classify(heading)
        if kind and ((glued and _like_title(words)) or marked or (words[-1][0].strip().lower() in _STRONG_RUN_WORDS and (first or len(words) > 1))):
            best = heading, kind
            if glued or marked:
                break
    return best


def _like_title(words: list[re.Match[str]]) -> bool:
    """"Key Duties", or a question in small letters ("What we do"): not a sentence cut at a product's name."""
    return _titled(words) or words[0][0].strip().lower() in ("what", "who", "how", "why", "about", "you", "nice", "good", "your", "our")


def _titled(words: list[re.Match[str]]) -> bool:
    return all(word[0][0].isupper() or word[0].strip() in ("&", "/", "and", "of", "the") for word in words)


# --- what stands under them ---------------------------------------------------------------------------------------


def _judge(text: str, pieces: list[_Piece]) -> None:
    under: SectionKind | None = None  # the kind of the heading in force
    previous: SectionKind = "summary"
    for piece in pieces:
        body = text[piece.body : piece.end]
        if piece.heading is not None:
            under, previous = _enter(piece, under, previous, body)
            continue
        kind = cues.strong(body, under)
        if kind is None and not piece.bullet and cues.is_about_company(body):
            kind, under = "about_company", under if under in SOFT or not piece.new_line else "about_company"
        if kind is None and under in BOILERPLATE:
            kind, under = _inside_boilerplate(body, under, piece, previous)
        elif kind is None and under in SOFT:
            kind = _without_heading(body, piece, previous, under)
            piece.sure = cues.weak(body) is not None
        elif kind is None:
            kind = under
        piece.kind = kind if kind is not None else "summary"
        previous = piece.kind
        if piece.kind == "diversity" and under not in SOFT and under != "diversity" and piece.new_line:
            under = under if under in ("requirements", "responsibilities", "skills", "preferred") else None


def _fill_benefits(pieces: list[_Piece]) -> None:
    """A few lines that nothing speaks for, between lines of benefits, are benefits."""
    last: int | None = None
    for number, piece in enumerate(pieces):
        if piece.kind == "benefits":
            if last is not None and 1 < number - last <= MAX_FILL + 1:
                for between in pieces[last + 1 : number]:
                    between.kind = "benefits"
            last = number
        elif piece.heading is not None or piece.sure or not piece.new_line:
            last = None


def _enter(piece: _Piece, under: SectionKind | None, previous: SectionKind, body: str) -> tuple[SectionKind | None, SectionKind]:
    """A heading: returns the kind now in force and the piece's kind."""
    kind = piece.heading_kind
    if kind is None:  # an unknown heading is a part of what it stands in, but ends boilerplate
        if cues.is_benefit(body):
            piece.heading_kind = piece.kind = "benefits"
            return "benefits", "benefits"
        piece.kind = under if under is not None and under not in BOILERPLATE else "other"
        if under not in BOILERPLATE and under is not None:
            piece.heading = None
            return under, piece.kind
        return None, piece.kind
    content = "" if piece.heading is None or piece.alone else body.split(piece.heading, 1)[-1].strip(" :*–-?\xa0")
    piece.kind = kind
    if content and kind in BOILERPLATE and cues.is_requirement(content):
        piece.kind = "requirements"
    if kind == "details" and len(content) > LONG_DETAIL:
        piece.kind = cues.strong(content, None) or cues.weak(content) or kind
    if kind == "details" and content:
        return (None if under in BOILERPLATE else under), piece.kind
    return kind, piece.kind


def _inside_boilerplate(
    body: str, under: SectionKind, piece: _Piece, previous: SectionKind
) -> tuple[SectionKind, SectionKind | None]:
    """A unit under a boilerplate heading: it stays there unless it plainly turns to the job."""
    if under == "about_company":
        kind = cues.opens_the_job(body)
        if kind is not None:
            return kind, None
        if piece.bullet and cues.wants_of_applicant(body):
            return "requirements", None
        if cues.is_benefit(body) and piece.bullet:
            return "benefits", under
    return (previous if previous == "requirements" and piece.bullet else under), under


def _without_heading(body: str, piece: _Piece, previous: SectionKind, under: SectionKind | None) -> SectionKind:
    kind = cues.weak(body)
    if kind == "about_company" and previous in ("responsibilities", "requirements") and piece.bullet:
        return previous
    if kind is not None:
        return kind
    if under is not None and under not in ("summary", "details"):
        return under
    if previous in BOILERPLATE or previous == "details":
        return previous if not piece.new_line else "summary"
    return previous
