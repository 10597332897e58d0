"""One raw record and the chosen columns -> the cleaned texts of a posting's fields.

What belongs here: joining, cleaning and checking values, and putting shifted ones right. What does not: choosing
columns (`boards`), identity and flags (`reading`).
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
# Where boards and spreadsheets cut descriptions.
# fmt: off
CUT_LENGTHS = frozenset((
    200, 250, 255, 256, 300, 400, 500, 512, 1_000, 1_023, 1_024, 1_500, 2_000, 2_048, 3_000, 4_000, 4_096, 5_000, 8_000,
    10_000, 32_000, 32_767, 65_535,
))
# fmt: on
CUT_END = re.compile(
    r"(?:…|\.\.\.|\[…\]|\b(?:more details|(?:read|show|see|view) (?:more|full \w+)))\W*\Z", re.IGNORECASE
)
LINK = re.compile(r"(?:https?:|www\.)\S*\Z")
SKILLS_LINE = "Key skills: "
RANGES = ("salary", "experience")  # of two columns, one is the least and one the most

_URL = re.compile(r"(?i)(?:https?://|www\.)\S+\Z|/\S+\Z|[\w.-]+\.[a-z]{2,}/\S*\Z")
_NUMBER = re.compile(r"[\d.,:/\s-]+\Z")
_COMMA = re.compile(r"\s*,[\s,]*")
_WHOLE_NUMBER = re.compile(r"(\d)\.0+(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_EMPLOYMENT_WORDS = frozenset(  # all that a field for the kind of employment says
    """apprenticeship c2c casual contract contractor contractual corp direct diem employed employee employment end fixed
    freelance freelancer full fulltime hire homebased hours intern internship month months no only open or other part
    parttime per permanent regular seasonal self temp temporary term third party time to trainee volunteer w2 week
    years""".split()
)
_YES = frozenset(["true", "yes", "y", "1", "1.0"])
_NO = frozenset(["false", "no", "n", "0", "0.0"])


class NotAPosting(ValueError):
    """A record cannot become a posting; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The texts of one posting; `cut`: the board left off the end of the description."""

    title: str
    description: str
    cut: bool
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
    """The record's fields, cleaned.

    Raises NotAPosting where it has neither title nor description, or values in the wrong columns.
    """
    description, cut = _description(raw, columns)
    title = _line(raw, columns, "title") or ""
    company, location = _line(raw, columns, "company"), _line(raw, columns, "location")
    if columns.headline and not title:
        headline = read_headline(description, location or "")
        title, company, location = headline.title, company or headline.company, location or headline.location
    if not title and not description:
        raise NotAPosting("it has neither a title nor a description")
    employment, category = _line(raw, columns, "employment_type"), _line(raw, columns, "category")
    if employment and category and _is_employment(category) and not _is_employment(employment):
        employment, category = category, employment
    url = _line(raw, columns, "url")
    if not columns.headline:
        _check_shapes(title, company, url)
    return Fields(
        title=title,
        description=description,
        cut=cut,
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


def _is_employment(value: str) -> bool:
    return _EMPLOYMENT_WORDS.issuperset(_WORD.findall(value.lower()))


def _values(raw: RawRecord, part: Part) -> list[str]:
    return texts(at(raw.fields, part.column))


def _line(raw: RawRecord, columns: ColumnMap, name: str) -> str | None:
    """A field's value on one line, None if it is missing."""
    parts = columns.columns.get(name, ())
    values = [to_line(value[:MAX_LINE_CHARS]) for part in parts for value in _values(raw, part)]
    if len(parts) > 1 and name in RANGES:
        values = [_WHOLE_NUMBER.sub(r"\1", value) for value in values if value.strip("0.")]
    kept = list(dict.fromkeys(value for value in values if not is_missing(value)))
    return (" - " if name in RANGES else ", ").join(kept)[:MAX_LINE_CHARS].strip() or None


def _description(raw: RawRecord, columns: ColumnMap) -> tuple[str, bool]:
    """The description with headings and the line of key skills, and whether one of its columns was cut."""
    blocks: list[str] = []
    cut = False
    for part in columns.columns.get("description", ()):
        values = _values(raw, part)
        length = sum(map(len, values))
        if length > MAX_DESCRIPTION_CHARS:
            raise NotAPosting(f"its description has {length:,} characters, more than {MAX_DESCRIPTION_CHARS:,}")
        text = to_text(values[0]) if len(values) == 1 else "\n".join(f"• {to_text(value)}" for value in values)
        if not is_missing(text):
            cut = cut or _is_cut(text, length)
            blocks.append(f"{part.heading}:\n{text}" if part.heading else text)
    skills = _line(raw, columns, "skills")
    if skills:
        blocks.append(SKILLS_LINE + _COMMA.sub(", ", skills).strip(", "))
    return to_text("\n\n".join(blocks)), cut


def _is_cut(text: str, length: int) -> bool:
    """Whether a text ends in dots, or within a word at a usual length; `length` is that before cleaning."""
    if LINK.search(text[-200:]):  # boards shorten long links, too
        return False
    return bool(CUT_END.search(text[-40:])) or (length in CUT_LENGTHS and text[-1].isalnum())


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
