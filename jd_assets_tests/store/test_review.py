"""The review queue: counts follow from the rows, decisions from people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jd_assets.errors import PermanentError
from jd_assets.store import Store, audit
from jd_assets.store.review import Collision, refresh_items, replace_collisions
from jd_assets_tests.store.writing import Writer


def votes(*subjects: str, **details: Any) -> dict[str, Any]:
    return {
        "proposals": [
            {"kind": "new_skill", "subject": subject, "title": subject.title(), "details": details}
            for subject in subjects
        ]
    }


class Queue:
    """Writes postings and their votes the way the pipeline does."""

    def __init__(self, write: Writer) -> None:
        self._write = write

    def postings(self, duplicates: Mapping[str, str | None]) -> None:
        payloads = {posting_id: {"duplicate_of": first} for posting_id, first in duplicates.items()}
        self._write("postings", "a_2026-01-01", payloads)

    def vote(self, payloads: Mapping[str, Any], retire: tuple[str, ...] = ()) -> None:
        def then(conn: psycopg.Connection) -> None:
            refresh_items(conn, [*payloads, *retire])

        self._write("review_queue", "a_2026-01-01", payloads, retire=retire, then=then)


@pytest.fixture
def queue(write: Writer) -> Queue:
    return Queue(write)


def counts(store: Store) -> dict[str, tuple[int, list[str]]]:
    return {item.subject: (item.postings, item.examples) for item in store.review.items()}


def test_an_item_counts_clusters_not_copies(store: Store, queue: Queue) -> None:
    queue.postings({"p1": None, "p2": "p1", "p3": "p1", "p4": None})
    queue.vote({"p1": votes("zig"), "p2": votes("zig"), "p3": votes("zig", "nim"), "p4": votes("zig")})
    assert counts(store) == {"zig": (2, ["p1", "p4"]), "nim": (1, ["p3"])}


def test_examples_are_the_five_smallest(store: Store, queue: Queue) -> None:
    queue.vote({f"p{n}": votes("zig") for n in (8, 3, 5, 1, 7, 2, 6)})
    assert counts(store) == {"zig": (7, ["p1", "p2", "p3", "p5", "p6"])}


def test_a_posting_that_stops_being_a_duplicate_counts_again(store: Store, queue: Queue) -> None:
    queue.postings({"p1": None, "p2": "p1"})
    queue.vote({"p1": votes("zig"), "p2": votes("zig")})
    assert counts(store) == {"zig": (1, ["p1"])}
    queue.postings({"p2": None})
    with store.database.transaction() as conn:
        refresh_items(conn, ["p2"])
    assert counts(store) == {"zig": (2, ["p1", "p2"])}


def test_an_item_speaks_with_the_words_of_its_smallest_posting(store: Store, queue: Queue) -> None:
    queue.vote({"p2": votes("zig", nearest="c")})
    queue.vote({"p1": votes("zig", nearest="rust")})
    queue.vote({"p3": votes("zig", nearest="go")})
    (item,) = store.review.items()
    assert (item.title, item.details) == ("Zig", {"nearest": "rust"})


def test_pending_items_vanish_with_their_last_vote_and_decided_ones_stay_as_they_were_decided_on(
    store: Store, queue: Queue
) -> None:
    queue.vote({"p1": votes("zig", "nim", "odin", nearest="c"), "p2": votes("odin", nearest="c")})
    store.review.decide("new_skill", "zig", "approved", "ada")
    store.review.decide("new_skill", "odin", "rejected", "ada")
    queue.vote({"p2": votes("odin", nearest="d")}, retire=("p1",))
    assert counts(store) == {"odin": (1, ["p2"]), "zig": (0, [])}
    states = {item.subject: (item.state, item.decided_by, item.details) for item in store.review.items()}
    assert states == {"zig": ("approved", "ada", {"nearest": "c"}), "odin": ("rejected", "ada", {"nearest": "c"})}
    assert [item.subject for item in store.review.items(kind="new_skill", state="rejected")] == ["odin"]
    assert store.review.items(kind="new_role") == []


def test_a_decision_is_logged_and_can_be_taken_back(store: Store, queue: Queue) -> None:
    queue.vote({"p1": votes("zig")})
    store.review.decide("new_skill", "zig", "approved", "ada")
    store.review.decide("new_skill", "zig", "pending", "grace")
    (item,) = store.review.items()
    assert (item.state, item.decided_by, item.decided_at) == ("pending", None, None)
    logged = [(entry.actor, entry.action, entry.subject) for entry in audit.entries(store.database)]
    assert logged == [("grace", "review:pending", "new_skill:zig"), ("ada", "review:approved", "new_skill:zig")]


def test_deciding_what_nobody_proposed_is_refused_and_not_logged(store: Store) -> None:
    with pytest.raises(PermanentError, match="zig"):
        store.review.decide("new_skill", "zig", "approved", "ada")
    assert audit.entries(store.database) == []


def test_a_postings_collision_is_logged_once_and_goes_with_it(store: Store) -> None:
    found = Collision("p1", "Platform Engineer", ["devops", "platform"], "devops")
    for logged in ([found], [found], []):
        with store.database.transaction() as conn:
            replace_collisions(conn, "a_2026-01-01", ["p1"], logged)
        assert store.review.collisions("a_2026-01-01") == logged


POSTINGS = st.sampled_from(["p1", "p2", "p3", "p4"])
STEP = st.tuples(POSTINGS, st.sets(st.sampled_from(["zig", "nim", "odin"])), st.booleans())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=6))
def test_whatever_the_order_of_writes_the_counts_are_those_of_the_current_rows(
    store: Store, queue: Queue, steps: list[tuple[str, set[str], bool]]
) -> None:
    everything = ("p1", "p2", "p3", "p4")
    queue.vote({}, retire=everything)
    queue.postings(dict.fromkeys(everything))
    current: dict[str, set[str]] = {}
    first: dict[str, str | None] = dict.fromkeys(everything)
    for posting_id, subjects, copies_p1 in steps:
        first[posting_id] = "p1" if copies_p1 and posting_id != "p1" else None
        queue.postings({posting_id: first[posting_id]})
        queue.vote({posting_id: votes(*sorted(subjects))})
        current[posting_id] = subjects
    expected = {
        subject: len({first[posting_id] or posting_id for posting_id, theirs in current.items() if subject in theirs})
        for subject in set().union(*current.values())
    }
    assert {subject: count for subject, (count, _) in counts(store).items()} == expected
