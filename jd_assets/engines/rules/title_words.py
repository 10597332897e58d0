"""The words of titles: which name an occupation, a level or a term of employment, and a title's part without the rest.

The lists are `data/title_words.csv` and, for the kind of work, `data/archetypes.csv`.
"""

from __future__ import annotations

import re

from jd_assets.engines.rules.locations import place_words
from jd_assets.engines.rules.phrases import read_table

_ROWS = read_table("title_words.csv")


def _listed(name: str) -> frozenset[str]:
    return frozenset(row["word"] for row in _ROWS if row["list"] == name)


HEADS = _listed("head")  # words for an occupation
GENERAL_HEADS = _listed("general_head")  # heads that say little alone: "Manager", "Lead", "VP"
PREFIX_HEADS = _listed("prefix_head")  # "VP Data", but "Data Manager"
EMPLOYMENT = _listed("employment")  # "Full-time", "Remote", "talented": not the role itself
_SENIORITIES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (
        level,
        re.compile(
            rf"(?<!\w)(?:{'|'.join(row['word'] for row in _ROWS if row['list'] == level)})(?!\w)", re.IGNORECASE
        ),
    )
    for level in ("intern", "executive", "principal", "staff", "lead", "senior", "junior", "mid", "manager")
)
_ARCHETYPES: tuple[tuple[str, tuple[str, ...], frozenset[str]], ...] = tuple(
    (row["archetype"], tuple(row["words"].split(";")), frozenset(filter(None, row["and_one_of"].split(";"))))
    for row in read_table("archetypes.csv")
)

WORD = re.compile(r"[A-Za-z][\w+#.'’]*")
BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]{0,120})[)\]}]?")
_LEVEL_NUMBER = r"(?:I{1,3}|IV|V|L?[1-7])\b"
_LEVELS = re.compile(
    r"\b(?:mid[- ]?(?:level)?[ /-]+(?:to[ -])?(?:senior|sr\.?)(?:[- ]level)?|senior|snr|sr|junior|jnr|jr"
    r"|mid[- ]?(?:level|senior|weight)|mid|entry[- ]level|intermediate|principal|experienced|beginner"
    r"|fresher'?s?|new grad|level|distinguished)(?:\b\.?|(?<=\.))(?:\s?/\s?(?=[A-Z]))?"
    r"|\b(?:staff(?! (?:nurse|accountant|writer))|lead|associate|graduate|founding)\s+"
    r"(?=[A-Z][\w+#.]*(?: [\w+#./&-]+){0,4}$)"
    rf"|\b{_LEVEL_NUMBER}(?:\s?[&/,-]\s?{_LEVEL_NUMBER}){{0,5}}\s*$",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"^\s*(?:(?:urgent(?:ly)?|immediate|mass|bulk|hot|now|we(?:'re| are)|is|currently|actively|walk-?in|mega"
    r"|exclusive)\s+){0,4}(?:(?:hiring|require(?:d|ment)?s?|opening|openings|opportunity|vacancy|looking"
    r"|wanted|joiners?|drive|interview|need(?:ed)?|recruit(?:ing|ment)?|job|jobs|position"
    r"|seeking)\b[\s:!-]{0,5}){1,4}(?:for|of|as|at|:|-|–)?\s+(?:an?\s+|the\s+)?(?:position of |role of |post of )?",
    re.IGNORECASE,
)
_TRAILING_CALL = re.compile(
    r"\s*[-–,|!]*\s*\b(?:urgent(?:ly)?(?: (?:hiring|required|opening|requirement))?|hiring(?: now)?!*"
    r"|needed|required|wanted|immediate (?:joiner|start|hiring)s?|apply now|opening|openings|position"
    r"|vacancy|job|jobs)\b[\s!.]*$",
    re.IGNORECASE,
)
_JUNK = re.compile(
    r"\b(?:req(?:uisition)?|job|ref|id|jr|r)\s?(?:id|no|code|number)?\s?[:#.-]{1,2}\s?[A-Z]{0,4}[-_]?\d{2,}\b"
    r"|(?-i:\b[A-Z]{2,}(?:-[A-Z0-9]+){2,}-\d+\b)|#\s?\d+|\b\d{4,}\b|\b\d+\s?(?:positions?|openings?|vacanc(?:y|ies)|nos?)\b|\bx\s?\d+\b"
    r"|[\U0001F000-\U0001FAFF\u2600-\u27BF\ufe0f★☆✨]+"
    r"|\(?\b[mfwd]\s?/\s?[mfwdx]\s?(?:/\s?[mfwdx*]\s?)?\)?(?![a-z])|\ball genders\b"
    r"|\$\s?\d[\d,.]*[kK]?\+?(?:\s?-\s?\$?\d[\d,.]*[kK]?)?(?:\s?/\s?\w+)?"
    r"|\b\d+(?:\s?-\s?\d+)?\s?\+?\s?(?:years?|yrs?)\b(?: of)?(?: exp\w*)?|\b(?:lpa|lakhs?)\b",
    re.IGNORECASE,
)
_MODE = re.compile(
    r"(?:100% )?(?:remote|hybrid|on-?site|wfh|work from home|full|part|contract|permanent|temporary|freelance"
    r"|night|day|shift|us only|visa)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:in|at|for|with|to|on|from|based|needed|paid|who)\b", re.IGNORECASE)
_PLACE_TAIL = re.compile(r"\s(?:in|at|based in)\s(?!Test\b)[A-Z].*$")  # an engineer in test is no engineer in a place
PLACE_SHARE = 0.6  # of a part's letters, for the part to be a place


def seniority_of(title: str) -> str | None:
    """The level that a title names: intern, junior, mid, senior, lead, staff, principal, manager or executive."""
    return next((name for name, pattern in _SENIORITIES if pattern.search(title)), None)


def archetype_of(role: str) -> str:
    """The kind of work, by the words of the role: the first matching row of `data/archetypes.csv`, else "Other"."""
    found = [word.lower().rstrip(".") for word in WORD.findall(role)]
    words = {*found, *(word.rstrip("s") for word in found)}
    joined = f" {role.lower()} "
    for archetype, needs, also in _ARCHETYPES:
        named = any(need in words if " " not in need else f" {need} " in joined for need in needs)
        if named and (not also or words & also):
            return archetype
    return "Other"


def is_head(word: str) -> bool:
    """Whether `word` (or its singular) names an occupation."""
    low = word.lower().rstrip(".")
    return low in HEADS or (low.endswith("s") and low[:-1] in HEADS)


def head_of(words: str) -> str | None:
    """The last word of `words` that names an occupation: "Developer" of "Java Developer"."""
    return next((word for word in reversed(WORD.findall(words)) if is_head(word)), None)


def only_general(words: str) -> bool:
    """Whether `words` say little about the work: "Manager", "Assistant Manager", "VP"."""
    return all(word.lower() in GENERAL_HEADS or word.lower() in ("of", "the") for word in WORD.findall(words))


def names_role(words: str) -> bool:
    """Whether an occupation is named that says something about the work."""
    found = [word for word in WORD.findall(words) if is_head(word)]
    if any(word.lower() not in GENERAL_HEADS for word in found):
        return True
    return bool(found) and len(words.split()) > 1 and not only_general(clean(words))


def is_place(words: str) -> bool:
    """Whether a part of a title is a place and little else."""
    named = sum(end - start for start, end in place_words(words))
    return named > 0 and named >= PLACE_SHARE * sum(char.isalnum() for char in words)


def is_employment(words: str) -> bool:
    """Whether a part of a title speaks of where, when or on what terms one works."""
    return words.lower() in EMPLOYMENT or _MODE.match(words) is not None


def without_call(words: str) -> str:
    """A title without "Urgent hiring for" in front."""
    return _CALL.sub("", words, count=1) or words


def without_junk(words: str) -> str:
    """A title without brackets, ids, counts, pictures, years and pay."""
    return _JUNK.sub(" ", BRACKETS.sub(" ", words))


def without_level(words: str) -> str:
    """A title without senior, junior, II …"""
    return strip(_LEVELS.sub(" ", words))


def clean(segment: str) -> str:
    """A part of a title without level, calls to apply, terms of employment, places behind it, and marks."""
    words = _TRAILING_CALL.sub("", _CALL.sub("", without_junk(segment), count=1))
    bare = " ".join(word for word in without_level(words).split() if word.lower().strip(",.") not in EMPLOYMENT)
    bare = _without_tail(strip(bare))
    return _cased(bare if WORD.search(bare) else strip(words))


def _without_tail(words: str) -> str:
    """What follows the occupation is often a place or a programme."""
    ends = [match.end() for match in WORD.finditer(words) if is_head(match[0])]
    if ends and len(words.split()) > 4:
        tail = words[ends[-1] :].strip()
        return strip(words[: ends[-1]]) if tail and (is_place(tail) or _TAIL.match(tail)) else words
    return strip(_PLACE_TAIL.sub("", words)) or words


def _cased(words: str) -> str:
    """ "SOFTWARE ENGINEER" and "software engineers" read as "Software Engineer"; short capitals are names."""
    shouted = words.isupper() and len(words) > 5
    small = words.islower()
    return " ".join(_cased_word(word, shouted=shouted, small=small) for word in words.split())


def _cased_word(word: str, *, shouted: bool, small: bool) -> str:
    head = is_head(word)
    if head and word.lower() not in HEADS:
        word = word[:-1]
    if shouted:
        return word.capitalize() if head or len(word) > 3 else word
    return word[:1].upper() + word[1:] if head or small else word


def strip(words: str) -> str:
    """Words without the marks around them, single-spaced."""
    return " ".join(words.split()).strip(" -–—|,;:/&.!*_#~+\"'“”")
