"""Where the job is: places of the gazetteer, in the board's location field first, then where the text states a
location.

Only stated locations count ("Location: Pune", "based in Berlin", a Hacker News headline); a city that the text merely
mentions (the company's offices, its customers) does not. The gazetteer is `data/places.csv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from jd_assets.engines.rules.phrases import PhraseTable, fold, read_table, split_list
from jd_assets.engines.rules.text import windows
from jd_assets.engines.rules.work_mode import mode_of
from jd_assets.records import JobLocation, WorkMode

MAX_LOCATIONS = 12
HEADLINE_CHARS = 600
SHORT_CODE = 3  # "IN", "CA", "UK" and "or" are places only beside another place, or in a location field


@dataclass(frozen=True, slots=True)
class Place:
    city: str | None
    state: str | None
    country: str
    aliases: tuple[str, ...]

    def lies_in(self, other: Place) -> bool:
        """Whether `other` is a state or country that can stand behind this place ("Pune, Maharashtra")."""
        return other.city is None and self.country == other.country and other.state in (None, self.state)


def _places() -> Iterable[Place]:
    for row in read_table("places.csv"):
        yield Place(row["city"] or None, row["state"] or None, row["country"], split_list(row["aliases"]))


def _names(place: Place) -> Iterable[str]:
    yield place.city or place.state or place.country
    yield from place.aliases


def _table() -> PhraseTable[tuple[Place, ...]]:
    meanings: dict[str, list[Place]] = {}
    spellings: dict[str, str] = {}
    for place in _places():
        for name in _names(place):
            meanings.setdefault(fold(name), []).append(place)
            spellings[fold(name)] = name
    return PhraseTable((spellings[key], tuple(places)) for key, places in meanings.items())


_PLACES = _table()
_CODES = frozenset(
    fold(name) for place in _places() for name in _names(place) if len(name.replace(".", "")) <= SHORT_CODE
)

_LABEL = re.compile(
    r"(?:location(?:s|\(s\))?|place of work|work site|city|venue)(?: of work"
    r"| details)?\s?(?:\*\*)?[:–-]\s*(?:\*\*)?(?P<places>[^\n\r•]{2,160})",
    re.IGNORECASE,
)
_LABEL_BEFORE = re.compile(
    r"(?:^|[\n\r\t•.|;)*])[ \t*•·-]{0,4}(?:(?:job|work|office|base|primary|posting|preferred|working"
    r"|position) )?$",
    re.IGNORECASE,
)
_PHRASE = re.compile(r"(?:in|at|of|our)\s(?P<places>[A-Z][^\n\r.;:!?()]{2,70})")
_PHRASE_BEFORE = re.compile(
    r"\b(?:(?:based|located|position|role|job|works?|working|office|team|hiring|opening|opportunity|site"
    r"|vacancy)(?: (?:out|is|can be|will be|located|based|for|our|are))*|join|from)\s$",
    re.IGNORECASE,
)
_TITLE_PARTS = re.compile(r"[|()\[\]–—:;]|\s-+\s?|-\s|\b(?:in|at|based in)\s(?:the\s)?")
_UNKNOWN_TOWN = re.compile(r"\s*(?P<town>[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3}),\s")
_LABEL_END = re.compile(
    r"\.(?=\s|$)|\b(?:experience|salary|shift|job type|responsibilities|qualification|duration|notice"
    r"|work mode|description|about|skills|position|department)\b",
    re.IGNORECASE,
)


def read_locations(title: str, text: str, field: str | None, mode: WorkMode | None) -> tuple[JobLocation, ...]:
    """The job's locations, each with the posting's work mode; empty where none is stated.

    The first source that names a known place wins: the board's field, a labelled statement or phrase in the text, the
    title.
    """
    places = _in_field(field) if field else []
    places = places or _in_title(title) or _stated(text)
    if not places and not title.strip():
        places = _in_title(next((line for line in text[:HEADLINE_CHARS].splitlines() if line.strip()), ""))
    mode = mode or mode_of(field)
    return tuple(
        JobLocation(
            city=place.city,
            state=place.state,
            country=place.country,
            aliases=tuple(alias for alias in place.aliases if "/" not in alias and alias != place.city),
            work_mode=mode,
        )
        for place in places[:MAX_LOCATIONS]
    )


def _in_field(field: str) -> list[Place]:
    """A location field names places only, so a town that the gazetteer lacks is taken from before its state or
    country."""
    places = _resolve(field, codes=True)
    match = _UNKNOWN_TOWN.match(field)
    if (
        match
        and len(places) == 1
        and places[0].city is None
        and not _resolve(match["town"], codes=True)
        and mode_of(match["town"]) is None
    ):
        return [replace(places[0], city=match["town"].strip(), aliases=())]
    return places


def place_words(text: str) -> list[tuple[int, int]]:
    """Spans of words of `text` that name a place for sure (no short codes)."""
    return [(hit.start, hit.end) for hit in _PLACES.find(text) if not _is_code(text[hit.start : hit.end])]


def _in_title(title: str) -> list[Place]:
    """A place in a title or headline is a part of its own ("Driver - Pune", "Acme | Driver | Portland, OR") or follows
    "in"."""
    by_marks = _TITLE_PARTS.split(title)
    by_commas = title.split(", ")
    for part in (*by_marks[len(by_marks) == 1 :], *by_commas[1:]):
        hit = next(iter(_PLACES.find(part)), None)
        if hit is not None and hit.start <= 2 and part[hit.start].isupper() and _is_whole(part, hit.start):
            found = _resolve(part, codes=False)
            if found:
                return found
    return []


def _is_whole(part: str, start: int) -> bool:
    """Whether a part of a title holds little besides places."""
    named = sum(hit.end - hit.start for hit in _PLACES.find(part))
    return named >= 0.6 * sum(char.isalnum() for char in part[start:])


def _stated(text: str) -> list[Place]:
    for start, end in windows(text, ("location", "place of work", "work site", "city", "venue"), 0, 220):
        for match in _LABEL.finditer(text, start, end):
            if _LABEL_BEFORE.search(text, max(0, match.start() - 20), match.start()):
                stop = _LABEL_END.search(match["places"])
                found = _resolve(match["places"][: stop.start()] if stop else match["places"], codes=True)
                if found:
                    return found
    for match in _PHRASE.finditer(text):
        if _PHRASE_BEFORE.search(text, max(0, match.start() - 40), match.start()) and _starts_with_place(
            match["places"]
        ):
            return _resolve(match["places"], codes=False)
    return []


def _starts_with_place(words: str) -> bool:
    hit = next(iter(_PLACES.find(words)), None)
    return hit is not None and hit.start <= 25 and words[hit.start].isupper()


def _resolve(words: str, *, codes: bool) -> list[Place]:
    """Places named in `words`, in order; a state or country behind a city completes it."""
    hits = [hit for hit in _PLACES.find(words[:400]) if _counts(words, hit.start, hit.end, codes)]
    found: list[Place] = []
    number = 0
    while number < len(hits):
        context = [place for hit in hits[number + 1 : number + 3] for place in hit.value]
        place = _choose(hits[number].value, context, found, words[: hits[number].start].rstrip().endswith(","))
        number += 1
        while (
            number < len(hits)
            and any(place.lies_in(other) for other in hits[number].value)
            and _adjoins(words, hits[number - 1].end, hits[number].start)
        ):
            number += 1
        if place not in found:
            found.append(place)
    return [one for one in found if not any(other is not one and other.lies_in(one) for other in found)]


def _counts(words: str, start: int, end: int, codes: bool) -> bool:
    word = words[start:end]
    if not _is_code(word):
        return word[:1].isupper() or codes
    if not word.replace(".", "").isupper():
        return False
    return codes or word in ("USA", "U.S.", "UK", "UAE", "NYC", "US") or words[:start].rstrip().endswith(",")


def _is_code(word: str) -> bool:
    return fold(word) in _CODES


def _choose(meanings: tuple[Place, ...], context: list[Place], found: list[Place], after_comma: bool) -> Place:
    """Of several places of one name, the one that what follows (or went before) confirms; else the city, the first
    listed."""
    for place in meanings:
        if place.city and any(place.lies_in(other) for other in context):
            return place
    if after_comma and len(meanings) > 1:  # "Clovis, CA" is in California, a lone "CA" is Canada
        states = [place for place in meanings if place.state and not place.city and place.country == "United States"]
        meanings = (*states, *meanings)
    for place in meanings:
        if any(other.lies_in(place) or (place.lies_in(other) and other.city is None) for other in found + context):
            return place
    return next((place for place in meanings if place.city or after_comma), meanings[0])


def _adjoins(words: str, end: int, start: int) -> bool:
    gap = words[end:start]
    return len(gap) <= 12 and not any(mark in gap for mark in ";|\n/")
