"""Every usual wording of years is read, and nothing else that has years in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jd_assets.engines.rules.experience import read_experience
from jd_assets.records import Experience, Section
from jd_assets_tests.engines.rules.writing import whole


def read(text: str, field: str | None = None) -> Experience:
    return read_experience(text, whole(text), field)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3-5 years of experience", 3, 5),
        ("3 to 5 yrs experience in welding", 3, 5),
        ("5+ years of experience", 5, None),
        ("5 years+ work experience", 5, None),
        ("A minimum of 3 years in a similar role", 3, None),
        ("At least two (2) years of experience", 2, None),
        ("seven (7) years of experience as an analyst", 7, None),
        ("Experience: 1 years to 3 years", 1, 3),
        ("exp : 4 to 8", 4, 8),
        ("Total Experience (Years) : 4-5 Years", 4, 5),
        ("0-1 year of experience", 0, 1),
        ("3.5-10 years of experience in building tools", 3.5, 10),
        ("2-6+ years of experience", 2, None),
        ("6–8 years’ experience in sales", 6, 8),
        ("18 months of experience", 1.5, None),
        ("up to 3 years of experience", None, 3),
        ("Proven track record of 7 to 10 years in business development", 7, 10),
        ("Three or more (3+) years of work experience", 3, None),
        ("[1-2] years of relevant experience", 1, 2),
        ("Solid SQL skills5+ years of experience with reports", 5, None),
    ],
)
def test_the_usual_wordings(text: str, low: float | None, high: float | None) -> None:
    found = read(text)
    assert (found.min, found.max) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "We have been in business for over 20 years.",
        "Our history spans over 200 years.",
        "Applicants must be 18 years of age.",
        "The machines come with a 10 years warranty.",
        "A two-year contract with a 2 years bond.",
        "Can commit to the 2-year training program.",
        "HMO after 1 year of employment.",
        "We raised money in only four years since our founding.",
        "Develop the 3-5 year strategy of the firm.",
        "Open to fresh graduates and experienced professionals.",
        "You get 20 days off per year.",
    ],
)
def test_other_years_are_no_experience(text: str) -> None:
    assert read(text) == Experience()


def test_overall_and_relevant_years_are_both_kept_with_their_words() -> None:
    found = read("4+ years of overall work experience with 2+ years of relevant experience in Rust.")
    assert (found.min, found.relevant_min) == (4, 2)
    assert found.raw == "4+ years of overall work experience"
    assert found.relevant_raw == "2+ years of relevant experience in Rust"


def test_a_label_is_the_overall_statement() -> None:
    found = read("Experience: 1-3 years\n2+ years of proven experience as a writer.\n5 days working")
    assert (found.min, found.max, found.raw) == (1, 3, "1-3 years")


def test_of_several_skills_years_the_largest_is_the_main_statement() -> None:
    found = read("At least 3 years of experience with Go.\n6 years of experience in backend work.\n")
    assert (found.min, found.relevant_min) == (6, 3)


def test_what_is_only_preferred_counts_only_where_nothing_is_required() -> None:
    assert read("3 years of experience required.\n8 years of experience preferred.").min == 3
    assert read("8 years of experience preferred.").min == 8


def test_the_boards_own_field_comes_first() -> None:
    found = read("You bring 3 years of experience.", field="5 - 8 Yrs")
    assert (found.min, found.max, found.raw) == (5, 8, "5 - 8 Yrs")


def test_a_field_without_years_says_nothing() -> None:
    assert read("2 years of experience", field="Mid-Senior level").min == 2


def test_boilerplate_asks_for_nothing() -> None:
    text = "Our people have 15 years of experience on average."
    assert (
        read_experience(text, [Section(kind="about_company", heading=None, start=0, end=len(text))], None).min is None
    )


@given(st.text(alphabet="0123456789 -–+toyearsexpinc.()\n", max_size=200))
def test_statements_are_quoted_verbatim(text: str) -> None:
    found = read(text)
    for words in (found.raw, found.relevant_raw):
        assert words is None or words in text
