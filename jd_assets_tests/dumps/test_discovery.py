"""Dumps in a folder: found, dated, and known by keys that nothing but their own path decides."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jd_assets.dumps.boards import Board, Boards
from jd_assets.dumps.discovery import find_dumps, identify, reference, slug
from jd_assets.errors import DumpError
from jd_assets_tests.dumps.files import write

BOARDS = Boards((Board("mills", files=("mills/*",)),), "v1")


def test_dump_files_are_found_at_any_depth_and_others_are_not(tmp_path: Path) -> None:
    wanted = ["a.csv", "b/c.jsonl.gz", "b/d/e.parquet", "f.TSV", "g.json", "h.ndjson"]
    others = ["README.md", "README.csv", "b/LICENSE.txt", "notes.txt", ".hidden/a.csv", "~tmp.csv", "schema.json"]
    for name in [*wanted, *others]:
        write(tmp_path / name, "x")
    assert find_dumps(tmp_path) == sorted(tmp_path / name for name in wanted)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("looms_2021-12-14.csv", "2021-12-14"),
        ("looms_2021-12-14T17:42:37.csv", "2021-12-14"),
        ("looms-20211214.json.gz", "2021-12-14"),
        ("looms_20211214_174237.csv", "2021-12-14"),
        ("2015-01.json", "2015-01-01"),
        ("looms_2021.12.14.csv", "2021-12-14"),
        ("2021-12-14/looms.csv", "2021-12-14"),
        ("looms_1234567890.csv", "2001-09-09"),
        ("looms_2021-13-45.csv", "2001-09-09"),
    ],
)
def test_the_date_is_in_the_name_else_that_of_the_last_change(tmp_path: Path, name: str, day: str) -> None:
    path = write(tmp_path / name, "x")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert identify(path, BOARDS, root=tmp_path)[1] == dt.date.fromisoformat(day)


def test_the_board_is_given_or_matched_or_the_files_name(tmp_path: Path) -> None:
    day = dt.date(2026, 1, 2)
    mill = write(tmp_path / "mills" / "anything_2026-01-02.csv", "x")
    assert identify(mill, BOARDS) == ("mills", day)
    assert identify(mill, BOARDS, board="Other Board", date=dt.date(2020, 2, 3)) == ("other_board", dt.date(2020, 2, 3))
    assert identify(write(tmp_path / "Loom & Söhne 2026-01-02.csv", "x"), BOARDS) == ("loom_sohne", day)


def test_each_file_of_a_board_and_day_has_a_key_of_its_own_whichever_came_first(tmp_path: Path) -> None:
    names = ["mills_2026-01-02.csv", "mills/2026-01-02.csv", "mills/2026-01-02_part-2.csv", "mills/aix/2026-01-02.csv"]
    paths = [write(tmp_path / name, "x") for name in names]
    keys = [reference(path, BOARDS, tmp_path).key for path in paths]
    assert keys == ["mills_2026-01-02", "mills_2026-01-02", "mills_2026-01-02_part_2", "mills_2026-01-02_aix"]
    for path in reversed(paths[1:]):
        path.unlink()
    assert reference(paths[0], BOARDS, tmp_path).key == keys[0]


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_keys_are_fit_for_partitions(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]*", slug(name))


def test_long_names_are_cut_and_stay_apart(tmp_path: Path) -> None:
    keys = {
        reference(write(tmp_path / f"{'loom' * 30}_{number}_2026-01-02.csv", "x"), BOARDS, board="m").key
        for number in (1, 2)
    }
    assert len(keys) == 2 and all(len(key) < 90 for key in keys)


def test_a_reference_changes_its_content_hash_with_the_content_only(tmp_path: Path) -> None:
    first = reference(write(tmp_path / "looms_2026-01-02.csv", "x"), BOARDS)
    os.utime(first.path, (1, 1))
    assert reference(Path(first.path), BOARDS) == first
    assert reference(write(Path(first.path), "y"), BOARDS).content_hash != first.content_hash


@pytest.mark.parametrize("name", ["gone_2026-01-02.csv", "gone.csv"])
def test_a_file_that_is_gone_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(DumpError, match=f"{name}: cannot be read"):
        reference(tmp_path / name, BOARDS)
