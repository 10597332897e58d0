"""Who the employer is: its name and what the posting says about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jd_assets.engines.rules.sections import heading_end
from jd_assets.records import Section

_RATING = re.compile(r"\d(?:\.\d)?")  # a review site's stars, on a line of their own behind the name
_ABOUT = re.compile(
    r"^(?:about|join|why(?: join| work at)?)\s+(?P<name>(?:[A-Z0-9][\w&'’.-]*\s?){1,4})$", re.IGNORECASE
)
_GENERIC = frozenset(
    "us you the our your this role position job team company opportunity client employer project program department"
    " unit organization organisation business firm life product me work".split()
)
_HIRING = re.compile(
    r"^(?P<name>[A-Z][\w&'’.-]*(?: [A-Z][\w&'’.-]*){0,3}) is (?:hiring|looking for|seeking|recruiting)\b", re.MULTILINE
)
_SENTENCE = re.compile(
    r"[:!?]$|\.$(?<!inc\.)(?<!ltd\.)(?<!co\.)(?<!llc\.)(?<!corp\.)|(?:\S+\s+){7}", re.IGNORECASE
)  # a shifted column
MAX_ABOUT_CHARS = 2_000


def read_company(field: str | None, from_title: str | None, text: str, sections: Sequence[Section]) -> str | None:
    """The employer's name: the board's own field, else a heading "About Acme", the title, or "Acme is hiring"."""
    named = _without_rating(field or "")
    if named and not (from_title and _SENTENCE.search(named)):
        return named
    for section in sections:
        match = _ABOUT.match(section.heading or "")
        if match and section.kind == "about_company" and match["name"].split()[0].lower() not in _GENERIC:
            return match["name"].strip()
    hiring = _HIRING.search(text[:3_000])
    return from_title or (hiring["name"] if hiring and hiring["name"].lower() not in _GENERIC else None)


def _without_rating(field: str) -> str:
    lines = [" ".join(line.split()) for line in field.splitlines() if line.strip()]
    return " ".join(lines[:-1] if len(lines) > 1 and _RATING.fullmatch(lines[-1]) else lines)


def about_company(text: str, sections: Sequence[Section]) -> str | None:
    """What the posting says about the employer: the longest such section, verbatim without its heading."""
    bodies = [text[heading_end(text, one) : one.end].strip() for one in sections if one.kind == "about_company"]
    longest = max(bodies, key=len, default="")
    return longest[:MAX_ABOUT_CHARS].rstrip() or None
