"""Fingerprints in the store: leaders of earlier dumps are found again, oldest first, and only those."""

from __future__ import annotations

from datetime import date

from jd_assets.dumps.duplicates import Fingerprint
from jd_assets.records import DumpRef
from jd_assets.store import Store
from jd_assets.store.fingerprints import replace_fingerprints


def dump(key: str) -> DumpRef:
    return DumpRef(key=key, board="b", date=date.fromisoformat(key[-10:]), path="x", content_hash="x")


def print_of(name: str, key: str = "", bands: tuple[int, ...] = ()) -> Fingerprint:
    return Fingerprint(name, key or name, bytes(range(8)) if bands else b"", bands)


def keep(store: Store, key: str, *prints: Fingerprint, followers: tuple[str, ...] = ()) -> None:
    with store.database.transaction() as conn:
        replace_fingerprints(conn, dump(key), prints, followers)


def test_leaders_are_found_by_key_and_by_band_in_the_order_of_their_dumps(store: Store) -> None:
    own = [print_of("x", "same", (-7, 2**62)), print_of("y")]
    by_band, by_key, other = print_of("p", bands=(1, -7)), print_of("q", "same"), print_of("r", bands=(3,))
    keep(store, "b_2026-01-02", by_key, other)
    keep(store, "b_2026-01-01", by_band)
    assert store.fingerprints.leaders_before(dump("b_2026-01-03"), own) == [by_band, by_key]


def test_dumps_of_the_same_day_go_by_their_keys_and_later_ones_do_not_count(store: Store) -> None:
    leader = print_of("p", "same")
    keep(store, "b_2026-01-02", leader)
    own = [print_of("x", "same")]
    assert store.fingerprints.leaders_before(dump("c_2026-01-02"), own) == [leader]
    assert store.fingerprints.leaders_before(dump("a_2026-01-02"), own) == []
    assert store.fingerprints.leaders_before(dump("b_2026-01-02"), own) == []
    assert store.fingerprints.leaders_before(dump("b_2026-01-01"), own) == []


def test_followers_are_not_kept_and_a_dumps_leaders_are_replaced_as_a_whole(store: Store) -> None:
    keep(store, "b_2026-01-01", print_of("p", "same"), print_of("q", "same"), print_of("r"), followers=("q",))
    own = [print_of("x", "same"), print_of("y", "changed"), print_of("z", "r")]
    assert store.fingerprints.leaders_before(dump("b_2026-01-02"), own) == [print_of("p", "same"), print_of("r")]
    keep(store, "b_2026-01-01", print_of("p", "changed"))
    assert store.fingerprints.leaders_before(dump("b_2026-01-02"), own) == [print_of("p", "changed")]


def test_a_posting_that_leads_in_many_dumps_is_found_once_as_often_as_it_changed(store: Store) -> None:
    for day in range(1, 8):
        keep(store, f"b_2026-01-0{day}", print_of("q", "q"), print_of("p", "same" if day < 4 else "changed"))
    own = [print_of("x", "same"), print_of("y", "changed")]
    expected = [print_of("p", "same"), print_of("p", "changed")]
    assert store.fingerprints.leaders_before(dump("b_2026-01-09"), own) == expected


def test_nothing_is_asked_for_nothing(store: Store) -> None:
    assert store.fingerprints.leaders_before(dump("b_2026-01-02"), []) == []
