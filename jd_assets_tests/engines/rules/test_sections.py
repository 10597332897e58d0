"""Sections cover the text exactly, headings are found wherever they stand, boilerplate swallows no requirement."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jd_assets.engines.rules.headings import classify, may_open
from jd_assets.engines.rules.sections import find_sections, heading_end
from jd_assets.engines.rules.text import PARSED_CHARS
from jd_assets_tests.engines.rules.writing import GLUED, LINED, kind_at, kinds

FRAGMENTS = (
    "Requirements:|About us|What you'll do|• |\n|\t|\xa0|5+ years of experience|We offer|Benefits|Design services."
    "|equal opportunity employer|careersWhy Join|: |(|**|İstanbul|🚀|\x85|a| "
).split("|")
TEXTS = st.one_of(st.text(max_size=400), st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))


@given(TEXTS)
@example("•\n•\n")
@example(" \n About us \n ")
@settings(max_examples=300, deadline=None)
def test_sections_cover_any_text_without_gaps_or_overlaps(text: str) -> None:
    sections = find_sections(text)
    assert "".join(text[section.start : section.end] for section in sections) == text
    assert all(section.start < section.end for section in sections)
    assert all(one.end == other.start for one, other in pairwise(sections))


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_a_heading_stands_verbatim_at_the_start_of_its_section(text: str) -> None:
    for section in find_sections(text):
        if section.heading is not None:
            assert section.heading in text[section.start : heading_end(text, section)]


def test_each_kind_of_heading_opens_its_section() -> None:
    assert kind_at(LINED, "Fernhill is a leading") == "about_company"
    assert kind_at(LINED, "Design sensors'") == "responsibilities"
    assert kind_at(LINED, "Solid knowledge") == "requirements"
    assert kind_at(LINED, "Familiarity with Kafka") == "preferred"
    assert kind_at(LINED, "Dental insurance") == "benefits"


def test_statements_of_diversity_and_application_are_found_under_any_heading() -> None:
    assert kind_at(LINED, "We are an equal opportunity") == "diversity"
    assert kind_at(LINED, "Send your CV") == "how_to_apply"


def test_what_is_handed_in_at_work_is_no_application() -> None:
    lines = "Responsibilities\n• Submit the weekly reports to the board\n• Send your cover letter to the hiring team\n"
    assert kind_at(lines, "Submit the weekly") == "responsibilities"
    assert kind_at(lines, "Send your cover") == "how_to_apply"


def test_a_requirement_line_among_the_duties_is_a_section_of_its_own() -> None:
    assert kind_at(LINED, "4+ years of experience") == "requirements"


def test_headings_are_found_in_text_that_lost_its_line_breaks() -> None:
    assert kind_at(GLUED, "Design data pipelines") == "responsibilities"
    assert kind_at(GLUED, "Solid knowledge") == "requirements"
    assert kind_at(GLUED, "Dental insurance") == "benefits"
    assert kind_at(GLUED, "Send your CV") == "how_to_apply"
    assert "Key Responsibilities" in {section.heading for section in find_sections(GLUED)}


def test_headings_are_found_in_text_without_any_punctuation_around_them() -> None:
    text = (
        "The bank grows and needs hands. Key Responsibilities Prepare the monthly ledgers of the branches and check"
        " what others prepared. Qualifications Degree in accounting and a steady hand. Apply Now"
    )
    assert kind_at(text, "Prepare the monthly") == "responsibilities"
    assert kind_at(text, "Degree in accounting") == "requirements"


def test_duties_and_requirements_without_headings_are_told_apart() -> None:
    text = (
        "Build reports for the finance team.\nCoordinate three suppliers and their deliveries.\n"
        "BA/BS degree or equivalent practical experience.\n3 years of experience in logistics.\nKnowledge of SQL."
    )
    assert kinds(text) == ["responsibilities", "requirements"]


@pytest.mark.parametrize(
    "line",
    [
        "You must have 5+ years of experience with Terraform.",
        "Bachelor's degree in physics.",
        "Experience with Kubernetes and Helm",
    ],
)
def test_boilerplate_never_swallows_a_requirement(line: str) -> None:
    for heading in ("About us", "Benefits", "Our mission"):
        assert kind_at(f"{heading}\nWe make chairs.\n\n{line}\n", line) == "requirements"


def test_talk_about_the_company_ends_where_the_role_begins() -> None:
    text = "About us\nWe make chairs in Oslo.\nWe are looking for a carpenter.\nYou will build chairs from oak."
    assert kind_at(text, "We make chairs") == "about_company"
    assert kind_at(text, "We are looking") == "summary"
    assert kind_at(text, "You will build") == "responsibilities"


def test_a_heading_that_nobody_knows_stays_within_the_duties_but_ends_boilerplate() -> None:
    assert kind_at("Responsibilities\nClient care:\n- Call clients daily", "Call clients") == "responsibilities"
    assert (
        kind_at("Benefits\n- Paid leave\n\nHarbour systems:\nLoad the cranes by night", "Load the cranes") != "benefits"
    )


def test_a_product_name_in_mixed_case_is_no_lost_line_break() -> None:
    text = (
        "Responsibilities: "
        + "you write JavaScript and TypeScript for the PowerPoint plugin of our LinkedIn team. " * 4
    )
    assert [section.heading for section in find_sections(text)] == ["Responsibilities"]


def test_a_detail_on_one_line_ends_with_that_line() -> None:
    text = "Location: Pune\n\n- Design the plant\n- Supervise two crews"
    assert kind_at(text, "Location") == "details"
    assert kind_at(text, "Design the plant") == "responsibilities"


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("ROLE OVERVIEW", "summary"),
        ("Minimum Qualifications", "requirements"),
        ("What does day-to-day look like", "responsibilities"),
        ("What You’ll Bring", "requirements"),
        ("Preferred Skills and Experience", "preferred"),
        ("Tech stack", "skills"),
        ("Life at Fernhill", "benefits"),
        ("Equal Opportunity Statement", "diversity"),
        ("Our hiring process", "how_to_apply"),
        ("Company Profile", "about_company"),
        ("About Fernhill", "about_company"),
        ("You might be a good fit if you have", "requirements"),
        ("You'll be a great fit if", "requirements"),
        ("Qualifications we would like to see", "requirements"),
        ("Experience with Java", None),
        ("Strong communication skills", None),
        ("Client acquisition", None),
    ],
)
def test_a_heading_is_made_of_heading_words_only(heading: str, kind: str | None) -> None:
    assert classify(heading) == kind


@pytest.mark.parametrize(
    "heading", ["Key Responsibilities", "What You'll Do", "About Us", "Nice to Have", "Why Join Us"]
)
def test_a_known_heading_can_be_found_in_running_text(heading: str) -> None:
    assert may_open(heading.split()[0])


def test_text_behind_the_parsed_part_belongs_to_the_last_section() -> None:
    text = "Requirements\n" + "- Knowledge of COBOL\n" * (PARSED_CHARS // 20)
    sections = find_sections(text)
    assert sections[-1].end == len(text)
    assert {section.kind for section in sections} == {"requirements"}
