"""The role that a posting is for: from its title, else from the first line or sentences of its text.

Titles carry much else: places, counts, ids, calls to apply, several roles at once. The role is the part that names an
occupation; its other names are its aliases. Words are judged in `title_words.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jd_assets.engines.rules.title_words import (
    BRACKETS,
    GENERAL_HEADS,
    HEADS,
    PREFIX_HEADS,
    WORD,
    archetype_of,
    clean,
    head_of,
    is_employment,
    is_head,
    is_place,
    names_role,
    only_general,
    seniority_of,
    strip,
    without_call,
    without_junk,
    without_level,
)

MAX_ALIASES = 8
MAX_ALIAS_CHARS = 80
MAX_ROLE_WORDS = 8
MAX_TOOLS = 4  # "(Java, Scala, Python)" names tools, a longer list is something else
TITLE_CHARS = 300
HEADLINE_CHARS = 250
SHORT_LINE = 80  # a first line of the text that may be its title
WANTED_CHARS = 6_000  # where in the text "we are looking for a …" stands, if anywhere

_EMPLOYER_HIRES = re.compile(
    r"^(?P<company>.{2,60}?)\s+(?:is |are )?(?:currently |now |urgently )?(?:hiring|recruiting|recruits?"
    r"|seeks?|needs?|requires?|looking)(?: for)?[\s:]+(?:an? |the )?(?P<role>.{3,})$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"\s{2,}|\s*(?:[\n\t|;•·–—~_]|\s-+\s|(?<=\w)-\s|\s-(?=\w)|//|,(?!\d)|:|\bfor the\b|\s@\s|\s(?:at"
    r"|with)\s(?=[A-Z]))\s*"
)
_ALTERNATIVES = re.compile(r"\s*/\s*|\s+or\s+", re.IGNORECASE)
_TOOLS = re.compile(r"[,/&]|\band\b|\bor\b")
_AROUND_TOOLS = re.compile(r"^(?:with|using|in|on|or)\s+|\s+(?:exp|experience|skills)\.?$", re.IGNORECASE)
# Engineers of these are no developers: "Network Developer" is another job.
_NOT_SOFTWARE = re.compile(
    r"\b(?:data|devops|network|systems?|security|mechanical|civil|sales|support|qa|test|quality|site|electrical"
    r"|process|infrastructure|cloud|reliability|business|operations|hardware|manufacturing|industrial|chemical)\b",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"\b(?:looking for|seeking|hiring(?: for)?|hire|searching for|in need of|recruiting|join (?:us"
    r"|our team|our \w+ team) as|role of|position of|opening for|as) "
    r"(?:(?:an?|our|the|one|two|several|multiple|talented|passionate|skilled|highly|motivated|experienced"
    r"|exceptional|great|strong|awesome|dynamic|creative|full[- ]?time|part[- ]time|new|another|more|some"
    r"|and|also|following|good|smart),? ){0,6}"
    r"(?P<words>[A-Za-z][\w+#./&-]*(?: [A-Za-z][\w+#./&-]*){0,5})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\(?(?:https?://|www\.)\S+|\S+@\S+")


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says. `role` is None when neither title nor text names an occupation."""

    role: str | None
    aliases: tuple[str, ...]
    seniority: str | None
    archetype: str | None
    company: str | None  # where the title itself names it: "Acme is hiring a driver", "Acme | Driver | Pune"


def read_title(title: str, company: str | None, text: str) -> Title:
    """The role of a posting, from its title, else from its text; a title without an occupation stands as it is."""
    words = title.strip()[:TITLE_CHARS]
    if not words:
        return _from_text(text, company)
    named = _from_headline(words, company)
    if named.role is not None:
        return named
    role = clean(words) or words
    return Title(role, (), seniority_of(words), archetype_of(role), named.company)


# --- from a title -------------------------------------------------------------------------------------------------


def _from_headline(words: str, company: str | None) -> Title:
    hires = _EMPLOYER_HIRES.match(words)
    employer = None
    if hires and head_of(hires["role"]) and not head_of(hires["company"]):
        employer, words = hires["company"].strip(), hires["role"]
    words = without_call(words)
    outside = without_junk(words)
    segments = [segment for segment in map(strip, _SEPARATOR.split(outside)) if segment]
    if company:
        segments = [segment for segment in segments if segment.lower() != company.lower()] or segments
    brackets = [(match.start(), match[1]) for match in BRACKETS.finditer(words)]
    chosen = next((segment for segment in segments if names_role(segment)), None)
    chosen = chosen or next((segment for segment in segments if head_of(segment)), None)
    chosen = chosen or next((inside for _, inside in brackets if head_of(inside)), None)
    if chosen is None:
        return Title(None, (), seniority_of(words), None, employer)
    base = clean(chosen)
    if only_general(base) or len(base.split()) == 1:
        base = _completed(base, segments, chosen)
    role, aliases = _names(base, _others(segments, brackets, chosen, words), chosen)
    archetype = archetype_of(f"{role} {outside}" if only_general(role) else role)
    return Title(role, aliases, seniority_of(words), archetype, employer or _employer(segments, chosen, words))


def _others(segments: list[str], brackets: list[tuple[int, str]], chosen: str, words: str) -> list[str]:
    """Further parts of a title that may name the role: other occupations, short parts and brackets behind it."""
    place = words.find(chosen)  # what stands in brackets before the role is about the employer
    after = segments[segments.index(chosen) + 1 :] if chosen in segments else []
    others = [segment for segment in segments if segment != chosen and head_of(segment)]
    others += [segment for segment in after if len(segment.split()) <= 2 and not head_of(segment)]
    return others + [inside for at, inside in brackets if at > place and inside != chosen]


def _completed(base: str, segments: list[str], chosen: str) -> str:
    """ "Manager - Business Development" is a Business Development Manager, "VP - Data" a VP Data."""
    at = segments.index(chosen) if chosen in segments else -1
    beside = segments[at + 1 : at + 2] + segments[max(0, at - 1) : max(0, at)]
    for other in beside:
        if not names_role(other) and not is_place(other) and not is_employment(other):
            prefix = any(word.lower() in PREFIX_HEADS for word in WORD.findall(base))
            return f"{base} {clean(other)}" if prefix else f"{clean(other)} {base}"
    return base or chosen


def _names(base: str, others: list[str], full: str) -> tuple[str, tuple[str, ...]]:
    """The role and its other names."""
    role, *aliases = _alternatives(base)
    aliases += [base, full]
    for other in others:
        aliases += _from_other(other, role)
    aliases += [swapped for name in (role, *aliases[:4]) if (swapped := _swapped(name)) is not None]
    unique: dict[str, str] = {}
    for alias in aliases:
        alone = only_general(without_level(alias))
        if alias.lower() != role.lower() and len(alias) <= MAX_ALIAS_CHARS and not alone:
            unique.setdefault(alias.lower(), alias)
    return role, tuple(unique.values())[:MAX_ALIASES]


def _alternatives(base: str) -> list[str]:
    """ "Frontend/Backend Developer" is a Frontend Developer and a Backend Developer."""
    parts = [part.strip() for part in _ALTERNATIVES.split(base) if part.strip()]
    head = head_of(parts[-1]) if parts else None
    if len(parts) < 2 or (head is None and head_of(parts[0]) is None):
        return [base]
    if head is None:
        return [parts[0]]
    names = [part if head_of(part) else f"{part} {head}" for part in parts]
    names.sort(key=only_general)  # "Manager / Manager of Analytics": the one that says more first
    return names if len(names[0].split()) <= MAX_ROLE_WORDS else [base]


def _from_other(words: str, role: str) -> list[str]:
    """Names from other parts of the title: another role, or what the role works with ("Software Engineer (Java)")."""
    words = _AROUND_TOOLS.sub("", clean(words))
    if not words or is_employment(words) or is_place(words):
        return []
    if names_role(words):
        return _alternatives(words)
    head = head_of(role)
    tools = [tool.strip() for tool in _TOOLS.split(words) if tool.strip()]
    if head is None or len(tools) > MAX_TOOLS or any(len(tool.split()) > 3 or not tool[0].isalnum() for tool in tools):
        return []
    return [f"{tool} {head}" for tool in tools if not is_place(tool)]


def _swapped(name: str) -> str | None:
    """A software engineer is a software developer too."""
    if not _NOT_SOFTWARE.search(name):
        for one, other in (("Engineer", "Developer"), ("Developer", "Engineer")):
            if re.search(rf"\b{one}\b", name, re.IGNORECASE):
                return re.sub(rf"\b{one}\b", other, name, flags=re.IGNORECASE)
    return None


def _employer(segments: list[str], chosen: str, words: str) -> str | None:
    """The employer in "Acme | Driver | Pune": a first part that names no occupation."""
    first = segments[0] if segments else ""
    headline = words.count("|") >= 2 or words.count(" - ") >= 2
    if not headline or first == chosen or words.startswith(f"{first}:"):
        return None
    return None if head_of(first) or is_place(first) or is_employment(first) else first


# --- from the text ------------------------------------------------------------------------------------------------


def _from_text(text: str, company: str | None) -> Title:
    """A first line that is a title or a Hacker News headline, else "we are looking for an experienced X"."""
    first = next((line.strip() for line in text[:2000].splitlines() if line.strip()), "")
    headline = _ADDRESS.sub(" ", first)[:HEADLINE_CHARS]
    if len(first) <= SHORT_LINE or len(_SEPARATOR.findall(headline)) > 1:
        named = _from_headline(headline, company)
        if named.role and len(named.role.split()) <= MAX_ROLE_WORDS:
            return named
    employer = _employer_of(headline)
    for match in _WANTED.finditer(text[:WANTED_CHARS]):
        role = _up_to_head(match["words"])
        if role:
            name, aliases = _names(role, [], role)
            return Title(name, aliases, seniority_of(match[0]), archetype_of(name), employer)
    return Title(None, (), None, None, employer)


def _up_to_head(words: str) -> str | None:
    """ "backend engineers to build" is a Backend Engineer; None when no occupation is among the words."""
    taken: list[str] = []
    for word in words.split():
        bare = word.strip(".,/")
        taken.append(bare[:1].upper() + bare[1:])
        if is_head(bare) and bare.lower() not in GENERAL_HEADS:
            if bare.lower() not in HEADS:
                taken[-1] = taken[-1][:-1]
            return clean(" ".join(taken))
    return None


def _employer_of(headline: str) -> str | None:
    parts = [part for part in map(strip, _SEPARATOR.split(BRACKETS.sub(" ", headline))) if part]
    if len(parts) < 3 or len(parts[0].split()) > 5 or headline.startswith(f"{parts[0]}:"):
        return None
    return None if head_of(parts[0]) or is_place(parts[0]) else parts[0]
