"""Years of experience asked for, read from the board's own field and from the description.

A number of years counts when its sentence asks for experience; the company's age, the applicant's age, contract terms
and the like do not. What a statement means for the posting as a whole is decided at the end, in `read_experience`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from jd_assets.engines.rules.text import units, windows
from jd_assets.records import Experience, Section

_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
    )
} | {"twenty": 20}
_NUMBER = rf"(?:\d{{1,2}}(?:\.\d{{1,2}})?|\b(?:{'|'.join(_NUMBER_WORDS)})\b)"
_DIGITS = r"(?:\s?\(\s?\d{1,2}\s?\+?\s?\))?"
_YEARS = r"(?:years?|yrs?|yoe|y\.?o\.?e)\b\.?"
_GAP = r"[ \t\xa0]{0,2}"
_TO = rf"{_GAP}(?:-|–|—|−|~|to\b|and\b|or\b){_GAP}"
_MORE = r"(?:\+|plus\b|or more\b)"
_STATEMENT = re.compile(
    # Not behind a digit's mark ("1.5", "2-3"), a sign of money or a capital; a small letter before it is a lost space.
    rf"(?<![\d$€£₹/%_])(?<!\d[.,-])(?<!(?-i:[A-Z]))(?P<low>{_NUMBER}){_DIGITS}{_GAP}(?P<plus>{_MORE})?{_DIGITS}"
    rf"(?:\s?{_YEARS})?(?:{_TO}(?P<high>{_NUMBER}){_DIGITS}{_GAP}(?P<high_plus>{_MORE})?)?[\])]?"
    rf"{_GAP}-?{_GAP}(?P<unit>{_YEARS}|months?\b)['’]?{_GAP}(?P<after>{_MORE}|and (?:above|up|more)\b|or above\b)?",
    re.IGNORECASE,
)
# "exp : 4 to 8": a label instead of the word years
_LABELLED = re.compile(
    rf"\b(?:experience|exp|yoe)\.?(?:\s?\((?:in )?(?:years|yrs)\.?\)| required| level| in years"
    rf"| range)?\s?[:=–-]+\s?(?P<low>{_NUMBER})\s?(?P<plus>\+)?"
    rf"(?:\s?(?:-|–|—|to)\s?(?P<high>{_NUMBER})\s?(?P<high_plus>\+)?)?(?P<unit>)(?P<after>)(?![\d%,]"
    rf"|\s?(?:months?|am|pm|k|lpa|lakh|days?|hours?)\b)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    rf"(?P<low>{_NUMBER})\s?(?P<plus>\+)?(?:\s?(?:-|–|—"
    rf"|to)\s?(?P<high>{_NUMBER})\s?(?P<high_plus>\+)?)?(?P<unit>)(?P<after>\+)?",
    re.IGNORECASE,
)
_MINIMUM = re.compile(
    r"(?:\b(?:at\s?-?least|minimum(?: of)?(?: an?)?|min\.?(?:imum)?|more than|over|approximately|about"
    r"|around|preferably|greater than|total(?: of)?)[\s:(-]{0,3}(?:of )?)$",
    re.IGNORECASE,
)
_MAXIMUM = re.compile(
    r"\b(?:up ?to|less than|under|maximum(?: of)?|max\.?|not more than|no more than|below"
    r"|within)\s{0,2}(?:of )?$",
    re.IGNORECASE,
)

_ASKS = re.compile(
    r"\b(?:experienc\w*|exp|expertise|background|track record|hands[- ]on|practical|practice|relevant"
    r"|related|professional|qualified|post[- ]qualification|seniority)\b",
    re.IGNORECASE,
)
_ASKS_AFTER = re.compile(
    r"^[’'s]*\s{0,3}\)?\s{0,2}(?:of\s|in\s|as\s|with\s|working|work\b|using|within\s"
    r"|(?:\w+ly )?(?:[a-z]+ing)\b|required|preferred|minimum|[a-z-]+ing/|leading|\w+ (?:and|or) \w+ing\b"
    r"|in$)",
    re.IGNORECASE,
)
_NO_EXPERIENCE_AFTER = re.compile(
    r"^['’]?s?[\s)-]{0,3}(?:old\b|of age|ago\b|in business\b(?! \w)|in a row|of (?:history|innovation|heritage"
    r"|excellence|operations?|service to|serving|age|growth|existence|tenure|continuous|employment\b(?! \w+ exp)"
    r"|leadership)"
    r"|(?:\w+ )?(?:warranty|contract|bond|program(?:me)?\b|degree|college|course|university|diploma"
    r"|curriculum|plan\b|roadmap|strategy|anniversary|history|tenure|duration|term\b|training|commitment"
    r"|agreement|lease|bachelor|service agreement|period|vesting|cliff|visa|fixed)"
    r"|(?:full[- ]time )?(?:education|of (?:full[- ]time |formal |regular )?(?:education|study|college"
    r"|schooling))|from (?:now|the date)|and (?:counting|growing)|since\b|later\b|prior to the)",
    re.IGNORECASE,
)
_NO_EXPERIENCE_BEFORE = re.compile(
    r"(?:\b(?:past|last|next|every|per|each|first|previous|coming|for over|for more than|for nearly"
    r"|for almost|for the|spans? (?:over|more than)|nearly|after|every|age(?:d)?|within(?: the)?"
    r"|in (?:just|only|under|over|less than)|(?:we|we've|company) (?:have |has )?(?:been )?\w* ?(?:for"
    r"|over)|celebrating|with over|graduated (?:in|within))"
    r"|\b(?:our|its|a history of|bond(?: of)?|contract(?: of)?|duration(?: of)?|commitment(?: (?:of"
    r"|for minimum))?|tenure(?: of)?))[\s:(]{1,3}(?:minimum (?:of )?|over |more than |at least )?$",
    re.IGNORECASE,
)
_COMPANY_SUBJECT = re.compile(
    r"\b(?:our|we|we've|founded|established|company|firm|organi[sz]ation|since|in business|team (?:has"
    r"|brings))\b",
    re.IGNORECASE,
)
_LABEL_BEFORE = re.compile(
    r"\b(?:experience|exp)\b\.?(?: (?:required|level|range|needed))?(?:\s?\([^()\n]{0,12}\))?\s{0,2}[:–-]\s{0,2}"
    r"(?:min\.?|minimum|at least)?\s?$",
    re.IGNORECASE,
)
_OF_APPLICANT = re.compile(r"\b(?:looking|need|seek|require|you|must|candidate|want|hiring)\b", re.IGNORECASE)
_OVERALL = re.compile(r"\b(?:total|overall|altogether|in all|all together)\b", re.IGNORECASE)
_RELEVANT = re.compile(r"\brelevant\b", re.IGNORECASE)
_OPTIONAL = re.compile(
    r"\b(?:preferred|preferabl[ey]|preference|desir(?:ed|able)|a plus|bonus|nice to have|good to have"
    r"|advantage|ideally|is plus)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[\n\r\t•;]|[.!?](?=\s|[A-Z]|$)|\)\s?(?=[A-Z])")
_TRAILING = re.compile(
    r"[\s,:(–-]*(?:\b(?:with|and|plus|including|or|of|at least|minimum|a)\b[\s,:(–-]*)*$", re.IGNORECASE
)

_NOT_ASKED: frozenset[str] = frozenset({"about_company", "benefits", "diversity", "how_to_apply"})
_ASKING: frozenset[str] = frozenset({"requirements", "skills", "preferred", "education"})  # "AI/ML: 3+ years"
MAX_YEARS = 30
RAW_CHARS = 200


@dataclass(frozen=True, slots=True)
class _Stated:
    low: float | None
    high: float | None
    raw: str
    start: int
    overall: bool
    relevant: bool
    optional: bool

    @property
    def size(self) -> float:
        return self.low if self.low is not None else (self.high or 0.0)


def read_experience(text: str, sections: Sequence[Section], field: str | None) -> Experience:
    """The experience a posting asks for; amounts in years.

    The board's own field comes first. In the text, an explicit overall statement is the main one, else the largest
    that is not optional (several skills each with its years say together what the largest says). `relevant_*` is the
    one called relevant, else the next statement of the same posting.
    """
    stated = _in_text(text, sections)
    board = _in_field(field)
    required = [one for one in stated if not one.optional] or stated
    main = board
    if main is None and required:
        overall = [one for one in required if one.overall]
        main = max(overall or required, key=lambda one: (one.size, -one.start))
    if main is None:
        return Experience()
    others = [one for one in required if one is not main and (one.low, one.high) != (main.low, main.high)]
    second = next((one for one in others if one.relevant), others[0] if others and board is None else None)
    return Experience(
        min=main.low,
        max=main.high,
        raw=main.raw,
        relevant_min=second.low if second else None,
        relevant_max=second.high if second else None,
        relevant_raw=second.raw if second else None,
    )


def _in_field(field: str | None) -> _Stated | None:
    match = _FIELD.search(field) if field else None
    if not match or field is None or re.search(r"month", field, re.IGNORECASE):
        return None
    low, high = _range(match, "")
    return _Stated(low, high, field.strip(), 0, False, False, False) if low is not None else None


def _in_text(text: str, sections: Sequence[Section]) -> list[_Stated]:
    found: list[_Stated] = []
    places = windows(text, ("year", "yr", "yoe", "y.o.e", "month", "exp"), 60, 40)
    for section in sections:
        if section.kind in _NOT_ASKED:
            continue
        inside = [(max(start, section.start), min(end, section.end)) for start, end in places]
        for pattern in (_STATEMENT, _LABELLED):
            for match in (
                match for start, end in inside if start < end for match in pattern.finditer(text, start, end)
            ):
                stated = _stated(text, match, section, labelled=pattern is _LABELLED)
                if stated and not any(one.start == stated.start for one in found):
                    found.append(stated)
    return sorted(found, key=lambda one: one.start)


def _stated(text: str, match: re.Match[str], section: Section, *, labelled: bool) -> _Stated | None:
    unit_start, unit_end = _unit_around(text, match.start(), match.end())
    left, right = (
        max(section.start, unit_start, match.start() - RAW_CHARS),
        min(section.end, unit_end, match.end() + RAW_CHARS),
    )
    clause_start = max((end.end() for end in _CLAUSE_END.finditer(text, left, match.start())), default=left)
    end = _CLAUSE_END.search(text, match.end(), right)
    clause_end = end.start() if end else right
    before, after = text[clause_start : match.start()], text[match.end() : clause_end]
    if not labelled and not _asks(match, before, after, section):
        return None
    minimum = _MINIMUM.search(before)
    low, high = _range(match, before)
    if low is None and high is None:
        return None
    start = match.start() - (len(minimum[0]) if minimum else 0)
    following = _STATEMENT.search(text, match.end(), clause_end)
    raw = text[start : following.start() if following else clause_end]
    if following:
        raw = _without_trailing(raw)
    near = before[-40:] + match[0] + after[:40]
    return _Stated(
        low,
        high,
        raw.strip(),
        match.start("low"),
        labelled or bool(_OVERALL.search(near) or _LABEL_BEFORE.search(before)),
        bool(_RELEVANT.search(raw[:60])),
        section.kind == "preferred" or bool(_OPTIONAL.search(raw)) or bool(_OPTIONAL.search(before[-30:])),
    )


def _without_trailing(words: str) -> str:
    """Words without "with", "and" … at their end, where the next statement was cut off."""
    match = _TRAILING.search(words)
    return words[: match.start()] if match else words


def _unit_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of the line or sentence around `start:end`."""
    known = units(text)
    number = max(0, bisect_right(known, start, key=lambda unit: unit.start) - 1)
    last = number
    while last + 1 < len(known) and known[last].end < end:
        last += 1
    return (known[number].start, max(end, known[last].end)) if known else (start, end)


def _asks(match: re.Match[str], before: str, after: str, section: Section) -> bool:
    if _NO_EXPERIENCE_AFTER.match(after) or _NO_EXPERIENCE_BEFORE.search(before):
        return False
    if _COMPANY_SUBJECT.search(before[-50:]) and not _OF_APPLICANT.search(before):
        return False
    if _MAXIMUM.search(before):
        return bool(_ASKS.search(after[:40]) or _ASKS.search(before[-40:]))
    asked = bool(_ASKS.search(after[:90]) or _ASKS.search(before[-60:]))
    if match["unit"].lower().startswith("month"):
        return bool(re.match(r"\s?(?:of )?(?:\w+ ){0,3}experience", after, re.IGNORECASE))
    return (
        asked
        or bool(_MINIMUM.search(before))
        or (bool(_ASKS_AFTER.match(after)) and section.kind != "summary")
        or (not after.strip(" .*)") and (section.kind in _ASKING or not before.strip(" -*·•")))
    )


def _range(match: re.Match[str], before: str) -> tuple[float | None, float | None]:
    low, high = _number(match["low"]), _number(match["high"])
    if (match["unit"] or "").lower().startswith("month"):
        low, high = round(low / 12, 2) if low else low, round(high / 12, 2) if high else high
    if low is None or low > MAX_YEARS or (high is not None and high > MAX_YEARS + 20):
        return None, None
    if high is not None and (match["high_plus"] or match["after"] or high <= low):
        high = None
    if high is None and _MAXIMUM.search(before):
        return None, low
    return low, high


def _number(text: str | None) -> float | None:
    if not text:
        return None
    return float(_NUMBER_WORDS[text.lower()]) if text.lower() in _NUMBER_WORDS else float(text)
