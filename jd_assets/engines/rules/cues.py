"""What a unit without a heading speaks of, judged by its wording.

Strong cues overrule the heading that a unit stands under (an equal-opportunity statement is boilerplate wherever it
stands); weak cues decide only where no heading does. A requirement must never be lost to boilerplate, so boilerplate
needs plain words, and doubt means none. The wordings are `data/cues.csv`, the verbs `data/action_verbs.csv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jd_assets.engines.rules.phrases import read_table, split_list
from jd_assets.records import SectionKind


@dataclass(frozen=True, slots=True)
class _Cue:
    """A cue's patterns: those that count at a unit's start, and those that count at any word of it.

    Each of the latter comes with words of which one must stand in the text for it to match: testing for plain words
    first makes a cue ten times cheaper.
    """

    start: re.Pattern[str] | None
    anywhere: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]

    def begins(self, text: str) -> bool:
        return self.start is not None and self.start.match(text) is not None

    def stands_in(self, text: str) -> bool:
        if self.begins(text):
            return True
        low = text.lower()
        for needs, pattern in self.anywhere:
            for need in needs:
                if need in low:
                    if pattern.search(text) is not None:
                        return True
                    break
        return False


def _cue(name: str) -> _Cue:
    rows = [row for row in _ROWS if row["cue"] == name]
    start = "|".join(row["pattern"] for row in rows if row["place"] == "start")
    anywhere = tuple(
        (split_list(row["needs"]), re.compile(rf"\b(?:{row['pattern']})", re.IGNORECASE))
        for row in rows
        if row["place"] == "anywhere"
    )
    return _Cue(re.compile(start, re.IGNORECASE) if start else None, anywhere)


_ROWS = read_table("cues.csv")
_DIVERSITY, _APPLY, _BENEFITS = _cue("diversity"), _cue("apply"), _cue("benefits")
_REQUIREMENT_STRONG, _REQUIREMENT_WEAK = _cue("requirement_strong"), _cue("requirement_weak")
_DUTY, _SUMMARY, _COMPANY = _cue("duty"), _cue("summary"), _cue("company")
_DETAILS, _OTHER, _OWNED, _COMPANY_STRONG = _cue("details"), _cue("other"), _cue("owned"), _cue("company_strong")

_STATEMENT_CHARS = 60  # a shorter line is a bullet, not a statement

_ACTIONS = frozenset(row["verb"] for row in read_table("action_verbs.csv"))
_LABELLED = re.compile(r"\w+\s?:")  # "Address: 12 Main Street" is no order to address something
_FIRST_WORDS = re.compile(r"[A-Za-z]+")


def strong(text: str, under: SectionKind | None) -> SectionKind | None:
    """The kind that the unit `text` has whatever it stands under (`under`: the kind of its heading), or None."""
    if _DIVERSITY.stands_in(text):
        return "diversity"
    if under in ("responsibilities", "requirements", "skills", "preferred", "education"):
        return _strong_in_job(text, under)
    if _OTHER.begins(text):
        return "other"
    if _APPLY.stands_in(text) and not is_requirement(text):
        return "how_to_apply"
    return "requirements" if is_requirement(text) else None


def _strong_in_job(text: str, under: SectionKind) -> SectionKind | None:
    if _APPLY.begins(text):
        return "how_to_apply"
    if under == "responsibilities" and is_requirement(text):
        return "requirements"
    return None


def weak(text: str) -> SectionKind | None:
    """The kind that the wording of `text` suggests where no heading says anything."""
    if _DETAILS.stands_in(text):
        return "details"
    if _DUTY.stands_in(text):
        return "responsibilities"
    if _SUMMARY.stands_in(text):
        return "summary"
    if _BENEFITS.stands_in(text) and not _REQUIREMENT_WEAK.begins(text):
        return "benefits"
    if _COMPANY.stands_in(text):
        return "about_company"
    if starts_with_action(text):
        return "responsibilities"
    return "requirements" if _REQUIREMENT_WEAK.stands_in(text) else None


def opens_the_job(text: str) -> SectionKind | None:
    """The kind of a unit that ends talk about the company: it turns to the role or to the applicant, or None."""
    if _SUMMARY.stands_in(text):
        return "summary"
    return "responsibilities" if _DUTY.stands_in(text) and not _COMPANY.stands_in(text) else None


def is_about_company(text: str) -> bool:
    """Whether `text` presents the employer in plain words, so that it does under any heading."""
    return len(text) >= _STATEMENT_CHARS and _COMPANY_STRONG.stands_in(text) and not wants_of_applicant(text)


def is_requirement(text: str) -> bool:
    """Whether `text` asks for years, a degree or experience: a line that is no duty, whatever heading it is under."""
    return _REQUIREMENT_STRONG.stands_in(text) and not _OWNED.stands_in(text)


def wants_of_applicant(text: str) -> bool:
    """Whether `text` describes the applicant ("Strong knowledge of", "must have") rather than the work."""
    return is_requirement(text) or _REQUIREMENT_WEAK.begins(text)


def is_benefit(text: str) -> bool:
    """Whether `text` names what the employer gives."""
    return _BENEFITS.stands_in(text)


def starts_with_action(text: str) -> bool:
    """Whether `text` begins with a verb of work ("Design", "Develops", "Building"), perhaps after an adverb."""
    words = [match[0].lower() for _, match in zip(range(2), _FIRST_WORDS.finditer(text[:60]), strict=False)]
    if _LABELLED.match(text):
        return False
    if len(words) > 1 and words[0].endswith("ly") and words[0] not in _ACTIONS:
        words = words[1:]
    return bool(words) and bool(_stems(words[0]) & _ACTIONS)


def _stems(word: str) -> set[str]:
    stems = {word}
    if word.endswith("s"):
        stems |= {word[:-1], word[:-2] if word.endswith("es") else word[:-1]}
        if word.endswith("ies"):
            stems.add(word[:-3] + "y")
    if word.endswith("ing"):
        root = word[:-3]
        stems |= {root, root + "e"}
        if len(root) > 2 and root[-1] == root[-2]:
            stems.add(root[:-1])
    return stems


def tells_a_duty(text: str) -> bool:
    """Whether `text` says what the person will do."""
    return _DUTY.stands_in(text) or starts_with_action(text)
