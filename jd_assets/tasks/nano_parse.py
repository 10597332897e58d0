"""Task `nano_parse`: the structure of a posting and what it says of title, years, pay and place of work.

The model says where sections begin and points at the words; sections, duties, places, degrees and certificates are
then read by the rules from those sections. What the board states in fields of its own is not asked for. Confidence:
see `parse_confidence`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from jd_assets.engines.rules.company import about_company
from jd_assets.engines.rules.domains import read_domain
from jd_assets.engines.rules.duties import duty_sections, duty_sentences
from jd_assets.engines.rules.education import read_certifications, read_education
from jd_assets.engines.rules.locations import read_locations
from jd_assets.engines.rules.text import PARSED_CHARS
from jd_assets.engines.rules.title_words import archetype_of
from jd_assets.records import Experience, NanoParse, Posting, Salary, Section, SectionKind, WorkMode
from jd_assets.tasks.base import Ask, PostingTask, Strict, Subject
from jd_assets.tasks.channel import posting_block
from jd_assets.tasks.confidence import parse_confidence
from jd_assets.tasks.quotes import find, in_posting, problems, verbatim

ASKED = ("pass", "not_a_job")  # other verdicts of the rules leave nothing to ask about
MOST_SECTIONS, MOST_ALIASES, LONGEST_QUOTE, LONGEST_ROLE = 40, 3, 200, 100
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_SCALES = (1, 1_000, 100_000, 1_000_000, 10_000_000)  # as written; k, lakh, million, crore
_CURRENCY = re.compile(r"[A-Z]{3}")


class Years(Strict):
    min: float | None
    max: float | None
    words: str


class Pay(Strict):
    min: float | None
    max: float | None
    currency: str
    period: Literal["year", "month", "week", "day", "hour"]
    words: str


class SectionStart(Strict):
    kind: SectionKind
    first_words: str
    has_heading: bool


class ParsedPosting(Strict):
    posting_type: Literal["job", "not_a_job"]
    role: str | None
    role_aliases: list[str]
    seniority: Literal["intern", "junior", "mid", "senior", "lead", "staff", "principal", "manager", "executive"] | None
    company: str | None
    work_mode: WorkMode | None
    work_mode_words: str | None
    experience: Years | None
    relevant_experience: Years | None
    salary: Pay | None
    sections: list[SectionStart]


class ParsePosting(PostingTask[None, NanoParse]):
    name = "nano_parse"
    stage = "nano_parse"
    schema = ParsedPosting
    max_output_tokens = 2000

    def asks(self, subject: Subject[None, None, NanoParse]) -> Sequence[Ask]:
        if subject.record.JD_type not in ASKED:
            return ()
        posting = subject.upstream.posting

        def check(answer: ParsedPosting) -> list[str]:
            return _problems(answer, posting)

        question = self.question(posting.posting_id, [posting_block(posting)], check)
        return [Ask(parse_confidence(posting, subject.record), question)]

    def merge(self, subject: Subject[None, None, NanoParse], answers: Sequence[Any]) -> NanoParse:
        answer: ParsedPosting | None = answers[0]
        return subject.record if answer is None else _record(answer, subject.upstream.posting, subject.record)


def _record(answer: ParsedPosting, posting: Posting, rules: NanoParse) -> NanoParse:
    text = posting.description[:PARSED_CHARS]
    sections = _sections(answer.sections, posting.description)
    bounded = tuple(section for section in sections if section.start < len(text))
    role = _line(posting, answer.role)
    aliases = dict.fromkeys(words for alias in answer.role_aliases if (words := _line(posting, alias)))
    company = rules.company_name if posting.company else _line(posting, answer.company)
    mode = rules.work_mode if posting.remote else answer.work_mode
    return rules.model_copy(
        update={
            "JD_type": "pass" if answer.posting_type == "job" else "not_a_job",
            "role": role,
            "role_aliases": tuple(alias for alias in aliases if alias != role),
            "role_archetype": archetype_of(role) if role else None,
            "seniority": answer.seniority,
            "company_name": company,
            "about_company": about_company(text, bounded),
            "domain": read_domain(posting.title, company, text, bounded),
            "experience": rules.experience if posting.experience else _experience(answer, posting),
            "ctc": rules.ctc if posting.salary else _salary(answer.salary, posting),
            "education": read_education(text, bounded),
            "certifications": read_certifications(text, bounded),
            "job_locations": read_locations(posting.title, text, posting.location, mode),
            "work_mode": mode,
            "roles_and_responsibilities": duty_sections(text, bounded),
            "sections": sections,
            "duties": duty_sentences(text, bounded),
        }
    )


def _line(posting: Posting, words: str | None) -> str | None:
    """A quotation as one line."""
    found = in_posting(posting, words) if words else None
    return " ".join(found.split()) if found else None


def _sections(starts: Sequence[SectionStart], text: str) -> tuple[Section, ...]:
    """Sections from their first words: each is looked for behind the one before, and reaches to the one after."""
    found: list[tuple[int, str | None, SectionKind]] = []
    at = 0
    for start in starts:
        place = find(text, start.first_words, at)
        if place is not None:
            found.append((place[0], text[place[0] : place[1]] if start.has_heading else None, start.kind))
            at = place[1]
    if not found:
        return (Section(kind="other", heading=None, start=0, end=len(text)),) if text else ()
    if text[: found[0][0]].strip():
        found.insert(0, (0, None, "other"))
    begins = [0, *(place for place, _, _ in found[1:]), len(text)]
    return tuple(
        Section(kind=kind, heading=heading, start=begins[number], end=begins[number + 1])
        for number, (_, heading, kind) in enumerate(found)
    )


def _experience(answer: ParsedPosting, posting: Posting) -> Experience:
    main, relevant = answer.experience, answer.relevant_experience
    if main is None:
        return Experience()
    return Experience(
        min=main.min,
        max=main.max,
        raw=in_posting(posting, main.words),
        relevant_min=relevant.min if relevant else None,
        relevant_max=relevant.max if relevant else None,
        relevant_raw=in_posting(posting, relevant.words) if relevant else None,
    )


def _salary(pay: Pay | None, posting: Posting) -> Salary | None:
    raw = in_posting(posting, pay.words) if pay else None
    if pay is None or raw is None:
        return None
    return Salary(min=pay.min, max=pay.max, currency=pay.currency, period=pay.period, raw=raw)


# --- checks -------------------------------------------------------------------------------------------------------


def _problems(answer: ParsedPosting, posting: Posting) -> list[str]:
    company = None if posting.company else answer.company  # what the board says of it stands in no text, and counts
    names = [words for words in (answer.role, company, *answer.role_aliases) if words is not None]
    quotes = [words for words in (answer.work_mode_words,) if words is not None]
    found = list(problems(posting, names, longest=LONGEST_ROLE))
    found += problems(posting, quotes, longest=LONGEST_QUOTE)
    if len(answer.role_aliases) > MOST_ALIASES:
        found.append(f"Give at most {MOST_ALIASES} role_aliases.")
    if (answer.work_mode is None) != (answer.work_mode_words is None):
        found.append("work_mode and work_mode_words come together, or both are null.")
    stated: tuple[Years | Pay | None, ...] = (answer.experience, answer.relevant_experience, answer.salary)
    for amount in stated:
        if amount is not None:
            found += _amount_problems(amount, posting)
    if answer.salary is not None and not _CURRENCY.fullmatch(answer.salary.currency):
        found.append("currency must be the three letters of ISO 4217.")
    return found + _section_problems(answer.sections, posting.description)


def _amount_problems(amount: Years | Pay, posting: Posting) -> list[str]:
    found = list(problems(posting, [amount.words], longest=LONGEST_QUOTE))
    numbers = _NUMBER.findall(amount.words)
    named = {float(number.replace(",", "")) for number in numbers if number.count(".") < 2}
    named |= {float(number.replace(",", "").replace(".", "")) for number in numbers}  # 60.000, as in Europe
    named |= {float(_WORDS.index(word)) for word in re.findall(r"[a-z]+", amount.words.lower()) if word in _WORDS}
    amounts = {number * scale for number in named for scale in _SCALES} | {number / 12 for number in named}
    low, high = amount.min, amount.max
    if low is None and high is None:
        found.append(f"The words {amount.words[:80]!r} need a number, or the whole must be null.")
    for value in (low, high):
        if value is not None and value not in amounts:
            found.append(f"The number {value:g} does not stand in the words {amount.words[:80]!r}.")
    if low is not None and high is not None and low > high:
        found.append(f"{low:g} is more than {high:g}.")
    return found


def _section_problems(starts: Sequence[SectionStart], text: str) -> list[str]:
    if len(starts) > MOST_SECTIONS:
        return [f"Give at most {MOST_SECTIONS} sections."]
    found, at = [], 0
    for start in starts:
        place = find(text, start.first_words, at)
        if place is None:
            known = verbatim(text, start.first_words) is not None
            why = "stand before the section named before it" if known else "do not stand in the description"
            found.append(f"The first_words {start.first_words[:80]!r} {why}.")
        elif len(start.first_words) > LONGEST_ROLE:
            found.append(f"The first_words {start.first_words[:40]!r}... are too many: three to eight are enough.")
        else:
            at = place[1]
    return found
