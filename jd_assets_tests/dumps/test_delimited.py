"""CSV and its relatives: what is whole is read, and what is broken costs only itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jd_assets.dumps.raw import MAX_FIELD_CHARS
from jd_assets.errors import DumpError
from jd_assets_tests.dumps.files import csv_text, gzipped, read, write

HEADER = ["id", "title", "description"]
ROWS = [[str(number), f"Weaver {number}", f"Weaves, mends\nand dyes {number} cloths."] for number in range(1, 7)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_rows_are_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.csv", csv_text(["title"], [["Café “Loom” – Weaver"]] * 40).encode(encoding))
    assert read(path) == ([{"title": "Café “Loom” – Weaver"}] * 40, [])


def test_stray_bytes_in_a_utf8_file_are_read_as_windows_1252(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "title,place\ncafé,x\n".encode() + b"caf\xe9,y\n")
    assert [fields["title"] for fields in read(path)[0]] == ["café", "café"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    lines = [["title", "company", "place"], ["Weaver, Dyer", "Looms; Sons", "Aix"], ["Mender", "Mills", "Bonn"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    good, bad = read(write(tmp_path / "a.txt", text))
    assert good[0] == {"title": "Weaver, Dyer", "company": "Looms; Sons", "place": "Aix"} and not bad


def test_packed_files_are_read_whatever_their_name_says(tmp_path: Path) -> None:
    text = csv_text(HEADER, ROWS)
    packed = read(write(tmp_path / "a.csv.gz", gzipped(text)))
    assert packed == read(write(tmp_path / "b.csv", gzipped(text))) == read(write(tmp_path / "c.csv.gz", text))


def test_unnamed_and_repeated_columns_get_names(tmp_path: Path) -> None:
    good, _ = read(write(tmp_path / "a.csv", ",title,pay,pay\n0,Weaver,1,2\n"))
    assert good == [{"Unnamed: 0": "0", "title": "Weaver", "pay": "1", "pay.1": "2"}]


def test_empty_lines_and_nul_bytes_are_no_matter(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "a.csv", "title,place\n\nWea\0ver,Aix\n,\n \nMender,Bonn\n\n"))
    assert [fields["title"] for fields in good] == ["Weaver", "Mender"] and not bad


def test_rows_of_another_length_are_bad_with_their_place_and_reason(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "a.csv", "id,title,place\n1,Weaver,Aix\n2,Mender\n3,Dyer,Bonn,Ulm\n4,Dyer,Ulm\n"))
    assert [fields["id"] for fields in good] == ["1", "4"]
    assert [record.place for record in bad] == ["row 2 (line 3)", "row 3 (line 4)"]
    assert bad[0].reason.startswith("2 cells under 3 columns") and bad[0].excerpt.startswith("2,Mender")


def test_lines_without_delimiters_belong_to_the_bad_row_above(tmp_path: Path) -> None:
    good, bad = read(
        write(tmp_path / "a.csv", "id,title,text\n1,Weaver\nweaves\nand mends\n2,Mender,mends\n3,Dyer,dyes\n")
    )
    assert [fields["id"] for fields in good] == ["2", "3"]
    assert [record.place for record in bad] == ["row 1 (lines 2 to 4)"]


def test_delimiters_at_the_end_of_a_line_are_dropped(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "a.csv", "id,title\n1,Weaver\n2,Mender,,\n3,Dyer\n"))
    assert good[1] == {"id": "2", "title": "Mender"} and not bad


def test_an_undoubled_quote_within_one_line_is_kept(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "a.csv", 'id,title\n1,"a "good" weaver"\n2,Mender\n3,Dyer\n'))
    assert len(good) == 3 and "good" in good[0]["title"] and not bad


def test_a_quote_that_is_never_closed_costs_its_own_row_only(tmp_path: Path) -> None:
    broken = '3,Weaver 3,"Weaves, mends\r\nand more\r\n'
    text = csv_text(HEADER, ROWS[:2]) + broken + csv_text(ROWS[3], ROWS[4:])
    good, bad = read(write(tmp_path / "a.csv", text))
    assert [fields["id"] for fields in good] == ["1", "2", "4", "5", "6"]
    assert [record.place for record in bad] == ["row 3 (lines 6 to 7)"]


def test_a_quote_opened_in_the_last_row_costs_that_row_only(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "a.csv", csv_text(HEADER, ROWS) + '7,"Weaver 7,Weaves\n'))
    assert len(good) == 6
    assert "never closed" in bad[0].reason


def test_a_field_beyond_the_limit_costs_its_own_row_only(tmp_path: Path) -> None:
    rows = [["1", "Weaver", "short"], ["2", "Mender", "x" * (MAX_FIELD_CHARS + 1)], ["3", "Dyer", "short"]]
    good, bad = read(write(tmp_path / "a.csv", csv_text(HEADER, rows)))
    assert [fields["id"] for fields in good] == ["1", "3"] and "longer than" in bad[0].reason


def test_a_field_of_nearly_ten_megabytes_is_read(tmp_path: Path) -> None:
    long = "weave " * (MAX_FIELD_CHARS // 6)
    assert read(write(tmp_path / "a.csv", csv_text(HEADER, [["1", "Weaver", long]])))[0][0]["description"] == long


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20)), min_size=1, max_size=8))
def test_whatever_is_written_as_csv_is_read_back(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    kept = [tuple(_writable(cell) for cell in row) for row in rows]
    good, bad = read(write(tmp_path / "a.csv", csv_text(HEADER, kept)))
    assert [tuple(fields.values()) for fields in good] == [row for row in kept if any(map(str.strip, row))] and not bad


def _writable(text: str) -> str:
    plain = "".join(character for character in text if character not in "\0" and not 0xD800 <= ord(character) <= 0xDFFF)
    return "".join(character if character >= " " else "\n" for character in plain)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 300), st.sampled_from(['"', ",", "\n", '",', '"\n', "\r\n"]))
def test_damage_anywhere_spares_all_rows_but_the_neighbours(tmp_path: Path, place: int, damage: str) -> None:
    text = csv_text(HEADER, ROWS * 3)
    place = min(len(csv_text(HEADER, [])) + place, len(text) - 1)
    good, bad = read(write(tmp_path / "a.csv", text[:place] + damage + text[place:]))
    intact = sum(dict(zip(HEADER, row, strict=True)) in good for row in ROWS)
    assert intact >= len(ROWS) - 2 and len(good) + len(bad) >= 3 * len(ROWS) - 3


def test_a_file_full_of_quotes_is_read_in_bounded_time(tmp_path: Path) -> None:
    lines = [f'{number},"open {number},x "y\n' for number in range(20_000)]
    start = time.process_time()
    _, bad = read(write(tmp_path / "a.csv", "id,title,place\n" + "".join(lines)))
    assert bad and time.process_time() - start < 12


def test_a_header_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="no column names"):
        read(write(tmp_path / "a.csv", ",,\n1,2,3\n"))
