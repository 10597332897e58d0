"""The register of dumps, sightings and quarantine."""

from __future__ import annotations

from datetime import date

from jd_assets.records import DumpRef, QuarantinedRecord, Sighting
from jd_assets.store import Store
from jd_assets.store.dumps import replace_quarantine, replace_sightings
from jd_assets_tests.store.writing import Writer


def dump(key: str, content: str = "content") -> DumpRef:
    board, day = key.split("_")[:2]
    return DumpRef(key=key, board=board, date=date.fromisoformat(day), path=f"{key}.csv", content_hash=content)


def sighting(posting_id: str, content: str = "content") -> Sighting:
    return Sighting(posting_id=posting_id, content_hash=content, place="row 1")


def test_dumps_are_listed_by_date_and_registering_again_updates_them(store: Store) -> None:
    for key in ("b_2026-01-01", "a_2026-01-02", "a_2026-01-01"):
        store.dumps.register(dump(key))
    store.dumps.register(dump("a_2026-01-02", "changed"))
    assert store.dumps.registered() == [dump("a_2026-01-01"), dump("b_2026-01-01"), dump("a_2026-01-02", "changed")]


def test_a_dumps_sightings_are_replaced_as_a_whole(store: Store, write: Writer) -> None:
    write("postings", "a_2026-01-01", {}, then=lambda conn: replace_sightings(conn, "a_2026-01-01", [sighting("p1")]))
    write("postings", "a_2026-01-02", {}, then=lambda conn: replace_sightings(conn, "a_2026-01-02", [sighting("p1")]))
    write("postings", "a_2026-01-01", {}, then=lambda conn: replace_sightings(conn, "a_2026-01-01", [sighting("p2")]))
    assert store.dumps.sightings("a_2026-01-01") == {"p2": sighting("p2")}
    assert store.dumps.sightings("a_2026-01-02") == {"p1": sighting("p1")}


def test_the_other_dumps_that_hold_a_posting_are_found_with_their_order(store: Store) -> None:
    for key in ("a_2026-01-03", "a_2026-01-01", "a_2026-01-02"):
        store.dumps.register(dump(key))
    with store.database.transaction() as conn:
        replace_sightings(conn, "a_2026-01-01", [sighting("p1", "old"), sighting("p2", "old")])
        replace_sightings(conn, "a_2026-01-02", [sighting("p1", "newer")])
        replace_sightings(conn, "a_2026-01-03", [sighting("p1", "newest"), sighting("p3", "newest")])
    found = store.dumps.sightings_elsewhere("a_2026-01-03", ["p1", "p2", "p3"])
    assert {
        posting_id: [(other.dump, other.content_hash) for other in sorted(others, key=lambda other: other.order)]
        for posting_id, others in found.items()
    } == {"p1": [("a_2026-01-01", "old"), ("a_2026-01-02", "newer")], "p2": [("a_2026-01-01", "old")]}


def test_quarantine_keeps_the_order_of_the_file_and_is_replaced_with_the_dump(store: Store) -> None:
    def bad(place: str) -> QuarantinedRecord:
        return QuarantinedRecord(dump="a_2026-01-01", file="a.csv", place=place, reason="no title", excerpt="x\ty\n")

    with store.database.transaction() as conn:
        replace_quarantine(conn, "a_2026-01-01", "run-1", [bad("row 9"), bad("row 10")])
    assert store.dumps.quarantined("a_2026-01-01") == store.dumps.quarantined() == (bad("row 9"), bad("row 10"))
    assert store.dumps.quarantined("a_2026-01-02") == ()
    with store.database.transaction() as conn:
        replace_quarantine(conn, "a_2026-01-01", "run-2", [])
    assert store.dumps.quarantined() == ()


def test_duplicates_are_those_of_the_current_postings(store: Store, write: Writer) -> None:
    near = {"duplicate_of": "p1", "duplicate_kind": "near"}
    write("postings", "a_2026-01-01", {"p1": {"duplicate_of": None}, "p2": near, "p3": near})
    write("postings", "a_2026-01-01", {"p3": {"duplicate_of": None}})
    assert store.dumps.duplicates("a_2026-01-01") == {"p2": ("p1", "near")}
    assert store.dumps.duplicates("a_2026-01-02") == {}


def test_a_posting_is_current_while_any_dump_has_its_row(store: Store, write: Writer) -> None:
    write("postings", "a_2026-01-01", {"p1": {}, "p2": {}})
    write("postings", "a_2026-01-02", {"p1": {"title": "new"}})
    write("postings", "a_2026-01-01", {}, retire=["p2"])
    assert store.dumps.not_current(["p1", "p2", "p3"]) == ["p2", "p3"]
