"""One raw record and the chosen columns -> the cleaned texts of a posting's fields.

What belongs here: joining, cleaning and checking values, and putting shifted ones right. What does not: choosing columns (`boards`),
identity and flags (`reading`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jd_assets.dumps.boards import ColumnMap, Part
from jd_assets.dumps.clean import is_missing, to_line, to_text
from jd_assets.dumps.headline import read_headline
from jd_assets.dumps.raw import RawRecord
from jd_assets.dumps.values import at, texts

MAX_DESCRIPTION_CHARS = 1_000_000  # the longest real one has 50,000, with its markup 300,000
MAX_LINE_CHARS = 2_000  # of any other field
MAX_TITLE_CHARS = 400
SKILLS_LINE = "Key skills: "
JOINTS = {"salary": " - ", "experience": " - "}  # where two columns are the ends of a range; else ", "

_URL = re.compile(r"(?i)(?:https?://|www\.)\S+\Z|/\S+\Z|[\w.-]+\.[a-z]{2,}/\S*\Z")
_NUMBER = re.compile(r"[\d.,:/\s-]+\Z")
_EMPLOYMENT = re.compile(
    r"(?i)\W*(?:(?:full|part)[ _-]?time|permanent|temporary|contract\w*|intern\w*|freelance|homebased|seasonal|casual|volunteer|per diem|"
    r"fixed[ _-]?term|regular|employee|apprentice\w*|self[ _-]employed|other|FULL_TIME|PART_TIME|hire|c2c|w2|corp|to|direct|third|party|"
    r"/|,|;|-|\s|\d+ ?(?:months?|hours?))+\W*\Z"
)
_YES = frozenset(["true", "yes", "y", "1", "1.0"])
_NO = frozenset(["false", "no", "n", "0", "0.0"])


class NotAPosting(ValueError):
    """A record cannot become a posting; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The texts of one posting; `raw_length` is that of the description before cleaning."""

    title: str
    description: str
    raw_length: int
    company: str | None
    location: str | None
    url: str | None
    posted_at: str | None
    employment_type: str | None
    salary: str | None
    experience: str | None
    remote: str | None
    category: str | None
    key: str | None


def read_fields(raw: RawRecord, columns: ColumnMap) -> Fields:
    """The record's fields, cleaned. Raises NotAPosting where it has neither title nor description, or values in wrong columns."""
    description, raw_length = _description(raw, columns)
    title = _line(raw, columns, "title") or ""
    company, location = _line(raw, columns, "company"), _line(raw, columns, "location")
    if columns.headline and not title:
        headline = read_headline(description)
        title, company, location = headline.title, company or headline.company, location or headline.location
    if not title and not description:
        raise NotAPosting("it has neither a title nor a description")
    employment, category = _line(raw, columns, "employment_type"), _line(raw, columns, "category")
    if employment and category and _EMPLOYMENT.match(category) and not _EMPLOYMENT.match(employment):
        employment, category = category, employment
    url = _line(raw, columns, "url")
    _check_shapes(title, company, url)
    return Fields(
        title=title,
        description=description,
        raw_length=raw_length,
        company=_without_rating(raw, columns) or company,
        location=location,
        url=url,
        posted_at=_line(raw, columns, "posted_at"),
        employment_type=employment,
        salary=_line(raw, columns, "salary"),
        experience=_experience(raw, columns),
        remote=_remote(_line(raw, columns, "remote")),
        category=category,
        key=_line(raw, columns, "key"),
    )


def _check_shapes(title: str, company: str | None, url: str | None) -> None:
    """Values that stand in the wrong columns give themselves away; which column is right, nobody can tell."""
    if _URL.match(title) or (title and _NUMBER.match(title)):
        raise NotAPosting(f"its columns are shifted: the title is {title[:60]!r}")
    if len(title) > MAX_TITLE_CHARS:
        raise NotAPosting(f"its columns are shifted: the title has {len(title):,} characters")
    if company and _URL.match(company) and url and not _URL.match(url):
        raise NotAPosting(f"its columns are shifted: the company is {company[:60]!r}, the link {url[:60]!r}")


def _values(raw: RawRecord, part: Part) -> list[str]:
    return texts(at(raw.fields, part.column))


def _line(raw: RawRecord, columns: ColumnMap, name: str) -> str | None:
    """A field's value on one line, None if it is missing."""
    parts = columns.columns.get(name, ())
    values = [to_line(value[:MAX_LINE_CHARS]) for part in parts for value in _values(raw, part)]
    kept = list(dict.fromkeys(value for value in values if not is_missing(value)))
    return JOINTS.get(name, ", ").join(kept)[:MAX_LINE_CHARS].strip() or None


def _description(raw: RawRecord, columns: ColumnMap) -> tuple[str, int]:
    """The description with headings and the line of key skills, and the length of its longest column as it stood."""
    blocks: list[str] = []
    longest = 0
    parts = columns.columns.get("description", ())
    for part in parts:
        values = _values(raw, part)
        whole = "\n".join(values)
        if len(whole) > MAX_DESCRIPTION_CHARS:
            raise NotAPosting(f"its description has {len(whole):,} characters, more than {MAX_DESCRIPTION_CHARS:,}")
        longest = max(longest, len(whole))
        text = to_text(whole) if len(values) < 2 else "\n".join(f"• {to_text(value)}" for value in values)
        if text and not is_missing(text):
            blocks.append(f"{part.heading}:\n{text}" if part.heading else text)
    skills = _line(raw, columns, "skills")
    if skills:
        blocks.append(SKILLS_LINE + skills)
    return to_text("\n\n".join(blocks)), longest


def _without_rating(raw: RawRecord, columns: ColumnMap) -> str | None:
    """A company's first line, where Glassdoor's scrapers leave its rating in a second one."""
    for part in columns.columns.get("company", ()):
        for value in _values(raw, part):
            name, _, rating = value.strip().rpartition("\n")
            if name and re.fullmatch(r"\d\.\d", rating.strip()):
                return to_line(name)
    return None


def _experience(raw: RawRecord, columns: ColumnMap) -> str | None:
    value = _line(raw, columns, "experience")
    if value and _NUMBER.match(value):
        name = columns.columns["experience"][0].column.casefold()
        unit = "months" if "month" in name else "years"
        return f"{value} {unit}"
    return value


def _remote(value: str | None) -> str | None:
    if value is None or value.casefold() in _NO:
        return None
    return "remote" if value.casefold() in _YES else value
