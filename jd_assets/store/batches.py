"""Batches of model calls: what was planned, submitted, and is over.

What belongs here: the rows of batches. What does not: the calls in them (`call_session`), talking to the endpoint.

Whoever changes anything holds `alone`: so a planned batch that another process left is one that nobody works on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from psycopg.rows import class_row

from jd_assets.store.call_records import OpenCall
from jd_assets.store.database import Database


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that is not over."""

    batch: str  # our name for it, which the endpoint keeps as metadata
    model: str
    submitting_at: datetime | None  # when it was about to be submitted; None: it cannot have been
    remote_id: str | None  # the endpoint's name, once we know that it has it


@dataclass(frozen=True, slots=True)
class BatchedCall:
    """A pending call in a batch."""

    request_hash: str
    call: OpenCall


_OPEN = ", ".join(field.name for field in fields(OpenBatch))


class Batches:
    """Reads and writes batches; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else plans, submits or takes in batches for the length of the block."""
        with self._database.holding("batches"):
            yield

    def plan(self, batch: str, endpoint: str, model: str, *, run_id: str, dump: str, stage: str) -> None:
        """Note a batch before its calls."""
        with self._database.transaction() as conn:
            conn.execute(
                "INSERT INTO jd.batches (batch, endpoint, model, run_id, dump, stage) VALUES (%s, %s, %s, %s, %s, %s)",
                [batch, endpoint, model, run_id, dump, stage],
            )

    def submitting(self, batch: str) -> None:
        """Note that it is about to be submitted."""
        self._set(batch, "submitting_at = %s", datetime.now(UTC))

    def submitted(self, batch: str, remote_id: str) -> None:
        """Note that the endpoint has it."""
        self._set(batch, "state = 'submitted', remote_id = %s", remote_id)

    def over(self, batch: str, outcome: str) -> None:
        """Note that nothing more will come of it; its calls have ended before."""
        self._set(batch, "state = 'over', outcome = %s, over_at = %s", outcome, datetime.now(UTC))

    def open(self, endpoint: str) -> list[OpenBatch]:
        """The batches at an endpoint that are not over, the oldest first."""
        query = f"SELECT {_OPEN} FROM jd.batches WHERE endpoint = %s AND state <> 'over' ORDER BY created_at, batch"
        with self._database.transaction() as conn:
            return conn.cursor(row_factory=class_row(OpenBatch)).execute(query, [endpoint]).fetchall()

    def pending(self, batch: str) -> list[BatchedCall]:
        """The calls of a batch that have not ended."""
        query = """
        SELECT request_hash, call_id, run_id, day, reserved_usd FROM jd.calls
        WHERE batch = %s AND status = 'pending' ORDER BY call_id
        """
        with self._database.transaction() as conn:
            return [BatchedCall(name, OpenCall(*call)) for name, *call in conn.execute(query, [batch])]

    def _set(self, batch: str, assignments: str, *values: object) -> None:
        with self._database.transaction() as conn:
            conn.execute(f"UPDATE jd.batches SET {assignments} WHERE batch = %s", [*values, batch])
