"""Headlines: title, company and place where a board gives nothing but text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jd_assets.dumps.headline import Headline, read_headline


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        (
            "Loomworks | Senior Dye Engineer | Aix, France | Remote",
            Headline("Senior Dye Engineer", "Loomworks", "Aix, France"),
        ),
        ("Loomworks (https://loom.example.com) - Aix - Data Scientist", Headline("Data Scientist", "Loomworks", "Aix")),
        (
            "Loomworks - Bonn\n\nWe weave.\n\n- Backend Developer (Go)\n- Designer",
            Headline("Backend Developer (Go)", "Loomworks", "Bonn"),
        ),
        (
            "Company: Loomworks Ltd.\nLocation: Aix\nRole: Data Analyst",
            Headline("Data Analyst", "Loomworks Ltd.", "Aix"),
        ),
        ("Loomworks is hiring a remote Rust developer.", Headline("Rust developer", "Loomworks", None)),
        ("FULL TIME Systems Engineer at a mill", Headline("Systems Engineer at a mill", None, None)),
        ("We weave cloth and like it.", Headline("", None, None)),
        ("", Headline("", None, None)),
    ],
)
def test_first_lines_are_read(text: str, headline: Headline) -> None:
    assert read_headline(text) == headline


def test_a_place_that_the_board_knows_is_no_company() -> None:
    assert read_headline("Aix | Loomworks | Data Engineer", "Aix, France").company == "Loomworks"


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    read_headline(text)


@pytest.mark.parametrize("text", ["a." * 200_000, "engineer " * 100_000, "- \n" * 100_000, "hiring a " * 50_000])
def test_long_text_takes_no_longer(text: str) -> None:
    start = time.process_time()
    read_headline(text)
    assert time.process_time() - start < 1
