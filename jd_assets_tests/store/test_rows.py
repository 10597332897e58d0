"""The one write path: whole or not at all, nothing overwritten, the past readable."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from jd_assets.hashing import digest_set
from jd_assets.store import Store
from jd_assets.store.rows import StoredRow
from jd_assets_tests.store.writing import CHECKPOINT, Writer, new_row

STAGE = "nano_parse"

KILLED_IN_THE_MIDDLE = """
import sys, time
from pathlib import Path
from jd_assets.store import Store
from jd_assets_tests.store.writing import Writer

def hang(conn):
    print("in the transaction", flush=True)
    time.sleep(60)

with Store.connect(sys.argv[1], Path(sys.argv[2])) as store:
    Writer(store)("nano_parse", "a_2026-01-01", {"p1": "new", "p3": "new"}, retire=["p2"], then=hang)
"""


def test_rows_come_back_as_they_were_written(store: Store, write: Writer) -> None:
    payload = {"title": "Näher \\ \t \n am “Menschen” 🚀", "years": 1.5, "none": None}
    counts = write(STAGE, "a_2026-01-01", {"p1": payload, "p2": {}})
    assert (counts.inserted, counts.superseded, counts.retired, counts.unchanged) == (2, 0, 0, 0)
    assert write.current(STAGE, ["p1", "p2", "p3"]) == {"p1": payload, "p2": {}}
    row = new_row("p1", payload)
    head = store.rows.heads(STAGE, "a_2026-01-01")["p1"]
    assert (head.dump, head.upstream_hash, head.input_hash, head.output_hash) == (
        *("a_2026-01-01", row.upstream_hash, row.input_hash),
        row.output_hash,
    )
    assert store.rows.heads_of(STAGE, ["p1", "p3"]) == {"p1": head}
    assert store.rows.heads(STAGE, "a_2026-01-02") == {}
    assert store.rows.heads("skill_matches", "a_2026-01-01") == {}


def test_a_changed_row_supersedes_the_older_one_and_both_can_be_read(store: Store, write: Writer) -> None:
    write(STAGE, "a_2026-01-01", {"p1": "old", "p2": "same"}, run="run-1")
    counts = write(STAGE, "a_2026-01-01", {"p1": "new"}, run="run-2")
    assert (counts.inserted, counts.superseded) == (1, 1)
    new, old = store.rows.history(STAGE, "p1")
    assert (json.loads(new.payload), new.run_id, new.superseded_at) == ("new", "run-2", None)
    assert (json.loads(old.payload), old.superseded_by, old.superseded_run) == ("old", new.row_id, "run-2")
    assert old.superseded_at == new.created_at
    assert len(store.rows.history(STAGE, "p2")) == 1


def test_a_retired_row_has_no_successor_and_stays_readable(store: Store, write: Writer) -> None:
    write(STAGE, "a_2026-01-01", {"p1": "gone", "p2": "here"})
    assert write(STAGE, "a_2026-01-01", {}, run="run-2", retire=["p1"]).retired == 1
    assert set(store.rows.heads(STAGE, "a_2026-01-01")) == {"p2"}
    (row,) = store.rows.history(STAGE, "p1")
    assert (row.superseded_by, row.superseded_run) == (None, "run-2")


def test_only_the_dump_that_holds_a_row_retires_it(store: Store, write: Writer) -> None:
    write(STAGE, "b_2026-01-01", {"p1": "here"})
    assert write(STAGE, "a_2026-01-01", {}, retire=["p1"]).retired == 0
    assert set(store.rows.heads(STAGE, "b_2026-01-01")) == {"p1"}


def test_a_row_with_an_equal_output_stays_and_only_learns_its_new_hashes_and_dump(store: Store, write: Writer) -> None:
    write(STAGE, "a_2026-01-01", {"p1": "value"})
    again = new_row("p1", "value")
    again = type(again)("p1", "another upstream", "another input", again.output_hash, again.payload)
    counts = store.rows.replace(
        stage=STAGE,
        dump="a_2026-01-02",
        run_id="run-2",
        code_version="other code",
        library_version="library-2",
        rows=[again],
        retire=[],
        checkpoint=CHECKPOINT,
    )
    assert (counts.inserted, counts.superseded, counts.unchanged) == (0, 0, 1)
    (row,) = store.rows.history(STAGE, "p1")
    assert (row.run_id, row.code_version) == ("run-1", "code")
    assert (row.dump, row.upstream_hash, row.input_hash) == ("a_2026-01-02", "another upstream", "another input")


def test_refreshing_upstream_changes_nothing_but_that_hash_and_the_dump(store: Store, write: Writer) -> None:
    write(STAGE, "a_2026-01-01", {"p1": "value", "p2": "value"})
    before = store.rows.history(STAGE, "p1")[0]
    write(STAGE, "a_2026-01-02", {}, refresh={"p1": "seen"})
    (after,) = store.rows.history(STAGE, "p1")
    assert (after.upstream_hash, after.dump) == ("seen", "a_2026-01-02")
    assert (after.row_id, after.input_hash, after.payload) == (before.row_id, before.input_hash, before.payload)
    assert store.rows.heads_of(STAGE, ["p2"])["p2"].dump == "a_2026-01-01"


def test_a_posting_replaced_from_another_dump_stays_one_current_row(store: Store, write: Writer) -> None:
    write(STAGE, "a_2026-01-01", {"p1": "first", "p2": "first"})
    write(STAGE, "a_2026-01-02", {"p1": "second"})
    assert set(store.rows.heads(STAGE, "a_2026-01-01")) == {"p2"}
    assert set(store.rows.heads(STAGE, "a_2026-01-02")) == {"p1"}
    assert write.current(STAGE, ["p1", "p2"]) == {"p1": "second", "p2": "first"}
    assert [row.dump for row in store.rows.history(STAGE, "p1")] == ["a_2026-01-02", "a_2026-01-01"]


def test_a_past_run_is_read_back_as_it_was(store: Store, write: Writer) -> None:
    def payloads(rows: Sequence[StoredRow]) -> dict[str, str]:
        return {row.posting_id: json.loads(row.payload) for row in rows}

    write(STAGE, "a_2026-01-01", {"p1": "one", "p2": "one"}, run="run-1", library="library-1")
    write(STAGE, "b_2026-01-01", {"p3": "one"}, run="run-1", library="library-1")
    write(STAGE, "a_2026-01-01", {"p1": "two", "p4": "two"}, run="run-2", library="library-2", retire=["p2"])
    write(STAGE, "a_2026-01-01", {}, run="run-3", library="library-2")  # changes nothing
    write(STAGE, "b_2026-01-01", {"p3": "four"}, run="run-4", library="library-1")
    first = {"p1": "one", "p2": "one", "p3": "one"}
    second = {"p1": "two", "p3": "one", "p4": "two"}
    assert payloads(store.rows.at_run(STAGE, "run-1")) == first
    assert payloads(store.rows.at_run(STAGE, "run-2")) == second
    assert payloads(store.rows.at_run(STAGE, "run-3")) == second
    assert payloads(store.rows.at_run(STAGE, "run-4")) == {**second, "p3": "four"}
    assert payloads(store.rows.at_library(STAGE, "library-2")) == second
    assert store.rows.at_run(STAGE, "never") == []
    assert store.rows.at_run("skill_matches", "run-1") == []


def test_the_data_version_covers_exactly_ids_and_outputs(store: Store, write: Writer) -> None:
    write(STAGE, "a_2026-01-01", {"p2": "two", "p1": "one"})
    before = store.rows.data_version(STAGE, "a_2026-01-01")
    assert before == digest_set(
        f"{row.posting_id}:{row.output_hash}" for row in (new_row("p1", "one"), new_row("p2", "two"))
    )
    write(STAGE, "a_2026-01-01", {}, refresh={"p1": "seen"})
    assert store.rows.data_version(STAGE, "a_2026-01-01") == before
    write(STAGE, "a_2026-01-01", {"p1": "other"})
    assert store.rows.data_version(STAGE, "a_2026-01-01") != before


def test_the_checkpoint_is_that_of_the_last_write(store: Store, write: Writer) -> None:
    assert store.rows.checkpoint(STAGE, "a_2026-01-01") is None
    write(STAGE, "a_2026-01-01", {})
    write(STAGE, "a_2026-01-01", {})
    assert store.rows.checkpoint(STAGE, "a_2026-01-01") == CHECKPOINT


def test_a_posting_that_comes_twice_is_refused(store: Store, write: Writer) -> None:
    with pytest.raises(ValueError, match="comes twice"):
        write(STAGE, "a_2026-01-01", {"p1": "new"}, retire=["p1"])


def test_when_what_is_derived_fails_the_rows_stay_as_they_were(store: Store, write: Writer) -> None:
    def fail(conn: psycopg.Connection) -> None:
        raise RuntimeError("derived")

    write(STAGE, "a_2026-01-01", {"p1": "old", "p2": "old"})
    with pytest.raises(RuntimeError, match="derived"):
        write(STAGE, "a_2026-01-01", {"p1": "new", "p3": "new"}, run="run-2", retire=["p2"], then=fail)
    assert write.current(STAGE, ["p1", "p2", "p3"]) == {"p1": "old", "p2": "old"}
    assert store.rows.at_run(STAGE, "run-2") == []
    write(STAGE, "a_2026-01-01", {"p1": "new"})
    assert write.current(STAGE, ["p1"]) == {"p1": "new"}


def test_a_process_killed_in_the_middle_of_a_write_leaves_the_old_state_whole(
    store: Store, write: Writer, postgres_url: str
) -> None:
    write(STAGE, "a_2026-01-01", {"p1": "old", "p2": "old"})
    before = store.rows.heads(STAGE, "a_2026-01-01")
    arguments = [sys.executable, "-c", KILLED_IN_THE_MIDDLE, postgres_url, "unused"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in the transaction\n"
        child.send_signal(signal.SIGKILL)
    assert store.rows.heads(STAGE, "a_2026-01-01") == before
    assert write.current(STAGE, ["p1", "p2", "p3"]) == {"p1": "old", "p2": "old"}
    write(STAGE, "a_2026-01-01", {"p1": "new", "p3": "new"}, retire=["p2"])  # nothing is held any more
    assert write.current(STAGE, ["p1", "p2", "p3"]) == {"p1": "new", "p3": "new"}


def test_partitions_written_at_once_neither_block_for_ever_nor_lose_a_row(store: Store, write: Writer) -> None:
    shared = [f"shared-{n}" for n in range(30)]

    def one(number: int) -> None:
        dump = f"board{number}_2026-01-01"
        order = shared if number % 2 else shared[::-1]
        for stage in (STAGE, "skill_matches") if number % 2 else ("skill_matches", STAGE):
            write(stage, dump, {**{f"{dump}-{n}": number for n in range(30)}, **dict.fromkeys(order, number)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8), timeout=60))
    for stage in (STAGE, "skill_matches"):
        found = write.current(stage, [*shared, *(f"board{k}_2026-01-01-{n}" for k in range(8) for n in range(30))])
        assert len(found) == 30 + 8 * 30
        assert len({found[posting_id] for posting_id in shared}) == 1  # the last writer's, all of them
        assert all(len(store.rows.history(stage, posting_id)) == 8 for posting_id in shared[:3])


def test_the_views_show_the_current_rows(store: Store, write: Writer) -> None:
    write(
        "role_decisions", "a_2026-01-01", {"p1": {"case": "DOMAIN", "role": "old", "confidence": 0.5, "queued": False}}
    )
    write(
        "role_decisions", "a_2026-01-01", {"p1": {"case": "DOMAIN", "role": "new", "confidence": 0.9, "queued": True}}
    )
    with store.database.transaction() as conn:
        query = "SELECT posting_id, dump, decision_case, role, confidence, queued FROM jd.role_decisions"
        assert conn.execute(query).fetchall() == [("p1", "a_2026-01-01", "DOMAIN", "new", 0.9, True)]
