"""The parse of a whole posting: every field filled from its rule, any text survived, and the seed pages reproduced."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.records import NanoParse, Posting, PostingFlag
from jd_assets.stages.nano_parse import parse
from jd_assets_tests.engines.rules.writing import GLUED, LINED
from jd_assets_tests.shared import shared_folder

BOARD_FIELDS = {
    "location": "Oslo",
    "salary": "NOK 600,000 - 700,000 a year",
    "experience": "4-6 Yrs",
    "remote": "Hybrid",
    "company": "Fernhill Ltd.",
}


def posting(
    description: str,
    title: str = "Data Engineer",
    fields: Mapping[str, str] | None = None,
    flag: PostingFlag | None = None,
) -> Posting:
    flags = (flag,) if flag else ()
    return Posting.model_validate(
        {"posting_id": "p", "board": "b", "title": title, "description": description, "flags": flags, **(fields or {})}
    )


def test_a_posting_is_parsed_into_every_field() -> None:
    found = parse(posting(LINED, "Senior Data Engineer (Remote)", BOARD_FIELDS))
    assert (found.JD_type, found.role, found.seniority, found.role_archetype) == (
        "pass",
        "Data Engineer",
        "senior",
        "Data",
    )
    assert found.company_name == "Fernhill Ltd."
    assert found.about_company is not None
    assert (found.experience.min, found.experience.max) == (4, 6)
    assert found.ctc is not None
    assert (found.ctc.min, found.ctc.currency) == (600_000, "NOK")
    assert found.work_mode == "hybrid"
    assert [(place.city, place.work_mode) for place in found.job_locations] == [("Oslo", "hybrid")]
    assert len(found.duties) == 2
    assert found.education
    assert found.sections[0].kind == "about_company"


@pytest.mark.parametrize(
    ("jd", "reason"),
    [
        (posting(""), "empty"),
        (posting("  \n "), "empty"),
        (posting("Une belle offre pour vous chez nous à Lyon.", flag="not_english"), "not_english"),
        (posting("Sorry, this job is no longer available."), "not_a_job"),
        (posting("Is this thread still open? I liked last month's more.", title=""), "not_a_job"),
        (posting("See below", title="Clerk"), "too_short"),
        (posting(GLUED), "pass"),
        (posting("python, spark, airflow, sql, docker"), "pass"),
    ],
)
def test_a_posting_without_anything_to_judge_says_why(jd: Posting, reason: str) -> None:
    assert parse(jd).JD_type == reason


SCRAPS = [*LINED.splitlines(keepends=True), *GLUED.split(), "\n", "•", "\x00", "\xa0", "$5k", "\u2028"]
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(SCRAPS), max_size=60).map(" ".join))


@given(TEXTS, st.text(max_size=60), st.one_of(st.none(), st.text(max_size=60)))
@settings(max_examples=150, deadline=None)
def test_any_posting_is_parsed_and_quoted_verbatim(text: str, title: str, field: str | None) -> None:
    given_fields = {name: field for name in BOARD_FIELDS if field is not None}
    found = parse(posting(text, title, given_fields))
    assert "".join(text[section.start : section.end] for section in found.sections) == text
    assert all(duty in text and len(duty.split()) >= 1 for duty in found.duties)
    for block in found.roles_and_responsibilities:
        assert block.text in text
        assert block.text.startswith(block.source_marker.first_5_words)
        assert block.text.endswith(block.source_marker.last_5_words)
    assert all(url in text for url in found.urls)
    assert all(words in text for words in found.education)
    assert found == parse(posting(text, title, given_fields))


HOSTILE = {
    "one word": "a",
    "words": "the quick brown fox has experience with ",
    "newlines": "\n",
    "bullets": "• ",
    "digits": "1",
    "years": "5 years ",
    "money": "$1,000 - ",
    "mixed case": "aB",
    "glued headings": "experienceWhat We Do",
    "headings": "Requirements:",
    "brackets": "(",
    "tabs": "a\t",
    "remote": "remote ",
    "degrees": "master ",
    "labels": "location: ",
    "addresses": "http://",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_of_hostile_text_takes_bounded_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    field = text[:5_000]
    start = time.process_time()
    parse(posting(text, field, dict.fromkeys(BOARD_FIELDS, field)))
    assert time.process_time() - start < 8  # seconds on a slow machine; a pattern that explodes takes minutes


def test_an_ordinary_posting_takes_milliseconds() -> None:
    text = (LINED + GLUED + "\n") * 3
    parse(posting(text))
    start = time.process_time()
    for number in range(20):
        parse(posting(f"{text}{number}"))
    seconds_per_4_kb = (time.process_time() - start) / 20 / (len(text) / 4096)
    assert seconds_per_4_kb < 0.03


# --- the seed pages -----------------------------------------------------------------------------------------------


def printed(name: str) -> tuple[NanoParse, dict[str, Any]]:
    """Our parse of a page's job description, and the `nano_parsed` that the page prints."""
    page = shared_folder("seeds", name).read_text(encoding="utf-8")
    description = page.split("\nJob description\n", 1)[1].split("\nSkills from this JD\n", 1)[0].strip()
    theirs: dict[str, Any] = json.JSONDecoder().raw_decode(page, page.index('{\n  "JD_type"'))[0]
    return parse(posting(description, title="")), theirs


def facts(found: NanoParse) -> dict[str, Any]:
    dumped = found.model_dump(mode="json")
    names = ("JD_type", "company_name", "ctc", "certifications", "education", "role", "role_archetype", "urls")
    return {name: dumped[name] for name in names}


@pytest.mark.parametrize("name", ["000_836598eeb3ac2093.txt", "003_be57a97b50fef979.txt"])
def test_the_seed_pages_facts_are_reproduced(name: str) -> None:
    ours, theirs = printed(name)
    assert facts(ours) == {field: theirs[field] for field in facts(ours)}
    places = [(place.city, place.state, place.country, place.work_mode) for place in ours.job_locations]
    assert places == [(one["city"], one["state"], one["country"], one["work_mode"]) for one in theirs["job_locations"]]
    blocks = {block.heading: block.text for block in ours.roles_and_responsibilities}
    for block in theirs["roles_and_responsibilities"]:
        if block["heading"] != "Requirements":  # the page files requirements under duties; ours does not
            assert blocks[block["heading"]] == block["text"]


def test_the_gaming_company_of_page_0_is_recognised() -> None:
    ours, theirs = printed("000_836598eeb3ac2093.txt")
    assert ours.domain.primary is not None
    assert ours.domain.primary.domain == theirs["domain"]["primary"]["domain"]
    assert ours.experience.raw == theirs["experience"]["raw"]
    assert "Gurugram" in ours.job_locations[0].aliases


def test_page_3_keeps_both_years_where_the_page_keeps_one() -> None:
    ours, theirs = printed("003_be57a97b50fef979.txt")
    assert (ours.experience.min, ours.experience.relevant_min) == (3, theirs["experience"]["min"])
    assert ours.experience.relevant_raw == theirs["experience"]["raw"]
    assert ours.about_company is not None
    assert ours.about_company.startswith(theirs["about_company"]["text"])
