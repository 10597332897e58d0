"""Whether an alias that stands in a text names its skill there: the guards of ambiguous aliases.

What belongs here: judging hits of one line by case, neighbours and position. What does not: finding hits
(`library/skill_index.py`), sections and primary skills (the stage), and which aliases are ambiguous (`guards.csv`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jd_assets.library.skill_index import AliasHit, Line

_BARE = re.compile(r"[\W_]+")
# Between two items of a list: "Java, Go and Rust", "R/Python", "tools such as (Jira".
_LIST_GAP = re.compile(
    r"[\s,/&|;•·()*+-]*(?:(?:and|or|and/or)\b[\s(]*)?(?:e\.g\.,?\s*|such as\s+|like\s+)?", re.IGNORECASE
)
_ITEM_START = re.compile(r"(?:^|[,;:•·*|(/–]|\s-\s|\b(?:and|or)\s)\s*$", re.IGNORECASE)
_ITEM_END = re.compile(r"^\s*(?:$|[,;•·|)/:–]|\s-\s|(?:and|or)\b)", re.IGNORECASE)
_COMPOUND_BEFORE = re.compile(r"(?:[\w&+#]-|[&@#_])$")
_COMPOUND_AFTER = re.compile(r"^(?:-(?:to|level|suite|based|forward|getter|live)\b|&\w|['’]s\b|@)")
# "Unity Developer", "Go programming": the word behind it says that the name is one of a language or tool.
_NAMED_BEHIND = re.compile(r"\s+(?:developers?|programmers?|programming|scripting)\b", re.IGNORECASE)
# "Snowflake experience" is enough where only the capital of the sentence is in doubt; "Assembly engineer" is not.
_ASKED_BEHIND = re.compile(r"\s+(?:engineers?|experience|expertise|knowledge|skills?)\b", re.IGNORECASE)
# "experience with Rust", "backend in Rust": what one is experienced in or writes in, and nothing more of a phrase.
_ASKED_BEFORE = re.compile(
    r"\b(?:(?:experience|proficien\w+|expertise|fluen\w+|skilled) (?:with|in|using)|knowledge of"
    r"|(?:written|coded|programming|code|backend|services?|software|apps?|applications?|scripts?|firmware) in)\s+$",
    re.IGNORECASE,
)
_ASKED_END = re.compile(r"\s+(?:is|are|required|preferred|desired|desirable)\b", re.IGNORECASE)
# "Class C", "Section S3": a letter or number that grades or counts.
_GRADED = re.compile(
    r"\b(?:class|grade|type|level|category|tier|series|section|schedule|vitamin|group|phase|appendix)\s+$",
    re.IGNORECASE,
)
MAX_FIELDS = 140  # characters from a degree to the last of its subjects
MAX_GRADE = 2  # characters of such a letter or number
# "in Silver Spring", "of Franz Kafka": a capital in running text before the word makes both one proper name.
_NAME_BEFORE = re.compile(r"[a-z]\s+(?P<first>[A-Z][a-zà-ÿ]+)\s+$")
# Capitals before a skill that are no part of a name: rank, degree of mastery, maker.
_NO_NAME = frozenset(
    (
        "Adobe Advanced Amazon Apache Autodesk Basic Certified Classic Cloud Confluent Core Cloudera Developer Engineer"
        " Expert Google Head Intermediate Junior Lead Legacy Managed Manager Manual Microsoft Modern Ms Native Office"
        " Pivotal Principal Pure Salesforce Senior Solid Staff Strong The Use Using"
    ).split()
)
# Fields of study: "Bachelor's degree in Computer Science, Statistics or Finance" asks for a degree, not for skills.
_DEGREE = re.compile(
    r"\b(?:bachelor\w*|masters?(?:['’]s?|(?= degree| in\b))|degrees?|diploma|graduat(?:e|ion)(?= in\b)|ph\.?\s?d"
    r"|[bm]\.?\s?tech|(?-i:B\.?E\.?)|[bm]\.?sc|[bm]\.?s\.?(?= in\b)|b[as]/bs|[bm]ba|[bm]ca|[bm]\.?com"
    r"|majors?(?= in\b|:| is\b)|majoring)(?!\w)",
    re.IGNORECASE,
)
_FIELD_LIST = re.compile(
    r"(?:(?!\b(?:and|or|experience|skills?|to|you|we|with|who|have|must)\b)(?![.!?]\s?[A-Z])[^;:\n]|\b(?:and|or)\b){0,110}"
)
_FIELD_START = re.compile(r"\b(?:in|of)\b|[(/,-]")
_FIELDS_OF_STUDY = frozenset(("CONCEPT", "DOMAIN", "METHODOLOGY"))

FIELD_OF_STUDY = "a field of study"

MIN_ACRONYM = 3  # letters: an acronym of three is hardly ever a word, one of two often is ("IT", "AD", "PR")


class Verdict(NamedTuple):
    """Whether a hit counts, and why."""

    accepted: bool
    why: str


def judge_line(line: Line, text: str) -> dict[AliasHit, Verdict]:
    """The verdict on each hit of a line of `text`.

    Guarded aliases that nothing else speaks for look at their neighbours: a list lends its certainty from item to item.
    """
    verdicts: dict[AliasHit, Verdict] = {}
    undecided: list[AliasHit] = []
    degrees = tuple(_DEGREE.finditer(text, line.start, line.end))
    for hit in line.hits:
        verdict = _alone(hit, line, text, degrees)
        if verdict is None:
            undecided.append(hit)
        else:
            verdicts[hit] = verdict
    changed = True
    while changed and undecided:
        changed = False
        accepted = [hit for hit, verdict in verdicts.items() if verdict.accepted]
        for hit in list(undecided):
            neighbour = _list_neighbour(hit, accepted, text)
            if neighbour:
                verdicts[hit] = Verdict(True, f"in a list with {neighbour!r}")
                undecided.remove(hit)
                changed = True
    for hit in undecided:
        verdicts[hit] = Verdict(False, _doubt(hit, "no skill or context word beside it"))
    return _without_joint_names(verdicts, text)


def _alone(hit: AliasHit, line: Line, text: str, degrees: Sequence[re.Match[str]]) -> Verdict | None:
    """The verdict that needs no neighbour; None where only a neighbour can decide."""
    words, entry = text[hit.start : hit.end], hit.entry
    case = _case_fits(words, entry.alias, text[line.start : line.end])
    if entry.nature in _FIELDS_OF_STUDY and _field_of_study(hit, text, degrees):
        return Verdict(False, FIELD_OF_STUDY)
    listed = entry.guard == "context" and words.islower() and _is_item(hit, line, text)  # "python, go, rust"
    if entry.strategy == "EXACT_CASE" and not case and not listed:
        return Verdict(False, f"only {entry.alias!r} in this very case counts")
    if entry.guard is None:
        return Verdict(True, "alias")
    if entry.guard == "phrase":
        return Verdict(False, _doubt(hit, "counts only inside a longer name"))
    before, after = text[max(0, hit.start - 2) : hit.start], text[hit.end : hit.end + 9]
    if _COMPOUND_BEFORE.search(before) or _COMPOUND_AFTER.search(after):
        return Verdict(False, _doubt(hit, "part of a compound"))
    lead = text[line.start : hit.start]
    if len(words) <= MAX_GRADE and _GRADED.search(lead):
        return Verdict(False, _doubt(hit, "a grade or number"))
    if not case or _inside_name(hit, line, text):
        return None
    behind = text[hit.end : line.end]
    if _NAMED_BEHIND.match(behind):
        return Verdict(True, "named as a language or tool by the word behind it")
    if _ASKED_BEFORE.search(lead) and (_ITEM_END.match(behind) or _ASKED_END.match(behind)):
        return Verdict(True, "what experience is asked in")
    first = _starts_sentence(hit, line, text)
    if entry.guard == "case" and (not first or _ASKED_BEHIND.match(behind)) and not _emphasised(hit, line, text):
        return Verdict(True, "the case of a name")
    if hit.tag is not None and not first:
        return Verdict(True, f"the posting also names {hit.tag!r}")
    acronym = words.isupper() and len(_BARE.sub("", words)) >= MIN_ACRONYM and not text[line.start : line.end].isupper()
    if (acronym or " " in words) and _is_item(hit, line, text):
        return Verdict(True, "an item of its own")
    return None


def _doubt(hit: AliasHit, what: str) -> str:
    return f"ambiguous: {hit.entry.guard_reason}; {what}"


def _case_fits(words: str, alias: str, line: str) -> bool:
    """Whether the words are written as the alias is; a line that shouts a name ("KAFKA") among others still names
    it."""
    bare, wanted = _BARE.sub("", words), _BARE.sub("", alias)
    shouted = len(wanted) > MIN_ACRONYM and bare == wanted.upper() and not line.isupper()
    return bare == wanted or shouted or (words.endswith("s") and _BARE.sub("", words[:-1]) == wanted)


def _starts_sentence(hit: AliasHit, line: Line, text: str) -> bool:
    """Whether the capital may only be that of a sentence or heading: first word, followed by more ordinary words.

    A sentence lends its first letter a capital, not the others: "QA engineer" names QA.
    """
    words = text[hit.start : hit.end]
    if words[1:] != words[1:].lower() and not text[line.start : line.end].isupper():
        return False
    before = text[line.start : hit.start].strip(" \t-•*·–")
    after = text[hit.end : line.end].lstrip()
    return not before and bool(after) and after[0].isalpha()


def _emphasised(hit: AliasHit, line: Line, text: str) -> bool:
    """Whether the capitals may be those of emphasis: "people EXCEL because" shouts one word amid a phrase."""
    words = text[hit.start : hit.end]
    return words.isupper() and not hit.entry.alias.isupper() and not _is_item(hit, line, text)


def _inside_name(hit: AliasHit, line: Line, text: str) -> bool:
    """Whether the word before it, itself no skill, makes the hit part of a proper name."""
    before = _NAME_BEFORE.search(text[line.start : hit.start])
    if before is None or before["first"] in _NO_NAME:
        return False
    end = line.start + before.end("first")
    return not any(other.end == end for other in line.hits)


def _is_item(hit: AliasHit, line: Line, text: str) -> bool:
    """Whether the hit is a whole item of a list or a whole line."""
    return bool(
        _ITEM_START.search(text[line.start : hit.start].lstrip(" \t-•*·–"))
        and _ITEM_END.match(text[hit.end : line.end])
    )


def _field_of_study(hit: AliasHit, text: str, degrees: Sequence[re.Match[str]]) -> bool:
    """Whether the hit belongs to the list of subjects that follows a degree."""
    for degree in degrees:
        between = text[degree.end() : hit.start]
        if (
            hit.start - MAX_FIELDS <= degree.start()
            and between
            and _FIELD_START.search(between)
            and _FIELD_LIST.fullmatch(between)
        ):
            return True
    return False


def _list_neighbour(hit: AliasHit, accepted: Iterable[AliasHit], text: str) -> str | None:
    for other in accepted:
        if other.end <= hit.start:
            gap = text[other.end : hit.start]
        elif hit.end <= other.start:
            gap = text[hit.end : other.start]
        else:
            continue
        if other.entry.nature in _FIELDS_OF_STUDY and hit.entry.nature not in _FIELDS_OF_STUDY:
            continue  # ordinary words stand beside a concept too: "critical path and slack"
        if len(gap) <= 12 and gap.strip() and _LIST_GAP.fullmatch(gap):
            return text[other.start : other.end]
    return None


def _without_joint_names(verdicts: dict[AliasHit, Verdict], text: str) -> dict[AliasHit, Verdict]:
    """Let "Unix/Linux" be two skills where both halves are; "CI/CD" and "TCP/IP" stay one."""
    accepted = [hit for hit, verdict in verdicts.items() if verdict.accepted]
    for hit in accepted:
        halves = text[hit.start : hit.end].split("/")
        if len(halves) < 2 or any(len(_BARE.sub("", half)) < MIN_ACRONYM for half in halves):
            continue
        inside = [other for other in accepted if hit.start <= other.start and other.end <= hit.end and other != hit]
        if len({other.entry.skill for other in inside}) >= len(halves):
            verdicts[hit] = Verdict(False, "two skills written together")
    return verdicts
