"""Centroids: the sum over each posting's one current contribution, in whatever order it came about."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jd_assets.records import CentroidContribution
from jd_assets.store import Store
from jd_assets.store.centroids import replace_contributions

EMBEDDER = "toy"


def contribution(role: str | None, *vector: int) -> CentroidContribution:
    return CentroidContribution(role=role, vector=vector)


def put(store: Store, contributions: dict[str, CentroidContribution], retired: tuple[str, ...] = ()) -> set[str]:
    with store.database.transaction() as conn:
        return replace_contributions(conn, EMBEDDER, contributions, retired)


def totals(store: Store) -> dict[str, tuple[int, list[int]]]:
    return {role: (centroid.n, centroid.total.tolist()) for role, centroid in store.centroids.of(EMBEDDER).items()}


def test_a_posting_counts_once_however_often_it_is_run(store: Store) -> None:
    for _ in range(3):
        put(store, {"p1": contribution("backend", 16384, 0), "p2": contribution("backend", 0, 16384)})
    assert totals(store) == {"backend": (2, [16384, 16384])}
    assert np.allclose(store.centroids.of(EMBEDDER)["backend"].unit, [0.5**0.5, 0.5**0.5])


def test_a_posting_that_changes_its_role_leaves_the_old_one_and_moves_both(store: Store) -> None:
    put(store, {"p1": contribution("backend", 5, 1), "p2": contribution("backend", 7, 2)})
    assert put(store, {"p1": contribution("frontend", 5, 1)}) == {"backend", "frontend"}
    assert totals(store) == {"backend": (1, [7, 2]), "frontend": (1, [5, 1])}


def test_a_role_without_contributions_has_no_centroid(store: Store) -> None:
    put(store, {"p1": contribution("backend", 5, 1), "p2": contribution("frontend", 7, 2)})
    put(store, {"p1": contribution(None)}, retired=("p2",))
    assert totals(store) == {}


def test_equal_contributions_move_nothing(store: Store) -> None:
    put(store, {"p1": contribution("backend", 5, 1)})
    assert put(store, {"p1": contribution("backend", 5, 1), "p2": contribution(None)}) == set()


def test_another_embedders_centroids_are_others(store: Store) -> None:
    put(store, {"p1": contribution("backend", 5, 1), "p2": contribution("backend", 7, 2)})
    with store.database.transaction() as conn:
        replace_contributions(conn, "longer", {"p1": contribution("backend", 1, 2, 3)}, ())
    assert totals(store) == {"backend": (1, [7, 2])}
    assert store.centroids.of("longer")["backend"].total.tolist() == [1, 2, 3]


def test_a_component_beyond_sixteen_bits_is_refused(store: Store) -> None:
    with pytest.raises(OverflowError):
        put(store, {"p1": contribution("backend", 40_000, 0)})


COMPONENT = st.integers(-16384, 16384)
WRITE = st.dictionaries(
    st.sampled_from(["p1", "p2", "p3"]),
    st.tuples(st.sampled_from(["backend", "frontend", None]), COMPONENT, COMPONENT),
    min_size=1,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=st.lists(WRITE, max_size=6))
def test_after_any_writes_a_centroid_is_the_sum_of_what_stands(
    store: Store, writes: list[dict[str, tuple[str | None, int, int]]]
) -> None:
    put(store, {}, retired=("p1", "p2", "p3"))
    current: dict[str, tuple[str | None, int, int]] = {}
    for write in writes:
        put(store, {posting_id: contribution(role, x, y) for posting_id, (role, x, y) in write.items()})
        current |= write
    expected: dict[str, tuple[int, list[int]]] = {}
    for role, x, y in current.values():
        if role is not None:
            n, total = expected.get(role, (0, [0, 0]))
            expected[role] = (n + 1, [total[0] + x, total[1] + y])
    assert totals(store) == expected
