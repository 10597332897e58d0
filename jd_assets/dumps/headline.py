"""Title, company and place from a posting's first lines, for boards that have no such fields.

What belongs here: reading "Acme Robotics | Senior Engineer | Zurich or remote | full-time". What does not: which boards
need it (the boards file).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_TITLE_CHARS = 120
MAX_COMPANY_CHARS = 60
MAX_TITLE_WORDS = 12  # a line of a list of openings has no more
SEARCHED_LINES = 25
SEARCHED_LINE_CHARS = 500
SEARCHED_CHARS = 3_000

_NOUNS = """administrator admin advocate analyst architect assistant associate consultant coordinator designer developer
    director editor engineer evangelist generalist hacker instructor leader lead manager marketer mathematician officer
    operator programmer recruiter representative researcher scientist specialist statistician strategist sysadmin
    teacher technician tester writer cofounder co-founder dba sre fellowship postdoc""".split()
_ROLE = (
    rf"(?:(?:{'|'.join(_NOUNS)})s?|cto|devops|head of \w+|vp of \w+"
    r"|(?:data|design|development|engineering|marketing|research|science|software|summer) intern(?:ship)?s?)"
)
_NOISE = (
    r"(?:anywhere|contract|equity|freelance|full[- ]?time|h1b|hiring|local|multiple positions|on-?site|part[- ]?time"
    r"|permanent|relocation|remote|salary|visas?|worldwide)"
)
_WANTED = r"(?:hir(?:e|ing)|looking for|need|opening for|position of|recruiting|role of|searching for|seeking)"
_COUNTED = (
    r"(?: (?:an?|another|both|experienced|great|more|our(?: next)?|several|some|strong|talented|the|two|three|\d+))*"
)

ROLE = re.compile(rf"\b{_ROLE}\b", re.IGNORECASE)
NOISE = re.compile(rf"\b{_NOISE}\b", re.IGNORECASE)
LEADING_NOISE = re.compile(rf"^(?:(?:{_NOISE}|an?|and|currently|now|we are|we're)\b[\s,:]*)+", re.IGNORECASE)
WANTED = re.compile(rf"\b{_WANTED}{_COUNTED} ((?:[\w+#.&/'-]+ ){{0,4}}?{_ROLE})\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?]\s|\t")
SENTENCE = re.compile(r"(?:at|for|i|if|my|our|the|there|this|us|we|we're|with|work|you|your)\b", re.IGNORECASE)
SEPARATOR = re.compile(r"\s+(?:[|:>/•●·–—]|-{1,3}|//|::|\|\|)\s+|\s*[|•●]\s*|\s+-|-\s+|:\s+|;\s+|–|—")
LABEL = re.compile(r"(company|(?:job )?title|location|position|role)s?\s*:+\s*(\S.*)", re.IGNORECASE)
LINK = re.compile(
    r"[(\[<]*\b(?:https?://|www\.)\S+|[(\[]?\b[\w-]+(?:\.[\w-]+){0,3}\.(?:ai|co|com|io|net|org|uk)\b(?:/\S*)?[)\]]?",
    re.IGNORECASE,
)
LIST_MARK = re.compile(r"^\s*(?:[•*▪◦–—-]|\(?\d{1,2}[.)])\s*")
ADDITION = re.compile(r"(?:\s*[(\[,]|\s+(?:are|is)\b).*$")
OPEN_BRACKET = re.compile(r"\s*\([^)]*$")
MARKS = " ,.:;=-*_!"


@dataclass(frozen=True, slots=True)
class Headline:
    """What the first lines say; `title` is "" where no line names a role."""

    title: str
    company: str | None
    location: str | None


def read_headline(text: str, place: str = "") -> Headline:
    """Title, company and place as the first lines of a cleaned text give them; `place` is what the board knows."""
    lines = [line.strip()[:SEARCHED_LINE_CHARS] for line in text.split("\n") if line.strip()][:SEARCHED_LINES]
    labels = [found for line in lines if (found := LABEL.match(line)) and not LINK.match(found[2])]
    labelled = {found[1].lower().removeprefix("job "): SENTENCE_END.split(found[2])[0] for found in labels}
    segments = list(_segments(lines[0])) if lines else []
    title = labelled.get("position") or labelled.get("role") or labelled.get("title")
    title = title or next(filter(_names_a_role, segments), None) or _listed_role(lines[1:]) or _wanted_role(text)
    company = ADDITION.sub("", labelled.get("company", "")) or next(iter(_companies(segments[:2], title, place)), None)
    places = (segment for segment in segments[1:] if segment not in (title, company) and _is_place(segment))
    location = labelled.get("location") or next(places, None)
    return Headline(_short(title), company, location)


def _segments(line: str) -> Iterator[str]:
    for segment in SEPARATOR.split(LINK.sub(" | ", line)):
        if (kept := _bare(segment)) and not LABEL.match(line):
            yield kept


def _companies(segments: list[str], title: str, place: str) -> Iterator[str]:
    for segment in segments:
        name = ADDITION.sub("", segment)
        is_name = 0 < len(name) <= MAX_COMPANY_CHARS and not NOISE.match(name) and not SENTENCE.match(name)
        if is_name and segment != title and name.lower() not in place.lower():
            yield name


def _bare(segment: str) -> str:
    return segment.strip(MARKS).lstrip(")]").rstrip("([").strip(MARKS)


def _names_a_role(segment: str) -> bool:
    is_sentence = SENTENCE.match(segment) or WANTED.search(segment)
    return bool(ROLE.search(segment)) and len(segment.split()) <= MAX_TITLE_WORDS and not is_sentence


def _is_place(segment: str) -> bool:
    words = NOISE.sub(" ", segment).replace(",", " ").split()
    small = ("&", "/", "and", "area", "in", "of", "or")
    return 0 < len(words) <= 6 and all(word[:1].isupper() or word.lower() in small for word in words)


def _listed_role(lines: list[str]) -> str:
    """The first short line that names a role: openings are listed below the headline."""
    for line in lines:
        candidate = _bare(SEPARATOR.split(LIST_MARK.sub("", LINK.sub("", line)))[0])
        if candidate[:1].isupper() and _names_a_role(candidate) and ". " not in candidate:
            return candidate
    return ""


def _wanted_role(text: str) -> str:
    found = WANTED.search(text[:SEARCHED_CHARS])
    return found[1] if found else ""


def _short(title: str) -> str:
    kept = _bare(LEADING_NOISE.sub("", OPEN_BRACKET.sub("", title))) or title
    return kept if len(kept) <= MAX_TITLE_CHARS else kept[:MAX_TITLE_CHARS].rsplit(" ", 1)[0]
