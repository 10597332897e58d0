"""Degrees asked for and certificates named, verbatim from the text.

Certificates come from a table (`data/certifications.csv`: the name, and its usual spellings).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jd_assets.engines.rules.phrases import PhraseTable, read_table, split_list
from jd_assets.engines.rules.sections import in_sections
from jd_assets.records import Section

_DEGREE = re.compile(
    r"(?:(?:associate|bachelor|master|doctora(?:l|te)|graduate|undergraduate|postgraduate|post graduate"
    r"|advanced|college|university|technical|engineering|4[- ]year|four[- ]year)[’']?s?[’']?(?:\s?(?:/|or"
    r"|and|,)\s?(?:bachelor|master|ph\.?d\.?|doctorate|higher|equivalent"
    r"|advanced)[’']?s?)?\s(?:level )?(?:degrees?|diploma)"
    r"|(?:bachelor|master)[’']?s?(?:\s(?:of|in)\s|\s?\(|s\b|[’']s\b)|ph\.?\s?d\.?(?![a-z])|doctorate"
    r"|diploma|[bm]\.?b\.?a\.?(?![a-z])|m\.?c\.?a\.?(?![a-z])|b\.?c\.?a\.?(?![a-z])|b\.?\s?tech(?:\.|\b)"
    r"|m\.?\s?tech(?:\.|\b)|b\.?e\.?/b\.?\s?tech|b\.?sc\.?(?![a-z])|m\.?sc\.?(?![a-z])|b\.?com\.?(?![a-z])"
    r"|m\.?com\.?(?![a-z])"
    r"|(?:BA/BS|BS/MS|BS/BA|B\.?S\.?/M\.?S\.?|B\.A\.?/B\.S\.?|BS|BA|MS|B\.S\.|M\.S\.|B\.A\.|BSEE|BSCS|MSCS"
    r"|BE|B\.E\.)(?=[\s,/)]\s?(?:degree|\w+ degree|in\b(?! (?:a|the|this|our|an)\b)|or (?:m|b|ph|a |h|e)"
    r"|and (?:m|b|ph)|/|,? ?(?:ms|ma|phd|ba|bs|mba)\b))"
    r"|degree in\b|graduat(?:e|ion) in\b|high school(?: diploma| graduate| education)?|senior high|associate degree"
    r"|any graduate|any degree)",
    re.IGNORECASE,
)
_UPPER_ONLY = re.compile(r"^(?:ba|bs|ms|be|mba|mca|bca|bsee|bscs|mscs)\b", re.IGNORECASE)
_END = re.compile(
    r"[\n\r\t•;]|[.!?](?=\s[A-Z]|[A-Z][a-z]|\s*$)|,(?=\s(?:and|or|with|plus|preferably)?\s?\d)"
    r"|\b(?:preferred|required|plus \w+|with (?:at least|a minimum|minimum|\d)|and (?:at least|a minimum"
    r"|minimum|\d)|or equivalent|is (?:a|an)|minimum|\d+(?:\s?[-–]\s?\d+)?\+? years|apply)\b|\s?\+\s?(?=\d)",
    re.IGNORECASE,
)
_DANGLING = re.compile(r"(?:\s+(?:is|are|and|or|with|a|an|would be|will be))+$")
_NOT_ASKED: frozenset[str] = frozenset({"about_company", "benefits", "diversity", "how_to_apply"})
MAX_DEGREES = 6
DEGREE_CHARS = 140

# The words that a degree can begin with: only there is the pattern tried.
_OPENERS = (
    "associate associate's associates bachelor bachelor's bachelors master master's masters doctoral doctorate graduate"
    " undergraduate postgraduate post advanced college university technical engineering 4-year four-year 4 four ph phd"
    " ph.d mba bba m.b.a mca m.c.a bca b.c.a b btech b.tech m mtech m.tech bsc b.sc msc m.sc bcom b.com mcom m.com ba"
    " bs ms b.s m.s b.a bsee bscs mscs be b.e degree graduation high senior any diploma"
).split()
_DEGREE_WORDS = PhraseTable((word, True) for word in _OPENERS)

_CERTIFICATES = PhraseTable(
    (spelling, row["name"])
    for row in read_table("certifications.csv")
    for spelling in (row["name"], *split_list(row["spellings"]))
)


def read_education(text: str, sections: Sequence[Section]) -> tuple[str, ...]:
    """Degrees asked for with their subjects, verbatim, at most `MAX_DEGREES`."""
    found: list[str] = []
    starts = [hit.start for hit in _DEGREE_WORDS.find(text)]
    for section in sections:
        if section.kind in _NOT_ASKED:
            continue
        at = section.start
        for start in (start for start in starts if section.start <= start < section.end):
            match = _DEGREE.match(text, start, section.end) if start >= at and len(found) < MAX_DEGREES else None
            if match is None:
                continue
            at = match.end()
            if _UPPER_ONLY.match(match[0]) and not match[0][:2].isupper():
                continue
            end = _END.search(text, match.end(), min(section.end, match.start() + DEGREE_CHARS))
            at = max(at, end.start() if end else min(section.end, match.start() + DEGREE_CHARS))
            words = _DANGLING.sub("", text[match.start() : at].strip(" ,;:-–("))
            if words not in found:
                found.append(words)
    return tuple(found)


def read_certifications(text: str, sections: Sequence[Section]) -> tuple[str, ...]:
    """Certificates named outside boilerplate, each once, by their names in the table."""
    found: dict[str, None] = {}
    for hit, section in in_sections(_CERTIFICATES.find(text), sections):
        # Names and acronyms are written with capitals: "pmp" or "cia" in lower case is something else.
        if section.kind not in _NOT_ASKED and any(char.isupper() for char in text[hit.start : hit.end]):
            found[hit.value] = None
    return tuple(found)
