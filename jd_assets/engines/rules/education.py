"""Degrees asked for and certificates named, verbatim from the text.

Certificates come from a table (`data/certifications.csv`: the name, and its usual spellings).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jd_assets.engines.rules.phrases import PhraseTable, read_table, split_list
from jd_assets.records import Section

_DEGREE = re.compile(
    r"\b(?:(?:associate|bachelor|master|doctora(?:l|te)|graduate|undergraduate|postgraduate|post graduate|advanced|college|university|technical|engineering|4[- ]year|four[- ]year)[’']?s?[’']?(?:\s?(?:/|or|and|,)\s?(?:bachelor|master|ph\.?d\.?|doctorate|higher|equivalent|advanced)[’']?s?)?\s(?:level )?(?:degrees?|diploma)"
    r"|(?:bachelor|master)[’']?s?(?:\s(?:of|in)\s|\s?\(|s\b|[’']s\b)|ph\.?\s?d\.?(?![a-z])|doctorate|diploma|m\.?b\.?a\.?(?![a-z])|m\.?c\.?a\.?(?![a-z])|b\.?c\.?a\.?(?![a-z])|b\.?\s?tech(?:\.|\b)|m\.?\s?tech(?:\.|\b)|b\.?e\.?/b\.?\s?tech|b\.?sc\.?(?![a-z])|m\.?sc\.?(?![a-z])|b\.?com\.?(?![a-z])|m\.?com\.?(?![a-z])"
    r"|(?:BA/BS|BS/MS|BS/BA|B\.?S\.?/M\.?S\.?|B\.A\.?/B\.S\.?|BS|BA|MS|B\.S\.|M\.S\.|B\.A\.|BSEE|BSCS|MSCS|BE|B\.E\.)(?=[\s,/)](?:\w+ ){0,2}?(?:degree|in\b|or\b|and\b|/|with\b))"
    r"|degree in\b|graduat(?:e|ion) in\b|high school diploma|senior high|associate degree|any graduate|any degree)",
    re.IGNORECASE,
)
_UPPER_ONLY = re.compile(r"^(?:ba|bs|ms|be|mba|mca|bca|bsee|bscs|mscs)\b", re.IGNORECASE)
_END = re.compile(r"[\n\r\t•;]|[.!?](?=\s[A-Z]|[A-Z][a-z]|\s*$)|,(?=\s(?:and|or|with|plus|preferably)?\s?\d)|\b(?:preferred|required|plus \w+|with (?:at least|a minimum|minimum|\d)|and (?:at least|a minimum|minimum|\d)|or equivalent|is (?:a|an)|minimum|\d+\+? years)\b", re.IGNORECASE)
_NOT_ASKED: frozenset[str] = frozenset({"about_company", "benefits", "diversity", "how_to_apply"})
MAX_DEGREES = 6
DEGREE_CHARS = 140

_CERTIFICATES = PhraseTable(
    (spelling, row["name"]) for row in read_table("certifications.csv") for spelling in (row["name"], *split_list(row["spellings"]))
)


def read_education(text: str, sections: Sequence[Section]) -> tuple[str, ...]:
    """Degrees asked for with their subjects, verbatim, at most `MAX_DEGREES`."""
    found: list[str] = []
    for section in sections:
        if section.kind in _NOT_ASKED:
            continue
        at = section.start
        while (match := _DEGREE.search(text, at, section.end)) and len(found) < MAX_DEGREES:
            at = match.end()
            if _UPPER_ONLY.match(match[0]) and not match[0][:2].isupper():
                continue
            end = _END.search(text, match.end(), min(section.end, match.start() + DEGREE_CHARS))
            at = max(at, end.start() if end else min(section.end, match.start() + DEGREE_CHARS))
            words = text[match.start() : at].strip(" ,;:-–(")
            if words not in found:
                found.append(words)
    return tuple(found)


def read_certifications(text: str, sections: Sequence[Section]) -> tuple[str, ...]:
    """Certificates named outside boilerplate, each once, by their names in the table."""
    found: dict[str, None] = {}
    for section in sections:
        if section.kind not in _NOT_ASKED:
            for hit in _CERTIFICATES.find(text[section.start : section.end]):
                words = text[section.start + hit.start : section.start + hit.end]
                if any(char.isupper() for char in words):  # acronyms and names: "pmp" or "ceh" in lower case are no certificates
                    found[hit.value] = None
    return tuple(found)
