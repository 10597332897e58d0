"""Where headings stand in a description: its units, cut where a heading begins.

A heading is a line of its own, a label before a colon ("Location: Pune"), or stands inside run-on text whose line
breaks were lost ("… our careersWhy join us?Training …"). Its words are judged in `headings.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from jd_assets.engines.rules.headings import classify, may_open
from jd_assets.engines.rules.text import LONG_LINE, Unit, units
from jd_assets.records import SectionKind

MAX_HEADING_CHARS = 80
HEADING_LINE_CHARS = 200  # a longer line is text, whatever it begins with
SHORT_LABEL_CHARS = 25  # before a dash or a question mark
MAX_RUN_WORDS = 7
MAX_UNKNOWN_WORDS = 8  # of a heading known by its form alone

_DECORATION = re.compile(r"[\W_]*")
_NUMBERED = re.compile(r"\s*(?:[ivx]{1,4}|[IVX]{1,4}|\d{1,2}|[A-Z])[.)]\s+")
_TAIL_MARKS = " *_#:=~-–—>|\"“”'.…?!\t\xa0"
_LABEL = re.compile(r"(?P<label>[^:\n\r\t•]{2,80}?)\s*(?:\*\*)?\s*(?P<mark>:|\s[–—-]\s|\?)(?:\*\*|:)?\s*")
_LABEL_MARKS = (":", "?", " -", " –", " —")
_BRACKETS = re.compile(r"\([^()]{0,60}\)?")
# Words of a heading inside run-on text, where "ResponsibilitiesDesign" are two words.
_RUN_WORD = re.compile(r"(?:[A-Z](?:[a-z]+(?:['’][a-z]{1,2})?|[A-Z]*(?![A-Za-z]))|[a-z]+(?:['’][a-z]{1,2})?|&|/),?[ ]?")
_RUN_START = re.compile(r"[A-Z](?<=[a-z0-9.,;:!?)\]%’'\s][A-Z])[a-z]*")
_TITLED_BEFORE = re.compile(r"(?:^|[^.!?])\b[A-Z][\w-]* $")  # "Hands-On Experience – …": part of a longer phrase
_UP_TO_MARK = re.compile(r"[\w’'&,/ -]{1,40}(?=[?:])")
_GLUED = re.compile(r"[A-Z](?<=[a-z).!?;:\xa0][A-Z])|\xa0")
# Words that end a heading even where neither a colon nor a lost line break does: "… group. Key Responsibilities
# Implement …"
_PLAIN_ENDS = frozenset(
    "responsibilities responsibility duties requirements qualifications qualification description benefits overview"
    " competencies accountabilities summary".split()
)
_QUESTION_WORDS = frozenset("what who how why about you nice good your our".split())
_SMALL_WORDS = frozenset({"&", "/", "and", "of", "the"})


@dataclass(slots=True)
class Piece:
    """A unit or a part of one. `heading` where it is one or begins with one; `kind` is given by `sections.py`.

    `heading_kind` is None for a heading that shows only by its form. `alone`: the heading is the whole line.
    `sure`: a heading or a cue says its kind, not just what stands around it.
    """

    start: int
    body: int
    end: int
    bullet: bool
    new_line: bool
    heading: str | None = None
    heading_kind: SectionKind | None = None
    alone: bool = False
    kind: SectionKind = "other"
    sure: bool = True


def find_pieces(text: str) -> list[Piece]:
    """The pieces of `text` in order; between them stands only white space."""
    return [piece for unit in units(text) for piece in _pieces(text, unit)]


def _pieces(text: str, unit: Unit) -> list[Piece]:
    whole = Piece(unit.start, unit.body, unit.end, unit.bullet, unit.new_line)
    if unit.new_line and unit.end - unit.body <= HEADING_LINE_CHARS and _mark_line_heading(text, whole):
        return [whole]
    label = _label(text, unit.body, unit.end)
    if label:
        whole.heading, whole.heading_kind = label
    cuts = _run_headings(text, unit)
    if not cuts:
        return [whole]
    out = [whole] if cuts[0][0] > unit.body else []
    if out:
        whole.end = unit.body + len(text[unit.body : cuts[0][0]].rstrip())
    for number, (start, heading, kind) in enumerate(cuts):
        stop = cuts[number + 1][0] if number + 1 < len(cuts) else unit.end
        end = start + len(text[start:stop].rstrip())
        head = start == unit.body
        place = unit.start if head else start
        out.append(Piece(place, start, end, head and unit.bullet, head and unit.new_line, heading, kind))
    return [piece for piece in out if piece.end > piece.body]


def _mark_line_heading(text: str, piece: Piece) -> bool:
    """Whether the whole line is a heading; its words and kind are then set on the piece."""
    line = text[piece.body : piece.end]
    words = _bare(line)
    closed = line.endswith(".") and not line.endswith("..")
    if not words or ":" in words or len(words) > MAX_HEADING_CHARS or closed:
        return False
    kind = _classify(words)
    if kind is None and (piece.bullet or _GLUED.search(words) or not _looks_like_heading(line, words)):
        return False
    if piece.bullet and not line.rstrip(" *").endswith(":"):
        return False
    piece.heading, piece.heading_kind, piece.alone = words, kind, True
    return True


def _bare(line: str) -> str:
    """A line without the marks and numbers around its words."""
    ends = [match.end() for pattern in (_DECORATION, _NUMBERED) if (match := pattern.match(line))]
    return line[max(ends, default=0) :].rstrip(_TAIL_MARKS)


def _classify(words: str) -> SectionKind | None:
    kind = classify(words)
    if kind is None and "(" in words:
        kind = classify(_BRACKETS.sub(" ", words))
    return kind


def _looks_like_heading(line: str, words: str) -> bool:
    """An unknown heading shows by its form: a colon, capitals throughout, or marks of emphasis."""
    count = len(words.split())
    if count > MAX_UNKNOWN_WORDS:
        return False
    emphasised = line.startswith(("**", "##", "==", "__"))
    return line.endswith(":") or emphasised or (words.isupper() and count > 1)


def _label(text: str, start: int, end: int) -> tuple[str, SectionKind] | None:
    """A known heading before a colon, with its content on the same line."""
    head = text[start : min(end, start + MAX_HEADING_CHARS + 20)]
    if not any(mark in head for mark in _LABEL_MARKS):
        return None
    decoration = _DECORATION.match(head)
    match = _LABEL.match(text, start + (decoration.end() if decoration else 0), end)
    if not match:
        return None
    words = match["label"].strip(" *_")
    kind = _classify(words)
    if kind is None or (match["mark"] != ":" and len(words) > SHORT_LABEL_CHARS):
        return None
    return words, kind


# --- run-on text --------------------------------------------------------------------------------------------------


def _run_headings(text: str, unit: Unit) -> list[tuple[int, str, SectionKind]]:
    """Headings inside a unit, at its start glued to the text or between its words: (place, heading, kind)."""
    start, end = unit.body, unit.end
    found: list[tuple[int, str, SectionKind]] = []
    places = [start] if _opens(text, start, end) else []
    if not unit.new_line or end - start > LONG_LINE or _GLUED.search(text, start, end):
        places += [match.start() for match in _RUN_START.finditer(text, start + 1, end) if may_open(match[0])]
    elif unit.bullet:
        return []
    for at in places:
        if (found and at < found[-1][0] + len(found[-1][1])) or _TITLED_BEFORE.search(text, max(start, at - 30), at):
            continue
        heading = _run_heading(text, at, end, first=at == start)
        if heading:
            found.append((at, *heading))
    return found


def _opens(text: str, start: int, end: int) -> bool:
    match = _RUN_WORD.match(text, start, end)
    return match is not None and may_open(match[0].strip(", "))


def _run_heading(text: str, at: int, end: int, *, first: bool) -> tuple[str, SectionKind] | None:
    """The heading that begins at `at`: the longest that something marks off from what follows."""
    words: list[str] = []
    position = at
    best: tuple[str, SectionKind] | None = None
    while len(words) < MAX_RUN_WORDS and (match := _RUN_WORD.match(text, position, end)):
        words.append(match[0].strip(", "))
        position = match.end()
        end_kind = _marked_off(text, position, end, match[0], words, first=first)
        kind = classify(text[at:position].rstrip()) if end_kind else None
        if kind is None:
            continue
        if end_kind == "plain" and (words[-1].lower() not in _PLAIN_ENDS or (len(words) == 1 and not first)):
            continue
        best = text[at:position].rstrip(), kind
        if end_kind == "mark":
            longer = _UP_TO_MARK.match(text, position, end)  # "Why join MicroTech?": the name is one word
            if longer and words[0].lower() in _QUESTION_WORDS and classify(text[at : longer.end()]) == kind:
                best = text[at : longer.end()], kind
            break
    return best


def _marked_off(
    text: str, position: int, end: int, last: str, words: list[str], *, first: bool
) -> Literal["mark", "plain"] | None:
    """Whether a heading of `words` can end at `position`: before a mark or a lost line break, or plainly before a
    sentence."""
    rest = text[position : min(end, position + 2)]
    if rest[:1].islower():
        return None
    if not rest or rest[:1] in (":", "?", "\xa0") or rest in ("- ", "– "):
        return "mark"
    titled = all(word[0].isupper() or word in _SMALL_WORDS for word in words)
    if not last.endswith(" ") and rest[:1].isupper():
        return "mark" if titled or words[0].lower() in _QUESTION_WORDS else None
    if rest[:1].isupper() or rest[:1].isdigit():
        return "plain" if titled or (first and len(words) > 2) else None
    return None
