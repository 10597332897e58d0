"""Role centroids: exact sums over each posting's one current contribution.

What belongs here: keeping contributions and their sums in step. What does not: what a posting contributes (stages).
Vectors are integers in fixed point, so adding and taking away is exact: whatever the order of writes, a centroid is the
sum over the contributions that stand in the table, and `n` is their number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.typing import NDArray

from jd_assets.records import CentroidContribution
from jd_assets.store.database import Database, lock

_COMPONENT = np.dtype("<i2")
_SUM = np.dtype("<i8")


@dataclass(frozen=True, slots=True)
class Centroid:
    """`total` is the sum of `n` unit vectors in fixed point (int64); its direction is the centroid."""

    role: str
    n: int
    total: NDArray[np.int64]

    @property
    def unit(self) -> NDArray[np.float32]:
        """The centroid as a vector of length one (zeros if the contributions cancel out)."""
        length = float(np.linalg.norm(self.total)) or 1.0
        return (self.total / length).astype(np.float32)


class Centroids:
    """Reads the centroids; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, embedder: str) -> dict[str, Centroid]:
        """The centroids of all roles that postings were decided for, by role."""
        query = 'SELECT role, n, vector FROM jd.centroids WHERE embedder = %s ORDER BY role COLLATE "C"'
        with self._database.transaction() as conn:
            rows = conn.cursor(binary=True).execute(query, [embedder])
            return {role: Centroid(role, n, np.frombuffer(vector, _SUM)) for role, n, vector in rows}


def replace_contributions(
    conn: psycopg.Connection, embedder: str, contributions: Mapping[str, CentroidContribution], retired: Collection[str]
) -> set[str]:
    """Makes `contributions` (by posting id) what these postings add, and lets `retired` ones add nothing.

    Part of the write of the `role_centroids` rows. Returns the roles whose centroid moved. Raises OverflowError for a
    component outside 16 bits, and ValueError for a vector of another length than its role's.
    """
    lock(conn, "centroids")
    counts: dict[tuple[str, str], int] = defaultdict(int)
    sums: dict[tuple[str, str], NDArray[np.int64]] = {}

    def move(role: str, embedder: str, vector: NDArray[np.int16], sign: int) -> None:
        place = (role, embedder)
        counts[place] += sign
        sums[place] = sums.get(place, np.zeros(len(vector), _SUM)) + sign * vector.astype(_SUM)

    old = conn.cursor(binary=True).execute(
        "DELETE FROM jd.centroid_contributions WHERE posting_id = ANY(%s) RETURNING role, embedder, vector",
        [[*contributions, *retired]],
    )
    for role, its_embedder, vector in old:
        move(role, its_embedder, np.frombuffer(vector, _COMPONENT), -1)
    with conn.cursor().copy(
        "COPY jd.centroid_contributions (posting_id, role, embedder, vector) FROM STDIN (FORMAT binary)"
    ) as copy:
        copy.set_types(["text", "text", "text", "bytea"])
        for posting_id, contribution in sorted(contributions.items()):
            if contribution.role is not None:
                components = np.array(contribution.vector, _COMPONENT)
                copy.write_row((posting_id, contribution.role, embedder, components.tobytes()))
                move(contribution.role, embedder, components, +1)

    moved = {place for place in counts if counts[place] or sums[place].any()}
    for role, its_embedder in sorted(moved):
        _add(conn, role, its_embedder, counts[role, its_embedder], sums[role, its_embedder])
    return {role for role, _ in moved}


def _add(conn: psycopg.Connection, role: str, embedder: str, count: int, total: NDArray[np.int64]) -> None:
    before = (
        conn.cursor(binary=True)
        .execute("SELECT n, vector FROM jd.centroids WHERE role = %s AND embedder = %s", [role, embedder])
        .fetchone()
    )
    if before is not None:
        count, total = count + before[0], total + np.frombuffer(before[1], _SUM)
    if count == 0:
        conn.execute("DELETE FROM jd.centroids WHERE role = %s AND embedder = %s", [role, embedder])
        return
    conn.execute(
        "INSERT INTO jd.centroids (role, embedder, n, vector) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (role, embedder) DO UPDATE SET n = excluded.n, vector = excluded.vector",
        [role, embedder, count, total.astype(_SUM).tobytes()],
    )
