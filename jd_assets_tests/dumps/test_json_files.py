"""JSON in all the shapes that dumps have: every record before a break is kept, and memory stays bounded."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jd_assets.dumps.readers import read_records
from jd_assets.errors import DumpError
from jd_assets_tests.dumps.files import gzipped, read, write, write_json

POSTINGS: list[dict[str, Any]] = [{"title": f"Weaver {number}", "pay": number} for number in range(1, 4)]
FIELDS = [{"title": f"Weaver {number}", "pay": str(number)} for number in range(1, 4)]


@pytest.mark.parametrize(
    "document",
    [
        POSTINGS,
        {"count": 3, "next": None, "results": POSTINGS},
        {"status": "ok", "data": {"total": 3, "jobs": POSTINGS}},
        {"hits": {"total": 3, "hits": [{"_id": "x", "_source": posting} for posting in POSTINGS]}},
        {"a1": POSTINGS[0], "a2": POSTINGS[1], "a3": POSTINGS[2]},
        {"title": {"0": "Weaver 1", "1": "Weaver 2", "2": "Weaver 3"}, "pay": {"0": 1, "1": 2, "2": 3}},
        {"vacatures": POSTINGS, "total": 3},
        [{"last_updated": 1, "legal": "Link back to us."}, *POSTINGS],
    ],
    ids=["list", "container", "nested container", "elasticsearch", "by key", "columns", "unknown container", "notice"],
)
def test_records_are_found_in_any_document(tmp_path: Path, document: Any) -> None:
    assert read(write_json(tmp_path / "a.json", document)) == (FIELDS, [])


def test_one_object_is_one_record(tmp_path: Path) -> None:
    posting = {"title": "Weaver", "hiringOrganization": {"name": "Looms"}, "skills": ["a", None, 1.50], "x": None}
    good, _ = read(write(tmp_path / "a.json", json.dumps(posting, indent=2).replace("1.5", "1.50")))
    assert good == [{"title": "Weaver", "hiringOrganization": {"name": "Looms"}, "skills": ["a", "1.50"]}]


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    good, _ = read(
        write(tmp_path / "a.json", '[{"id": 12345678901234567890123, "pay": 1.10, "none": NaN, "on": true}]')
    )
    assert good == [{"id": "12345678901234567890123", "pay": "1.10", "on": "true"}]


def test_json_lines_are_read_under_any_name_packed_or_not(tmp_path: Path) -> None:
    lines = "\n".join(map(json.dumps, POSTINGS)) + "\n"
    contents: dict[str, str | bytes] = {"a.jsonl": lines, "b.json": lines, "c.json.gz": gzipped(lines)}
    for name, content in contents.items():
        assert read(write(tmp_path / name, content)) == (FIELDS, [])


def test_a_broken_line_costs_itself_only(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "a.jsonl", '{"title": "a"}\n{"title": "b"\n["c"]\n{"title": "d"}\n'))
    assert [fields["title"] for fields in good] == ["a", "d"]
    assert [record.place for record in bad] == ["line 2", "line 3"]
    assert "no JSON" in bad[0].reason and "a list, not an object" in bad[1].reason


def test_documents_one_behind_the_other_are_read(tmp_path: Path) -> None:
    text = "".join(json.dumps(posting, indent=1) for posting in POSTINGS)
    assert read(write(tmp_path / "a.json", text)) == (FIELDS, [])


def test_what_stands_before_a_break_is_kept_and_the_rest_is_one_bad_record(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "a.json", json.dumps(POSTINGS)[:-30]))
    assert good == FIELDS[:2]
    assert [record.place for record in bad] == ["item 3 and all behind it"] and "breaks here" in bad[0].reason


def test_items_that_are_no_objects_are_bad(tmp_path: Path) -> None:
    good, bad = read(write_json(tmp_path / "a.json", ["text", POSTINGS[0]]))
    assert good == FIELDS[:1] and bad[0].reason == "it is a text, not an object"


def test_deep_nesting_is_refused_quickly(tmp_path: Path) -> None:
    deep = '[{"title": "a"}, {"title": ' + '{"x":' * 30 + "1" + "}" * 30 + "}]"
    assert "nested deeper" in read(write(tmp_path / "a.json", deep))[1][0].reason
    assert "nested too deeply" in read(write(tmp_path / "b.json", '[{"a": ' + "[" * 500_000))[1][0].reason


def test_a_value_that_is_no_list_and_no_object_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="no column names"):
        read(write(tmp_path / "a.json", '""'))


def test_a_long_list_is_read_without_holding_it(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("w") as file:
        file.write('{"jobs": [')
        file.write(",".join(json.dumps({"title": f"Weaver {number}", "text": "x" * 5_000}) for number in range(6_000)))
        file.write("]}")
    tracemalloc.start()
    count = sum(1 for _ in read_records(tmp_path / "a.json"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 6_000 and peak < 10 * 2**20


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.text(max_size=5), values, min_size=1, max_size=4), min_size=1, max_size=5),
    st.integers(0, 400),
)
def test_a_cut_anywhere_loses_only_what_lies_behind_it(tmp_path: Path, items: list[dict[str, Any]], cut: int) -> None:
    text = json.dumps([{"title": "x"} | item for item in items])
    whole, _ = read(write(tmp_path / "a.json", text))
    if cut < len(text) - 1:
        good, bad = read(write(tmp_path / "a.json", text[: cut + 1]))
        assert good == whole[: len(good)] and len(bad) == 1
