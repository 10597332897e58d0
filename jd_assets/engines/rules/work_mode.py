"""Where the work is done: on site, remote or hybrid, as the posting states it.

"Remote" is also a word of technology (remote sensing) and of perks (remote options); a statement about the job is told
from those by the words around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jd_assets.engines.rules.text import windows
from jd_assets.records import WorkMode

_HYBRID = re.compile(
    r"\bhybrid[\s-](?:work\w*|role|position|model|set-?up|schedule|arrangement|remote|job|mode|office"
    r"|basis|policy|team\b|company|opportunity|employee|\(|[-–]|full|part|in\b|from|based|flexible|onsite"
    r"|on-site|wfh|location|environment where|format)\b"
    r"|(?:work(?:ing|place)?[\s-]?(?:mode|arrangement|set-?up|model|type|location|style|environment|policy"
    r"|schedule|option)?s?|location|set-?up|arrangement|mode|role type|job type|type|remote|onsite"
    r"|on-site)\s?[:|,–(-]{1,2}\s?[^.\n]{0,40}\bhybrid\b"
    r"|[(\[|,]\s?hybrid\b|\bhybrid\s?[)\]|]|^\s*[-•*]?\s*hybrid\s*$|\b(?:is|are|'re"
    r"|in) (?:a )?(?:fully )?hybrid(?: (?:role|position|team|work\w*|in|and|with|\())?\b(?! (?:cloud|app"
    r"|mobile))"
    r"|\bhybrid from\b|#LI-Hybrid\b|\b(?:full|part)[- ]time hybrid\b"
    r"|\b(?:\d|one|two|three|four)(?:\s?(?:-|to|or)\s?\d)?\s?(?:\+ )?(?:days?|x)\s?(?:/|a|per|each|every"
    r"|in a)?\s?(?:week|wk)?[\s,]{0,2}(?:in|at|from|on|working from|work from)?[\s-](?:the |our "
    r"|an? )?(?:office|on-?site|home|WFO|WFH|remote)"
    r"|\bonsite\b[^.\n]{0,40}\bwfh\b(?! (?:set ?up )?based)|\b(?:mix|combination|blend|split"
    r"|balance)(?: of| between)? (?:remote|home|wfh|in[- ]office|office|on-?site)\b",
    re.IGNORECASE | re.MULTILINE,
)
_REMOTE = re.compile(
    r"(?:100\s?%|\b(?:fully|full|completely|permanent(?:ly)?|entirely|totally|all|always|work(?:ing)?"
    r"|(?:full|part)[- ]time,?|this is an?|contract,?|is an?|primarily|long[- ]term"
    r"|be))[\s-]{1,2}remote(?:ly)?\b(?! (?:option|sens|team|site|locat|area|support|server|device|desktop"
    r"|customer|employ|access|user|client|office|control|monitor|mix|region|communit|sales office"
    r"|contractors))"
    r"|\b(?:work|working|works|operate|operates|operating|collaborate|live and work|perform(?:ed)?"
    r"|employed|done|hire|hiring|team|position|role|job)\s(?:\w+ )?(?:fully )?remotely\b"
    r"|\bfrom home\b(?! (?:as needed|when|if|occasion|some))|\bWFH\b|\bhome[- ]based\b|\btelecommut\w+"
    r"|\btelework\w*|\bwork from any(?:where| location)\b|\b(?:from|work) wherever\b"
    r"|\bwherever and whenever\b|\blocation[- ]independent\b"
    r"|\bremote[\s,/-]{1,2}(?:position|role|job|work(?:er)?(?! (?:option|tool|force))|opportunity|only"
    r"|first|friendly|based|ok\b|possible|worldwide|global|distributed|anywhere|within|US\b|USA\b|UK\b"
    r"|Europe|EU\b|India|contract|full|setting|set-?up|working|in\b|from|positions|available|allowed"
    r"|welcome|preferred|candidates?|considered|(?:work )?environment|company|culture|basis|internship"
    r"|freelance|engineers?|developers?|designers?|software)\b"
    r"|(?:\blocations?|\bwork(?:place|ing)?[\s-]?(?:mode|arrangement|set-?up|model|type|location)?|\btype"
    r"|\bsetup|\bposition|\brole)\s?[:|–-]{1,2}\s?(?:[^.\n:]{0,30}[\s(,/|-])?remote\b|[(\[|]\s?(?:100% "
    r"|fully |US |USA |UK |EU )?remote\b|\bremote\s?(?:[)\]|]|$)|#LI-Remote\b|\bopportunit(?:y|ies) (?:for"
    r"|to) (?:remote work|work remotely)|\bremotely (?:from|based|in)\b|^\s*[-•*]?\s*(?:100% )?remote\b",
    re.IGNORECASE | re.MULTILINE,
)
_ONSITE = re.compile(
    r"\bon-?site[\s-](?:role|position|job|work(?!shop)|only|in\b|at (?:our|the)|required|full|contract"
    r"|location|[-–] |presence|based|employment|opportunity|set-?up|monday|daily|5)\b|\b(?:full[- ]time"
    r"|work(?:ing|s)?|fully|100\s?%|is an?|must be|be|strictly|permanent|report|reporting)(?: (?:an?|on"
    r"|role|role:|is|to|full-?time|physically))?,?[\s-]on-?site\b(?! (?:and|visits?|support|with clients"
    r"|when|if|training|meetings|at (?:client|customer)))"
    r"|\bwork(?:ing|s)? from (?:the |our )?(?:\w+ ){0,2}office\b|\bWFO\b"
    r"|\bin[- ](?:the[- ])?office[\s-](?:role|position|job|work\w*|only|based|set-?up|full|in\b|5|five"
    r"|every|monday|environment)|\boffice[- ]based\b|\b(?:report|reporting|come"
    r"|commute) (?:physically )?(?:to|at|in|into) (?:the|our) (?:\w+ )?office\b|\bno remote\b"
    r"|\bnot (?:a )?remote\b|\bremote(?: work)? (?:is )?not (?:possible|available|allowed|an option"
    r"|offered)|\bin[- ]person (?:role|position|job|work)\b"
    r"|\b(?:work ?(?:location|mode|place|arrangement|type|set-?up)?s?|locations?|set-?up|arrangement|mode"
    r"|type)\s?(?:& \w+)?\s?[:|–-]{1,2}\s?(?:[^.\n:]{0,40}[\s(,/|-])?(?:on-?site|in person|in-person"
    r"|in[- ]office|work from office)\b|[(\[|]\s?on-?site\b|\bon-?site\s?[)\]|]|#LI-Onsite\b"
    r"|^\s*[-•*]?\s*on-?site\s*$|\bfull[- ]?time from (?:the|their|our|your) (?:\w+ )?(?:office"
    r"|location)\b|\b5 days (?:a week )?(?:in|at|from) (?:the )?office\b|\ball (?:5|five) days (?:in"
    r"|from) (?:the )?office\b",
    re.IGNORECASE | re.MULTILINE,
)
_TRIGGERS = (
    *("remote", "hybrid", "onsite", "on-site", "on site", "office", "home", "wfh", "wfo", "telecommut", "telework"),
    *(
        "anywhere",
        "wherever",
        "in-person",
        "in person",
        "any location",
        "location-independent",
        "location independent",
        "their base",
        "days",
    ),
)
WINDOW = 100  # characters on each side in which a statement about the work mode must stand
_UNCERTAIN_AFTER = re.compile(
    r"^[^.\n]{0,20}\b(?:options?|possibilit|considered|may be|might be|if needed|after \d|for the first"
    r"|interview|onboarding|during)\b",
    re.IGNORECASE,
)
_NEGATED_BEFORE = re.compile(
    r"\b(?:no|not|non|isn't|cannot|won't|without|never|previously|flexible work environment with"
    r"|perks?:?)[\s-]{1,2}(?:\w+ ){0,2}$",
    re.IGNORECASE,
)
_WHENEVER_BEFORE = re.compile(
    r"\b(?:when(?:ever)?|if|occasional(?:ly)?|allowance|support|visit(?:s|ing)?)\s(?:\w+\s){0,3}$", re.IGNORECASE
)
_FIELD_WORDS: tuple[tuple[WorkMode, re.Pattern[str]], ...] = (
    ("hybrid", re.compile(r"\bhybrid\b", re.IGNORECASE)),
    ("onsite", re.compile(r"\bon-?site\b|\boffice\b|\bin[- ]person\b|\bno remote\b|\bnot remote\b", re.IGNORECASE)),
    (
        "remote",
        re.compile(
            r"\bremote\b|\bwfh\b|\bwork from home\b|\banywhere\b|\bworldwide\b|\btelecommute\b|^\s*(?:true|yes|1"
            r"|1\.0)\s*$|\bhome[- ]based\b",
            re.IGNORECASE,
        ),
    ),
)


def read_work_mode(title: str, text: str, location: str | None, field: str | None) -> WorkMode | None:
    """The work mode as stated: the board's own field, else title, location and text; None when nothing says it."""
    for own in (field, title, location):
        mode = mode_of(own)
        if mode is not None:
            return mode
    places = windows(text, _TRIGGERS, WINDOW, WINDOW)
    hybrid, remote, onsite = (next(_statements(pattern, text, places), None) for pattern in (_HYBRID, _REMOTE, _ONSITE))
    if hybrid is not None:
        return "hybrid"
    if remote is not None and (onsite is None or remote < onsite):
        return "remote"
    return "onsite" if onsite is not None else None


def mode_of(words: str | None) -> WorkMode | None:
    """The work mode that a short field (a title, a location, a board's own flag) names."""
    if words:
        for mode, pattern in _FIELD_WORDS:
            if pattern.search(words):
                return mode
    return None


def _statements(pattern: re.Pattern[str], text: str, places: Sequence[tuple[int, int]]) -> Iterator[int]:
    for match in (match for start, end in places for match in pattern.finditer(text, start, end)):
        if _NEGATED_BEFORE.search(text, max(0, match.start() - 40), match.start()) and pattern is not _ONSITE:
            continue
        if pattern is _ONSITE and _WHENEVER_BEFORE.search(text, max(0, match.start() - 40), match.start()):
            continue
        if pattern is _REMOTE and _UNCERTAIN_AFTER.match(text[match.end() : match.end() + 40]):
            continue
        yield match.start()
