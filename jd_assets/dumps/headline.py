"""Title, company and place from a posting's first lines, for boards that have no such fields.

What belongs here: reading "Acme Robotics | Senior Engineer | Zurich or remote | full-time". What does not: fields (`fields`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TITLE_CHARS = 120
SEARCHED_LINES = 25
LIST_LINE_WORDS = 12  # a line of a list of openings has no more

_ROLE = (
    r"(?:engineers?|developers?|programmers?|hackers?|designers?|architects?|analysts?|scientists?|managers?|administrators?|admins?|"
    r"sysadmins?|consultants?|directors?|leads?|leaders?|specialists?|researchers?|testers?|dbas?|sres?|cto|devops|technicians?|"
    r"interns?|internships?|writers?|marketers?|evangelists?|advocates?|recruiters?|representatives?|associates?|operators?|generalists?|"
    r"strategists?|editors?|statisticians?|mathematicians?|teachers?|instructors?|officers?|coordinators?|assistants?|editors?|"
    r"postdocs?|fellowships?|co-?founders?|head of \w+|vp of \w+)"
)
ROLE = re.compile(rf"(?i)\b{_ROLE}\b")
SEPARATORS = re.compile(r"\s+(?:[|•·–—>:]|-{1,3}|//?|\|\|)\s+|\s*[|•]\s*|\s+-|-\s+|:\s+|;\s+|–|—")
URL = re.compile(
    r"(?i)[(\[<]*\b(?:https?://|www\.)\S+[)\]>]*|[(\[]?\b[\w.-]+\.(?:com|io|org|net|co|ai|us|de|co\.uk)(?:/\S*)?(?=[\s,)\]]|$)[)\]]?"
)
NOISE = re.compile(
    r"(?i)\b(?:remote|onsite|on-site|local|full[- ]?time|part[- ]?time|contract|permanent|visas?|h1b|interns? ok|relocation|hiring|"
    r"salary|equity|telecommute|freelance|worldwide|anywhere|fulltime|yc ?[ws]?\d*|multiple positions|various|\$?\d+k?)\b"
)
WANTED = re.compile(
    r"(?:looking for|hiring|seeking|need|searching for|recruiting|join us as|opening for|role of|position of|role is)"
    rf"(?: (?:an?|our|some|our next|another|more|great|talented|experienced|strong|\d+|two|several|both))* ((?:[\w+#.&/'-]+ ){{0,4}}?{_ROLE})\b",
    re.IGNORECASE,
)
BULLET = re.compile(r"^\s*(?:[•*▪◦–—-]|\(?\d{1,2}[.)])\s*")
TRAILER = re.compile(r"\s*[(\[,].*$")


@dataclass(frozen=True, slots=True)
class Headline:
    """What the first lines say; `title` is "" where no line names a role."""

    title: str
    company: str | None
    location: str | None


def read_headline(text: str) -> Headline:
    """Title, company and place as the first lines of a cleaned text give them."""
    lines = [line.strip() for line in text.split("\n") if line.strip()][:SEARCHED_LINES]
    if not lines:
        return Headline("", None, None)
    segments = [
        piece for segment in SEPARATORS.split(URL.sub(" | ", lines[0])) if (piece := segment.strip(" ,.()[]=-*_"))
    ]
    title = next((segment for segment in segments if _names_a_role(segment)), "")
    company = None
    if segments and segments[0] != title and len(segments[0]) <= 60 and not NOISE.match(segments[0]):
        company = TRAILER.sub("", segments[0]) or None
    places = [segment for segment in segments if segment not in (title, segments[0]) and _is_place(segment)]
    return Headline(
        _short(title or _listed_role(lines[1:]) or _wanted_role(text)), company, places[0] if places else None
    )


def _names_a_role(segment: str) -> bool:
    return bool(ROLE.search(segment)) and len(segment.split()) <= LIST_LINE_WORDS


def _is_place(segment: str) -> bool:
    words = NOISE.sub(" ", segment).replace(",", " ").split()
    return 0 < len(words) <= 6 and all(
        word[:1].isupper() or word.lower() in ("or", "and", "area", "in", "of", "/", "&") for word in words
    )


def _listed_role(lines: list[str]) -> str:
    """The first short line that names a role: openings are listed below the headline."""
    for line in lines:
        candidate = SEPARATORS.split(BULLET.sub("", URL.sub("", line)))[0].strip(" ,.:*_=-()")
        if (
            _names_a_role(candidate)
            and not candidate.endswith(("!", "?"))
            and candidate[:1].isupper()
            and ". " not in candidate
        ):
            return candidate
    return ""


def _wanted_role(text: str) -> str:
    found = WANTED.search(text[:3_000])
    return found[1] if found else ""


def _short(title: str) -> str:
    return title if len(title) <= MAX_TITLE_CHARS else title[:MAX_TITLE_CHARS].rsplit(" ", 1)[0]
