"""Files that are no dumps, and packed ones: refused quickly and clearly, or read as far as they go."""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jd_assets.errors import DumpError
from jd_assets_tests.dumps.files import csv_text, gzipped, read, write


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"PK\x03\x04rest", "Excel workbook: unpack it or export it as CSV"),
        (b"%PDF-1.7 rest", "a PDF"),
        (bytes(range(256)) * 40, "binary data"),
        (b"PAR1 and then nothing of the kind", "damaged Parquet"),
        (b"\x1f\x8b\x08nothing of the kind", "damaged gzip"),
    ],
)
def test_a_file_that_is_no_dump_is_refused_with_the_reason_and_its_name(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(DumpError, match=reason) as error:
        read(write(tmp_path / "odd.csv", content))
    assert "odd.csv" in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match=r"gone\.csv: cannot be opened"):
        read(tmp_path / "gone.csv")


def test_of_a_truncated_gzip_file_the_beginning_is_read(tmp_path: Path) -> None:
    rows = [[str(number), os.urandom(200).hex()] for number in range(2_000)]
    packed = gzipped(csv_text(["id", "text"], rows))
    good, bad = read(write(tmp_path / "a.csv.gz", packed[: len(packed) // 2]))
    assert 500 < len(good) < 1_500
    assert any("gzip data is damaged" in record.reason for record in bad)


def test_a_gzip_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb.csv.gz", "wb") as file:
        file.write(b"title,text\n")
        for _ in range(100):
            file.write(b"weave" * 400_000)
    start = time.process_time()
    with pytest.raises(DumpError, match="out of proportion"):
        read(tmp_path / "bomb.csv.gz")
    assert time.process_time() - start < 3


def test_parquet_is_read_packed_or_not(tmp_path: Path) -> None:
    frame = pl.DataFrame({"title": ["Weaver", None], "pay": [1.5, float("nan")], "tags": [["a", "b"], []]})
    frame.write_parquet(tmp_path / "a.parquet")
    good, bad = read(tmp_path / "a.parquet")
    assert good == [{"title": "Weaver", "pay": "1.5", "tags": ["a", "b"]}, {"tags": []}] and not bad
    assert read(write(tmp_path / "b.parquet.gz", gzipped((tmp_path / "a.parquet").read_bytes()))) == (good, [])


def test_a_table_with_thousands_of_columns_is_refused(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(3_000))
    with pytest.raises(DumpError, match="3,000 columns"):
        read(write(tmp_path / "a.csv", f"{names}\n{names}\n"))


WHOLE = [
    csv_text(["title", "text"], [["Weaver", "Weaves, mends"], ["Dyer", 'Dyes "red"']]).encode(),
    json.dumps({"jobs": [{"title": "Weaver", "tags": ["a", {"b": 1}]}, {"title": "Dyer"}]}).encode(),
    b'{"title": "Weaver"}\n{"title": "Dyer"}\n',
    gzip.compress(b"title,text\nWeaver,Weaves\n"),
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.integers(0, 120), st.binary(max_size=3)), max_size=4),
    st.binary(max_size=40),
)
def test_any_bytes_give_records_or_a_dump_error(
    tmp_path: Path, content: bytes, damage: list[tuple[int, bytes]], end: bytes
) -> None:
    for place, wrong in damage:
        content = content[:place] + wrong + content[place + 1 :]
    try:
        good, bad = read(write(tmp_path / "a.csv", content + end))
    except DumpError as error:
        assert str(error).startswith("a.csv: ")
    else:
        assert all(record.reason and record.place for record in bad) and good is not None
