"""Whether there is anything to do is known without doing it, and never wrongly denied."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

from jd_assets.freshness import Freshness, library_is_current
from jd_assets.hashing import digest_set
from jd_assets.judging import StageReport
from jd_assets.library.files import write_folder
from jd_assets.library.model import TABLES
from jd_assets.store.vectors import Vectors
from jd_assets_tests.small_world import World, posting

TWO = [posting("1"), posting("2", skills=["Java", "relational things"])]


def unchanged(world: World, dump: str) -> list[StageReport] | None:
    """What is known of a dump before a run."""
    (found,) = (ref for ref in world.store.dumps.registered() if ref.key == dump)
    return Freshness(world.bench).unchanged(found)


def test_a_dump_that_ran_is_known_to_be_up_to_date_with_the_reports_that_a_run_would_give(world: World) -> None:
    dump = world.write(TWO)
    assert unchanged(world, dump) is None
    world.run(dump)
    known = unchanged(world, dump)
    assert known is not None
    again = world.run(dump)
    assert {report.stage: (report.rows_in, report.unchanged, report.data_version) for report in known} == {
        stage: (report["rows_in"], report["unchanged"], report["data_version"]) for stage, report in again.items()
    }


def test_a_changed_file_a_changed_library_and_changed_boards_are_something_to_do(world: World) -> None:
    dump = world.write(TWO)
    world.run(dump)
    world.write([*TWO, posting("3")])
    assert unchanged(world, dump) is None
    world.run(dump)
    assert unchanged(world, dump) is not None
    world.add_alias("relational things", "sql")
    world.bench.load_library(world.library)
    assert unchanged(world, dump) is None
    world.run(dump)
    assert unchanged(world, dump) is not None
    world.settings.boards_file.write_text('[boards.other]\nfiles = ["other*"]\n')
    assert unchanged(world, dump) is None


def test_a_dump_whose_posting_or_duplicate_another_dump_changed_has_something_to_do(world: World) -> None:
    first = world.write(TWO, day="2026-01-01")
    second = world.write([posting("2", skills=["Python"])], day="2026-01-02")
    world.run(first)
    assert unchanged(world, first) is not None
    world.run(second)
    assert unchanged(world, first) is None
    world.run(first)
    assert unchanged(world, first) is not None
    assert unchanged(world, second) is not None


def test_duplicates_within_a_dump_do_not_make_it_look_changed(world: World) -> None:
    dump = world.write([posting("1"), {**posting("1"), "id": "repost"}])
    world.run(dump)
    assert unchanged(world, dump) is not None


def test_vectors_that_were_not_written_before_a_crash_are_something_to_do(world: World) -> None:
    dump = world.write(TWO)
    world.run(dump)
    with world.store.database.transaction() as connection:
        connection.execute("DELETE FROM jd.checkpoints WHERE stage = 'posting_vectors'")
    assert unchanged(world, dump) is None


def test_a_vector_folder_that_was_deleted_is_filled_again(world: World) -> None:
    dump = world.write(TWO)
    world.bench.load_library(world.library)
    world.bench.sync_library_vectors(run_id="library")
    world.run(dump)
    tables = ("role_titles", "kras", "postings", "centroids")
    before = {table: nearest(world, table) for table in tables}
    shutil.rmtree(world.folder / "lance")
    after = World(replace(world.store, vectors=Vectors(world.folder / "lance")), world.folder)
    assert not library_is_current(after.bench)
    assert unchanged(after, dump) is None
    after.bench.sync_library_vectors(run_id="again")
    after.run(dump)
    assert {table: nearest(after, table) for table in tables} == before


def nearest(world: World, table: str) -> list[dict[str, Any]]:
    """What a search of a table of vectors finds."""
    (vector,) = world.bench.embedder.embed(["java services"])
    found = world.store.vectors.search(table, world.bench.embedder.name, vector, 5)
    assert found
    return found


def test_a_library_is_current_until_its_folder_changes_and_once_its_vectors_are_made(world: World) -> None:
    write_folder(world.library, world.settings.taxonomy_dir)
    assert not library_is_current(world.bench)
    world.bench.load_library()
    assert not library_is_current(world.bench)
    world.bench.sync_library_vectors(run_id="run")
    assert library_is_current(world.bench)
    world.add_alias("relational things", "sql")
    write_folder(world.library, world.settings.taxonomy_dir)
    assert not library_is_current(world.bench)


def test_the_store_knows_the_versions_of_the_librarys_tables(world: World) -> None:
    world.bench.load_library(world.library)
    hashes = world.store.library.hashes()
    assert {part: digest_set(hashes.get(part, ())) for part in TABLES} == world.library.part_versions
