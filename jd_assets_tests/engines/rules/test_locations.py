"""Places are read where a location is stated, completed from the gazetteer, and not guessed from mentions."""

from __future__ import annotations

import pytest

from jd_assets.engines.rules.locations import read_locations

Place = tuple[str | None, str | None, str | None]


def places(field: str | None = None, *, title: str = "Clerk", text: str = "") -> list[Place]:
    return [(one.city, one.state, one.country) for one in read_locations(title, text, field, None)]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Gurugram, Haryana", [("Gurgaon", "Haryana", "India")]),
        (
            "Bangalore/Bengaluru, Mumbai (All Areas)",
            [("Bangalore", "Karnataka", "India"), ("Mumbai", "Maharashtra", "India")],
        ),
        ("Cambridge, MA", [("Cambridge", "Massachusetts", "United States")]),
        ("Cambridge, UK", [("Cambridge", "England", "United Kingdom")]),
        ("London, Ontario, Canada", [("London", "Ontario", "Canada")]),
        ("Atlanta, Georgia", [("Atlanta", "Georgia", "United States")]),
        ("Tbilisi, Georgia", [("Tbilisi", None, "Georgia")]),
        ("Smallville, CA", [("Smallville", "California", "United States")]),
        ("Remote - US", [(None, None, "United States")]),
        ("Makati City, National Capital Region (NCR)", [("Makati", "Metro Manila", "Philippines")]),
        ("Kenya", [(None, None, "Kenya")]),
        ("Unknown", []),
    ],
)
def test_a_boards_location_field(field: str, expected: list[Place]) -> None:
    assert places(field) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Job Location: Pune\nGood pay.", [("Pune", "Maharashtra", "India")]),
        ("The role is based in Berlin, Germany.", [("Berlin", None, "Germany")]),
        ("Location : India, Kenya, Mexico", [(None, None, "India"), (None, None, "Kenya"), (None, None, "Mexico")]),
        ("Our customers sit in Paris and Tokyo.", []),
        ("We use Java and Cork boards.", []),
    ],
)
def test_statements_in_the_text(text: str, expected: list[Place]) -> None:
    assert places(text=text) == expected


def test_a_place_in_a_title_is_a_part_of_its_own() -> None:
    assert places(title="Sales Manager - Mohali") == [("Mohali", "Punjab", "India")]
    assert places(title="Nurse in Nairobi") == [("Nairobi", None, "Kenya")]
    assert places(title="Project Aurora Contributor") == []


def test_the_boards_field_comes_before_title_and_text() -> None:
    assert places("Chennai", title="Driver - Pune", text="Location: Delhi") == [("Chennai", "Tamil Nadu", "India")]


def test_old_and_new_names_are_aliases_of_one_place() -> None:
    (found,) = read_locations("Clerk", "", "Bengaluru", "onsite")
    assert (found.city, found.work_mode) == ("Bangalore", "onsite")
    assert "Bengaluru" in found.aliases
