"""The role that a title names: its clean words, its other names, its seniority and what kind of work it is.

Titles carry much else: places, counts, ids, calls to apply, several roles at once. The role is the part that holds a word for
an occupation ("engineer", "analyst"); the word lists are `data/title_words.csv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jd_assets.engines.rules.locations import place_words
from jd_assets.engines.rules.phrases import read_table

_WORDS: dict[str, frozenset[str]] = {}
for _row in read_table("title_words.csv"):
    _WORDS[_row["list"]] = _WORDS.get(_row["list"], frozenset()) | {_row["word"]}
HEADS = _WORDS["head"]  # words for an occupation
_GENERAL_HEADS = _WORDS["general_head"]  # heads that say little alone: "Manager", "Lead", "VP"
_PREFIX_HEADS = _WORDS["prefix_head"]  # "VP Data", but "Data Manager"
_EMPLOYMENT = _WORDS["employment"]  # "Full-time", "Remote", "Contract": about the job, not the role

_SENIORITIES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("intern", re.compile(r"\b(?:intern(?:ship)?|trainee|apprentice(?:ship)?|working student|co-op)\b", re.IGNORECASE)),
    ("executive", re.compile(r"\b(?:chief|c[etfo]o|cto|cio|ciso|cfo|coo|cmo|vice[- ]president|[se]?vp|avp|president|director|head|founder|co-?founder|founding)\b", re.IGNORECASE)),
    ("principal", re.compile(r"\b(?:principal|distinguished|fellow)\b", re.IGNORECASE)),
    ("staff", re.compile(r"\bstaff\b(?! (?:nurse|accountant|writer))", re.IGNORECASE)),
    ("lead", re.compile(r"\b(?:lead|team[- ]lead(?:er)?|tech(?:nical)? lead)\b", re.IGNORECASE)),
    ("senior", re.compile(r"\b(?:senior|sr|snr|iii|iv|experienced)\b\.?", re.IGNORECASE)),
    ("junior", re.compile(r"\b(?:junior|jr|jnr|entry[- ]level|graduate|fresher|freshers|beginner|new grad|associate)\b\.?", re.IGNORECASE)),
    ("mid", re.compile(r"\b(?:mid|mid[- ]?(?:level|senior|weight)|intermediate|ii)\b", re.IGNORECASE)),
    ("manager", re.compile(r"\b(?:manager|supervisor|management)\b", re.IGNORECASE)),
)  # fmt: skip
_LEVEL_WORDS = re.compile(
    r"\b(?:mid[- ]?(?:level)?[ /-]+(?:to[ -])?(?:senior|sr\.?)(?:[- ]level)?|senior|snr|sr|junior|jnr|jr|mid[- ]?(?:level|senior|weight)|mid|entry[- ]level|intermediate|principal|experienced|beginner|fresher'?s?|new grad|level|distinguished)(?:\b\.?|(?<=\.))(?:\s?/\s?(?=[A-Z]))?"
    r"|\b(?:staff|lead|associate|graduate|founding)\s+(?=[A-Z][\w+#.]*(?: [\w+#./&-]+){0,4}$)|\b(?:I{1,3}|IV|V|[1-5]|L[1-7])\b(?:\s?[&/,-]\s?(?:I{1,3}|IV|V|[1-5]|L?[1-7])\b)*\s*$",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"^\s*(?:(?:urgent(?:ly)?|immediate|mass|bulk|now|we(?:'re| are)|is|currently|actively|walk-?in|mega|exclusive)\s+)*(?:(?:hiring|require(?:d|ment)?s?|opening|openings|opportunity|vacancy|looking|wanted|joiners?|drive|interview|need(?:ed)?|recruit(?:ing|ment)?|job|jobs|position|seeking)\b[\s:!-]*)+(?:for|of|as|at|:|-|–)?\s+(?:an?\s+|the\s+)?(?:position of |role of |post of )?",
    re.IGNORECASE,
)
_EMPLOYER_HIRES = re.compile(r"^(?P<company>.{2,60}?)\s+(?:is |are )?(?:currently |now |urgently )?(?:hiring|recruiting|recruits?|seeks?|needs?|requires?|looking)(?: for)?[\s:]+(?:an? |the )?(?P<role>.{3,})$", re.IGNORECASE)
_TRAILING_CALL = re.compile(r"\s*[-–,|!]*\s*\b(?:urgent(?:ly)?(?: (?:hiring|required|opening|requirement))?|hiring(?: now)?!*|needed|required|wanted|immediate (?:joiner|start|hiring)s?|apply now|opening|openings|position|vacancy|job|jobs)\b[\s!.]*$", re.IGNORECASE)
_JUNK = re.compile(
    r"\b(?:req(?:uisition)?|job|ref|id|jr|r)\s?(?:id|no|code|number)?\s?[:#.-]{1,2}\s?[A-Z]{0,4}[-_]?\d{2,}\b|#\s?\d+|\b\d{4,}\b|\b\d+\s?(?:positions?|openings?|vacanc(?:y|ies)|nos?)\b|\bx\s?\d+\b|[\U0001F000-\U0001FAFF\u2600-\u27BF\ufe0f★☆✨]+"
    r"|\(?\b[mfwd]\s?/\s?[mfwdx]\s?(?:/\s?[mfwdx*]\s?)?\)?(?![a-z])|\ball genders\b|\$\s?\d[\d,.]*[kK]?\+?(?:\s?-\s?\$?\d[\d,.]*[kK]?)?(?:\s?/\s?\w+)?|\b\d+(?:\s?-\s?\d+)?\s?\+?\s?(?:years?|yrs?)\b(?: of)?(?: exp\w*)?|\b(?:lpa|lakhs?)\b",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s{2,}|\s*(?:[\n\t|;•·–—~]|\s-+\s|(?<=\w)-\s|\s-(?=\w)|//|,(?!\d)|:|\bfor the\b|\s@\s|\s(?:at|with)\s(?=[A-Z]))\s*")
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]{0,120})[)\]}]?")
_ALTERNATIVE = re.compile(r"\s*(?:/|\bor\b|&|\band\b|\+)\s*", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][\w+#.'’]*")
_WANTED = re.compile(
    r"\b(?:looking for|seeking|hiring(?: for)?|hire|searching for|in need of|recruiting|join (?:us|our team|our \w+ team) as|role of|position of|opening for|as) "
    r"(?:(?:an?|our|the|one|two|several|multiple|talented|passionate|skilled|highly|motivated|experienced|exceptional|great|strong|awesome|dynamic|creative|full[- ]?time|part[- ]time|new|another|more|some|and|also|following|good|smart),? ){0,6}"
    r"(?P<words>[A-Za-z][\w+#./&-]*(?: [A-Za-z][\w+#./&-]*){0,5})",
    re.IGNORECASE,
)
_URL = re.compile(r"\(?(?:https?://|www\.)\S+|\S+@\S+")

MAX_ALIASES = 8
MAX_ROLE_WORDS = 8
_TITLE_CHARS = 300
_HEADLINE_CHARS = 250
_SHORT_LINE = 80  # a first line of the text that may be its title


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says. `role` is None when neither title nor text names an occupation."""

    role: str | None
    aliases: tuple[str, ...]
    seniority: str | None
    archetype: str | None
    company: str | None  # where the title itself names it: "Acme is hiring a driver", "Acme | Driver | Pune"


def read_title(title: str, company: str | None, text: str) -> Title:
    """The role of a posting, from its title, else from the first line or sentences of its text."""
    words = title.strip()[:_TITLE_CHARS]
    named = _from_headline(words, company) if words else None
    if named is None or named.role is None:
        named = _from_text(text, company) or named
    if named is None:
        return Title(None, (), None, None, None)
    if named.role is None and words:  # no word for an occupation: the title's own words are the best there is
        role = _clean(words) or words
        return Title(role, (), seniority_of(words), archetype_of(role), named.company)
    return named


def seniority_of(title: str) -> str | None:
    """The level that a title names: intern, junior, mid, senior, lead, staff, principal, manager or executive."""
    return next((name for name, pattern in _SENIORITIES if pattern.search(title)), None)


def archetype_of(role: str) -> str:
    """The kind of work, by the words of the role: the first matching row of `data/archetypes.csv`."""
    words = {word.lower().rstrip(".") for word in _WORD.findall(role)} | {word.lower().rstrip("s") for word in _WORD.findall(role)}
    joined = f" {role.lower()} "
    for archetype, needs, also in _ARCHETYPES:
        if any((need in words if " " not in need else f" {need} " in joined) for need in needs) and (not also or words & also):
            return archetype
    return "Other"


_ARCHETYPES: tuple[tuple[str, tuple[str, ...], frozenset[str]], ...] = tuple(
    (row["archetype"], tuple(row["words"].split(";")), frozenset(filter(None, row["and_one_of"].split(";"))))
    for row in read_table("archetypes.csv")
)


# --- from a title -------------------------------------------------------------------------------------------------


def _from_headline(words: str, company: str | None) -> Title | None:
    hires = _EMPLOYER_HIRES.match(words)
    employer = None
    if hires and _has_head(hires["role"]) and not _has_head(hires["company"]):
        employer, words = hires["company"].strip(), hires["role"]
    words = _CALL.sub("", words, count=1) or words
    brackets = [match[1] for match in _BRACKETS.finditer(words)]
    outside = _JUNK.sub(" ", _BRACKETS.sub(" ", words))
    segments = [segment for segment in map(_strip, _SEPARATOR.split(outside)) if segment]
    if company:
        segments = [segment for segment in segments if segment.lower() != company.lower()] or segments
    chosen = next((segment for segment in segments if _has_head(segment, own=True)), None)
    chosen = chosen or next((segment for segment in segments if _has_head(segment)), None)
    if chosen is None:
        inside = next((text for text in brackets if _has_head(text)), None)
        if inside is None:
            return Title(None, (), seniority_of(words), None, employer)
        chosen, brackets = inside, []
    base = _clean(chosen)
    if _only_general(base) or len(base.split()) == 1:
        base = _completed(base, segments, chosen)
    after = segments[segments.index(chosen) + 1 :] if chosen in segments else []
    others = [segment for segment in segments if segment is not chosen and _has_head(segment)]
    others += [segment for segment in after if len(segment.split()) <= 2 and not _has_head(segment)]
    role, aliases = _variants(base, [*others, *brackets], _strip(chosen))
    return Title(role, aliases, seniority_of(words), archetype_of(f"{role} {outside}" if _only_general(role) else role), employer or _first_name(segments, chosen, words))


def _only_general(role: str) -> bool:
    return all(word.lower() in _GENERAL_HEADS or word.lower() in ("of", "assistant", "the") for word in _WORD.findall(role))


def _completed(base: str, segments: list[str], chosen: str) -> str:
    """"Manager - Business Development" is a Business Development Manager, "VP - Data" a VP Data."""
    at = segments.index(chosen)
    for other in segments[at + 1 : at + 2] + segments[max(0, at - 1) : at]:
        if not _has_head(other, own=True) and not _is_place(other) and other.lower() not in _EMPLOYMENT:
            prefix = any(word.lower() in _PREFIX_HEADS for word in _WORD.findall(base))
            return f"{base} {_clean(other)}" if prefix else f"{_clean(other)} {base}"
    return base or chosen


def _variants(base: str, others: list[str], full: str) -> tuple[str, tuple[str, ...]]:
    """The role and its other names."""
    named = _split_alternatives(base)
    role = named[0]
    aliases = [*named[1:], *([base] if base != role else []), full]
    for other in others:
        aliases += _from_other(other, role)
    for name in (role, *aliases[:4]):
        aliases += _swapped(name)
    unique: dict[str, str] = {}
    for alias in aliases:
        clean = " ".join(alias.split())
        if clean and clean.lower() != role.lower() and len(clean) <= 80 and not _only_general(_LEVEL_WORDS.sub(" ", clean)):
            unique.setdefault(clean.lower(), clean)
    return role, tuple(unique.values())[:MAX_ALIASES]


def _split_alternatives(base: str) -> list[str]:
    """"Frontend/Backend Developer" is a Frontend Developer and a Backend Developer; "Data Analyst / Scientist" two too."""
    parts = [part.strip() for part in re.split(r"\s*/\s*|\s+\bor\b\s+", base, flags=re.IGNORECASE) if part.strip()]
    if len(parts) < 2:
        return [base]
    head = _head(parts[-1])
    if head is None:
        return [parts[0]] if _has_head(parts[0]) else [base]
    names = [part if _has_head(part) else f"{part} {head}" for part in parts]
    return names if len(names[0].split()) <= MAX_ROLE_WORDS else [base]


def _from_other(words: str, role: str) -> list[str]:
    """Names from other parts of the title: another role, or what the role works with ("Software Engineer (Java)")."""
    words = re.sub(r"^(?:with|using|in|on|or)\s+|\s+(?:exp|experience|skills)\.?$", "", _clean(words), flags=re.IGNORECASE)
    if not words or words.lower() in _EMPLOYMENT or _is_place(words) or mode_word(words):
        return []
    if _has_head(words, own=True):
        return [] if _only_general(words) else _split_alternatives(words)
    head = _head(role)
    tools = [tool.strip() for tool in re.split(r"[,/&]|\band\b|\bor\b", words) if tool.strip()]
    if head is None or not (1 <= len(tools) <= 4) or any(len(tool.split()) > 3 or not tool[0].isalnum() for tool in tools):
        return []
    return [f"{tool} {head}" for tool in tools if not _is_place(tool)]


def _swapped(name: str) -> list[str]:
    for one, other in (("Engineer", "Developer"), ("Developer", "Engineer")):
        if re.search(rf"\b{one}\b", name, re.IGNORECASE) and not re.search(r"\b(?:data|devops|network|systems?|security|mechanical|civil|sales|support|qa|test|quality|site|electrical|process|infrastructure|cloud|reliability|business)\b", name, re.IGNORECASE):
            return [re.sub(rf"\b{one}(s?)\b", rf"{other}\1", name, flags=re.IGNORECASE)]
    return []


def _clean(segment: str) -> str:
    """A segment without levels, calls to apply, employment terms and marks."""
    words = _JUNK.sub(" ", _BRACKETS.sub(" ", segment))
    words = _TRAILING_CALL.sub("", _CALL.sub("", words, count=1))
    bare = _strip(_LEVEL_WORDS.sub(" ", words))
    kept = [word for word in bare.split() if word.lower().strip(",.") not in _EMPLOYMENT]
    bare = _strip(" ".join(kept))
    head = _last_head(bare)
    if head is not None and len(bare.split()) > 4:  # what follows the occupation is a place or a programme
        tail = bare[head:].strip()
        if _is_place(tail) or re.match(r"(?:in|at|for|with|to|on|from|based|needed|paid|who)\b", tail, re.IGNORECASE):
            bare = _strip(bare[:head])
    else:
        bare = _strip(re.sub(r"\s(?:in|at|based in)\s[A-Z].*$", "", bare)) or bare
    return _cased(bare if _WORD.search(bare) else _strip(words))


def _cased(words: str) -> str:
    """"SOFTWARE ENGINEER" and "software engineer" read as "Software Engineer"; short capitals are names."""
    if words.isupper() and len(words) > 5:
        return " ".join(word if len(word) <= 3 and word.lower() not in HEADS else word.capitalize() for word in words.split())
    return " ".join(word[:1].upper() + word[1:] if word.lower() in HEADS or words.islower() else word for word in words.split())


def _strip(words: str) -> str:
    return " ".join(words.split()).strip(" -–—|,;:/&.!*_#~+\"'“”")


def _is_head(word: str) -> bool:
    low = word.lower().rstrip(".")
    return low in HEADS or (low.endswith("s") and low[:-1] in HEADS)


def _has_head(words: str, *, own: bool = False) -> bool:
    """Whether an occupation is named; `own`: one that says something alone (not just "Lead" or "Manager")."""
    found = [word for word in _WORD.findall(words) if _is_head(word)]
    return any(not own or word.lower() not in _GENERAL_HEADS for word in found) or (own and bool(found) and len(words.split()) > 1 and not _only_general(_clean(words)))


def _head(words: str) -> str | None:
    """The words from the first that is part of the occupation's name: "Developer" of "Java Developer"."""
    found = [word for word in _WORD.findall(words) if _is_head(word)]
    return found[-1] if found else None


def _last_head(words: str) -> int | None:
    ends = [match.end() for match in _WORD.finditer(words) if _is_head(match[0])]
    return ends[-1] if ends else None


def _is_place(words: str) -> bool:
    spans = place_words(words)
    named = sum(end - start for start, end in spans)
    return bool(spans) and named >= 0.6 * sum(char.isalnum() for char in words)


def mode_word(words: str) -> bool:
    """Whether a part of a title speaks of where or how long one works, not of the role."""
    return bool(re.match(r"^(?:100% )?(?:remote|hybrid|on-?site|wfh|work from home|full|part|contract|permanent|temporary|freelance|night|day|shift|us only|visa)\b", words, re.IGNORECASE))


def _first_name(segments: list[str], chosen: str, words: str) -> str | None:
    """The employer in "Acme | Driver | Pune": a first segment that names no occupation."""
    first = segments[0] if segments else ""
    headline = words.count("|") >= 2 or (words.count(" - ") >= 2 and chosen is not first)
    if headline and chosen is not first and not _has_head(first) and not _is_place(first) and not mode_word(first):
        return first
    return None


# --- from the text ------------------------------------------------------------------------------------------------


def _from_text(text: str, company: str | None) -> Title | None:
    """A first line that is a title or a Hacker News headline, else "we are looking for an experienced X"."""
    first = next((line.strip() for line in text[:2000].splitlines() if line.strip()), "")
    headline = _URL.sub(" ", first)[:_HEADLINE_CHARS]
    if len(first) <= _SHORT_LINE or len(_SEPARATOR.findall(headline)) > 1:
        named = _from_headline(headline, company)
        if named and named.role and len(named.role.split()) <= MAX_ROLE_WORDS:
            return named
    employer = _employer_of(headline)
    for match in _WANTED.finditer(text[:6000]):
        role = _up_to_head(match["words"])
        if role:
            name, aliases = _variants(role, [], role)
            return Title(name, aliases, seniority_of(match[0]), archetype_of(name), employer)
    return Title(None, (), None, None, employer) if employer else None


def _up_to_head(words: str) -> str | None:
    """"backend engineers to build" is a Backend Engineer; None when no occupation is among the words."""
    taken: list[str] = []
    for word in words.split():
        bare = word.strip(".,/")
        taken.append(bare)
        if _is_head(bare) and bare.lower() not in _GENERAL_HEADS:
            if bare.lower() not in HEADS:
                taken[-1] = bare[:-1]
            return _clean(_titled(" ".join(taken)))
    return None


def _employer_of(headline: str) -> str | None:
    parts = [part for part in map(_strip, _SEPARATOR.split(_BRACKETS.sub(" ", headline))) if part]
    if len(parts) >= 3 and len(parts[0].split()) <= 5 and not _has_head(parts[0]) and not _is_place(parts[0]):
        return parts[0]
    return None


def _titled(words: str) -> str:
    return " ".join(_title_word(word) for word in words.split())


def _title_word(word: str) -> str:
    return word if not word.islower() or word in ("of", "and", "or", "in", "for") else word[:1].upper() + word[1:]
