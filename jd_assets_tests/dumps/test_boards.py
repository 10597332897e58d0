"""Columns: well-known names are found, a board's entry says what differs, and what cannot be meant is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jd_assets.dumps.boards import Board, Boards, choose_columns, load_boards
from jd_assets.errors import DumpError, SettingsError
from jd_assets_tests.dumps.files import write

SEEDS = Path(__file__).parents[2] / "seeds" / "boards.toml"
ENTRY = """
[boards.mills]
files = ["mills/*.csv", "mill_jobs*.json"]
[boards.mills.columns]
company = []
category = ["Guild", "Craft"]
description = [
    { column = "Duties", heading = "What you do" },
    { column = "Needs" },
]
"""


def boards(tmp_path: Path, text: str = ENTRY) -> Boards:
    return load_boards(write(tmp_path / "boards.toml", text))


def columns(board: Board, *records: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = choose_columns("a.csv", board, records).describe()["columns"]
    return described


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("Job Title|Job Description|Company Name", {"title": "Job Title", "company": "Company Name"}),
        ("jobtitle|jobdescription|hiringOrganization.name", {"company": "hiringOrganization.name"}),
        ("Designation|Required Skills|Job_Id", {"title": "Designation", "skills": "Required Skills", "key": "Job_Id"}),
        (
            "role|text|employer|remote|ctc",
            {"title": "role", "description": "text", "remote": "remote", "salary": "ctc"},
        ),
        ("position|full_html|dateposted", {"title": "position", "description": "full_html", "posted_at": "dateposted"}),
    ],
)
def test_well_known_names_are_found_however_they_are_spelled(names: str, expected: dict[str, str]) -> None:
    chosen = columns(Board("any"), dict.fromkeys(names.split("|"), "something"))
    assert {name: chosen[name] for name in expected} == {name: [column] for name, column in expected.items()}


def test_columns_inside_objects_and_literal_cells_are_found() -> None:
    record = {
        "title": "Weaver",
        "hiringOrganization": {"@type": "Organization", "name": "Looms"},
        "jobLocation": [{"address": {"addressLocality": "Aix", "addressCountry": "FR"}}],
        "baseSalary": "{'value': {'minValue': 1, 'maxValue': 2}}",
    }
    chosen = columns(Board("any"), record)
    assert chosen["company"] == ["hiringOrganization.name"]
    assert chosen["location"] == ["jobLocation.address.addressLocality", "jobLocation.address.addressCountry"]
    assert chosen["salary"] == ["baseSalary.value.minValue", "baseSalary.value.maxValue"]


def test_a_column_without_values_and_a_title_of_numbers_are_passed_over() -> None:
    records = [{"title": "17", "position": "Weaver", "location": "", "city": "Aix", "text": "Weaves"}] * 3
    chosen = columns(Board("any"), *records)
    assert chosen["title"] == ["position"] and chosen["location"] == ["city"]


def test_a_boards_entry_wins_over_well_known_names(tmp_path: Path) -> None:
    entry = boards(tmp_path).entry("mills")
    record = {
        "title": "Weaver",
        "Duties": "Weave",
        "Needs": "Care",
        "description": "x",
        "company": "x",
        "Craft": "Cloth",
    }
    chosen = choose_columns("a.csv", entry, [record])
    assert chosen.describe() == {
        "board": "mills",
        "columns": {"title": ["title"], "description": ["Duties", "Needs"], "category": ["Craft"]},
        "ignored": ["description", "company"],
    }


def test_a_dump_without_title_and_description_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        DumpError, match=r"a\.csv: no title and no description among its columns \(weight, height\)"
    ) as error:
        choose_columns("a.csv", Board("mills"), [{"weight": "1", "height": "2"}])
    assert "[boards.mills.columns]" in str(error.value)


def test_an_entry_is_found_by_the_end_of_the_path_whatever_its_case_and_packing(tmp_path: Path) -> None:
    found = boards(tmp_path)
    for path in ("/data/Mills/today.CSV", "mills/2026/01/a.csv.gz", "/x/mill_jobs_2026.json"):
        entry = found.matching(Path(path))
        assert entry is not None and entry.name == "mills"
    assert found.matching(Path("/data/windmills.csv")) is None


def test_the_version_changes_with_what_the_file_says_only(tmp_path: Path) -> None:
    version = boards(tmp_path).version
    assert boards(tmp_path, "# a comment\n" + ENTRY).version == version
    assert boards(tmp_path, ENTRY.replace("Guild", "Trade")).version != version


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[boards.mills", "no TOML"),
        ("[mills]", "mills is not known here"),
        ("[boards.Mills]", "small letters"),
        ("[boards.mills]\nfiles = 'a'", "list of path patterns"),
        ("[boards.mills.columns]\ntitel = 'a'", "titel is not known here; known: key, title"),
        ("[boards.mills.columns]\ntitle = 1", "give a column"),
        ("[boards.mills.columns]\ntitle = [{ heading = 'a' }]", "give a column"),
    ],
)
def test_a_boards_file_that_cannot_be_meant_is_refused_with_the_place(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as error:
        boards(tmp_path, text)
    assert "boards.toml" in str(error.value)


def test_the_boards_file_of_the_project_can_be_read() -> None:
    assert {"naukri", "hn_who_is_hiring", "google_careers"} <= {entry.name for entry in load_boards(SEEDS).entries}
