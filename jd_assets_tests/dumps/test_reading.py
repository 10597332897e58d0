"""Reading a dump: every record is accounted for, and postings keep their identity."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jd_assets.dumps.boards import Board, Boards, load_boards
from jd_assets.dumps.reading import DumpReading, content_hash, read_dump
from jd_assets.errors import DumpError, TooManyBadRecords
from jd_assets.records import DumpRef
from jd_assets_tests.dumps.files import csv_text, write, write_json

SEEDS = load_boards(Path(__file__).parents[2] / "seeds" / "boards.toml")
TEXT = "We weave and mend cloth, and look for somebody who knows looms and will work with our dyers."


def reading(path: Path, board: str = "looms", boards: Boards = SEEDS, max_bad_share: float = 0.2) -> DumpReading:
    ref = DumpRef(key=f"{board}_2026-01-02", board=board, date=dt.date(2026, 1, 2), path=str(path), content_hash="x")
    return read_dump(ref, path, boards, max_bad_share)


def of_json(tmp_path: Path, records: list[dict[str, Any]], **options: Any) -> DumpReading:
    return reading(write_json(tmp_path / "a.json", records), **options)


def test_fields_are_cleaned_and_joined(tmp_path: Path) -> None:
    (posting,) = of_json(
        tmp_path,
        [
            {
                "job_id": "w-17",
                "title": "Weaver &amp; Dyer<br>",
                "company_name": "Looms Ltd\n4.1",
                "city": "Aix",
                "country": "France",
                "description": "<p>We weave.</p><ul><li>looms<li>dyes</ul>",
                "skills": ["weaving", "dyeing"],
                "min_salary": 20000.0,
                "max_salary": 30000.0,
                "experience_years_min": 2,
                "remote": True,
                "url": "https://looms.example/17",
            }
        ],
    ).postings
    assert (posting.title, posting.company, posting.location) == ("Weaver & Dyer", "Looms Ltd", "Aix, France")
    assert posting.description == "We weave.\n\n• looms\n• dyes\n\nKey skills: weaving, dyeing"
    assert (posting.salary, posting.experience, posting.remote) == ("20000 - 30000", "2 years", "remote")
    assert (posting.dump_key, posting.url, posting.flags) == ("w-17", "https://looms.example/17", ())


def test_missing_values_are_none(tmp_path: Path) -> None:
    (posting,) = of_json(
        tmp_path, [{"title": "Weaver", "company": "-1", "salary": "Not disclosed", "location": "nan"}]
    ).postings
    assert (posting.company, posting.salary, posting.location) == (None, None, None)


def test_a_headline_board_takes_title_and_company_from_the_first_line(tmp_path: Path) -> None:
    text = "Loomworks | Senior Dye Engineer | Aix<p>We weave cloth and mend it.<p>Apply by letter."
    (posting,) = of_json(
        tmp_path, [{"full_html": text, "url": "https://x.example/1", "address": None}], board="hn_who_is_hiring"
    ).postings
    assert (posting.title, posting.company, posting.location) == ("Senior Dye Engineer", "Loomworks", "Aix")
    assert posting.dump_key == "https://x.example/1" and "\n\nApply by letter." in posting.description


def test_parts_of_a_description_stand_under_their_headings(tmp_path: Path) -> None:
    header = ["Title", "Responsibilities", "Minimum Qualifications", "Preferred Qualifications"]
    path = write(tmp_path / "a.csv", csv_text(header, [["Weaver", "Weave.", "", "Likes cloth."]]))
    (posting,) = reading(path, "google_careers").postings
    assert posting.description == "Responsibilities:\nWeave.\n\nPreferred Qualifications:\nLikes cloth."


def test_values_in_exchanged_columns_are_put_right_where_their_shape_is_certain(tmp_path: Path) -> None:
    columns = ["title", "description", "employment_type", "category"]
    rows = [["Weaver", TEXT, "Crafts", "Full Time, Permanent"], ["Dyer", TEXT, "Part time", "Crafts"]]
    postings = reading(write(tmp_path / "a.csv", csv_text(columns, rows))).postings
    assert [(posting.employment_type, posting.category) for posting in postings] == [
        ("Full Time, Permanent", "Crafts"),
        ("Part time", "Crafts"),
    ]


def test_values_in_wrong_columns_are_quarantined_where_nobody_can_tell(tmp_path: Path) -> None:
    good = [["Weaver", "Looms", TEXT]] * 3
    shifted = [["https://looms.example/1", "Weaver", "Looms"], ["x" * 500, "", "Weaver"]]
    result = reading(
        write(tmp_path / "a.csv", csv_text(["title", "company", "description"], good + shifted)), max_bad_share=0.5
    )
    assert [record.place for record in result.quarantined] == ["row 4", "row 5"]
    assert all("columns are shifted" in record.reason for record in result.quarantined)


@pytest.mark.parametrize(
    ("record", "flags"),
    [
        ({"title": "Weaver", "text": TEXT}, ()),
        ({"title": "Weaver", "text": ""}, ("empty_description",)),
        ({"title": "Weaver", "text": "---"}, ("empty_description",)),
        ({"title": "", "text": TEXT}, ("no_title",)),
        ({"title": "Weaver", "text": TEXT + " You will…"}, ("truncated_description",)),
        ({"title": "Weaver", "text": ("weave and mend " * 40)[:500]}, ("truncated_description",)),
        ({"title": "Weaver", "text": TEXT + " https://looms.example/very/lo..."}, ()),
        (
            {
                "title": "Weaver",
                "text": "Wir weben Stoffe und suchen für unser Team eine Person, die mit uns webt. " * 3,
            },
            ("not_english",),
        ),
        ({"title": "Weaver", "text": "We weave and mend...", "skills": ["looms"]}, ("truncated_description",)),
    ],
)
def test_flags_say_what_is_odd(tmp_path: Path, record: dict[str, str], flags: tuple[str, ...]) -> None:
    result = of_json(tmp_path, [record, {"title": "Dyer", "text": TEXT}])
    assert result.postings[0].flags == flags and result.flags == dict.fromkeys(flags, 1)


def test_a_record_with_neither_title_nor_description_is_quarantined_with_its_place(tmp_path: Path) -> None:
    result = of_json(tmp_path, [{"title": "Weaver", "text": TEXT}] * 4 + [{"company": "Looms"}])
    (record,) = result.quarantined
    assert (record.place, record.reason) == ("item 5", "it has neither a title nor a description")
    assert (record.dump, record.file, record.excerpt) == ("looms_2026-01-02", "a.json", "company: Looms")


def test_too_many_bad_records_fail_the_dump_with_counts_and_reasons(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = [{"title": "Weaver", "text": TEXT}] * 7 + [{"company": "x"}] * 3
    assert len(of_json(tmp_path, records, max_bad_share=0.3).quarantined) == 3
    with pytest.raises(TooManyBadRecords, match=r"3 of 10 records are bad \(it has neither .* 3\), more than 20%"):
        of_json(tmp_path, records, max_bad_share=0.2)


def test_a_dump_of_bad_records_only_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match=r"not one record in it can be read \(it is a text, not an object: 2\)"):
        reading(write_json(tmp_path / "a.json", ["a", "b"]))


def test_the_boards_key_makes_the_id_whatever_else_changes(tmp_path: Path) -> None:
    first, second = ({"job_id": "k-1", "title": title, "text": TEXT, "pay": "1"} for title in ("Weaver", "Dyer"))
    before, after = of_json(tmp_path, [first]), of_json(tmp_path, [second])
    assert before.postings[0].posting_id == after.postings[0].posting_id
    assert before.sightings[0].content_hash != after.sightings[0].content_hash


def test_without_a_key_the_content_makes_the_id(tmp_path: Path) -> None:
    record = {"title": "Weaver", "text": TEXT, "location": "Aix", "link": "https://a.example"}
    one, other = of_json(tmp_path, [record]), of_json(tmp_path, [record | {"link": "https://b.example"}])
    moved = of_json(tmp_path, [record | {"location": "Bonn"}])
    assert one.postings[0].posting_id == other.postings[0].posting_id != moved.postings[0].posting_id
    assert content_hash(one.postings[0]) == content_hash(other.postings[0])


def test_another_boards_posting_is_another_posting(tmp_path: Path) -> None:
    record = {"title": "Weaver", "text": TEXT}
    one, other = of_json(tmp_path, [record], board="looms"), of_json(tmp_path, [record], board="mills")
    assert one.postings[0].posting_id != other.postings[0].posting_id


@pytest.mark.parametrize("index", [["0", "1", "2", "3"], ["1", "2", "4", "9"], ["5.0", "6.0", "7.0", "8.0"]])
def test_a_row_index_is_no_key(tmp_path: Path, index: list[str]) -> None:
    result = of_json(tmp_path, [{"id": number, "title": f"Weaver {number}", "text": TEXT} for number in index])
    assert [posting.dump_key for posting in result.postings] == [None] * 4
    assert result.mapping.describe()["ignored"] == ["id"]


def test_a_column_that_mixes_postings_is_no_key(tmp_path: Path) -> None:
    records = [{"reference": "mill-7", "title": f"Weaver {number}", "text": TEXT} for number in range(4)]
    assert len(of_json(tmp_path, records).postings) == 4


def test_of_several_records_with_one_key_the_fullest_and_then_the_last_is_taken(tmp_path: Path) -> None:
    records = [
        {"job_id": "k-9", "title": "Weaver", "text": TEXT, "url": "https://old.example"},
        {"job_id": "k-9", "title": "Weaver", "text": TEXT, "url": "https://new.example"},
        {"job_id": "k-9", "title": "", "text": TEXT},
        {"job_id": "k-2", "title": "Dyer", "text": TEXT},
    ]
    result = of_json(tmp_path, records)
    assert [posting.url for posting in result.postings] == ["https://new.example", None]
    assert result.same_key == 2 and [sighting.place for sighting in result.sightings] == ["item 2", "item 4"]


cells = st.sampled_from(["", "-1", "Weaver", "<p>We weave</p>", "https://a.example", "x" * 450, "Dyer"])
records = st.lists(
    st.dictionaries(st.sampled_from(["job_id", "title", "text", "company"]), cells, max_size=4)
    | st.sampled_from(["text", 7]),
    max_size=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records)
def test_counts_add_up_and_reading_again_gives_the_same(tmp_path: Path, items: list[Any]) -> None:
    path = write(tmp_path / "a.json", json.dumps([{"title": "Weaver", "text": TEXT}, *items]))
    result = reading(path, boards=Boards((Board("looms"),), "v"), max_bad_share=1)
    assert result.records == len(items) + 1 == len(result.postings) + result.same_key + len(result.quarantined)
    ids = [posting.posting_id for posting in result.postings]
    assert len(set(ids)) == len(ids) and ids == [sighting.posting_id for sighting in result.sightings]
    assert reading(path, boards=Boards((Board("looms"),), "v"), max_bad_share=1) == result
