"""The wordings that tell kinds of text apart, and the shortcut by which they are looked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.engines.rules import cues
from jd_assets.engines.rules.phrases import read_table, split_list

ANYWHERE = [row for row in read_table("cues.csv") if row["place"] == "anywhere"]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_wording_never_matches_without_one_of_the_words_it_needs(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(ANYWHERE))
    text = data.draw(st.from_regex(re.compile(row["pattern"], re.ASCII), fullmatch=True))
    assert any(need in text.lower() for need in split_list(row["needs"]))


@pytest.mark.parametrize(
    "line",
    [
        "3+ years of overall work experience",
        "Bachelor's degree in physics or a related field",
        "Strong knowledge of PostgreSQL",
        "Minimum of two years in sales",
        "Knowledge of welding is a plus",
    ],
)
def test_lines_that_ask(line: str) -> None:
    assert cues.wants_of_applicant(line)


@pytest.mark.parametrize(
    "line",
    [
        "Design large services",
        "Carefully reviews the ledgers",
        "Building reports for the board",
        "You will lead a team of nine",
    ],
)
def test_lines_that_are_duties(line: str) -> None:
    assert cues.tells_a_duty(line)
    assert not cues.wants_of_applicant(line)


def test_a_label_is_no_order() -> None:
    assert cues.starts_with_action("Address the needs of clients")
    assert not cues.starts_with_action("Address: 12 Mill Lane")


def test_the_company_is_presented_in_plain_words_only() -> None:
    assert cues.is_about_company(
        "Fernhill was founded in 2009 and is a leading provider of irrigation software in Europe."
    )
    assert not cues.is_about_company(
        "Experience with one of the leading cloud providers such as the largest three of them."
    )
