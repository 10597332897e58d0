"""Postings without a row in a stage, because a model gave no answer about them that counts: named, with the reason.

What belongs here: keeping and counting them. What does not: deciding that an answer does not count (tasks).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from jd_assets.store.database import Database


@dataclass(frozen=True, slots=True)
class Drop:
    """A posting that got no row in a stage; asked again only when its input hash is another."""

    stage: str
    posting_id: str
    dump: str
    run_id: str
    input_hash: str
    kind: str
    reason: str


_DROP = "stage, posting_id, dump, run_id, input_hash, kind, reason"


class UnansweredPostings:
    """Reads the drops; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, stage: str, posting_ids: Collection[str]) -> dict[str, Drop]:
        """The drops of a stage among these postings, whichever dump they came with."""
        return {
            drop.posting_id: drop for drop in self._drops("stage = %s AND posting_id = ANY(%s)", stage, posting_ids)
        }

    def of_posting(self, posting_id: str) -> list[Drop]:
        """The stages that have no row for a posting, and why."""
        return self._drops("posting_id = %s", posting_id)

    def listed(self, dump: str, stages: Collection[str] | None = None) -> list[Drop]:
        """The drops of a dump, of some stages or of all, by stage and posting."""
        if stages is None:
            return self._drops("dump = %s", dump)
        return self._drops("dump = %s AND stage = ANY(%s)", dump, stages)

    def count(self, stage: str, dump: str) -> int:
        """How many postings of a dump a stage has no row for."""
        query = "SELECT count(*) FROM jd.unanswered WHERE stage = %s AND dump = %s"
        with self._database.transaction() as conn:
            row = conn.execute(query, [stage, dump]).fetchone()
        return int(row[0]) if row else 0

    def _drops(self, where: str, *parameters: str | Collection[str]) -> list[Drop]:
        query = f'SELECT {_DROP} FROM jd.unanswered WHERE {where} ORDER BY stage, posting_id COLLATE "C"'
        values = [value if isinstance(value, str) else list(value) for value in parameters]
        with self._database.transaction() as conn:
            return conn.cursor(row_factory=class_row(Drop)).execute(query, values).fetchall()


def replace_unanswered(
    conn: psycopg.Connection, stage: str, dump: str, drops: Sequence[Drop], answered: Collection[str]
) -> None:
    """Makes `drops` all that is kept of a stage and dump; part of the transaction that writes their rows.

    `answered` are postings that got a row in it: whatever dump said otherwise of them is over.
    """
    conn.execute(
        "DELETE FROM jd.unanswered WHERE stage = %s AND (dump = %s OR posting_id = ANY(%s))",
        [stage, dump, [*answered, *(drop.posting_id for drop in drops)]],
    )
    with conn.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO jd.unanswered ({_DROP}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                (d.stage, d.posting_id, d.dump, d.run_id, d.input_hash, d.kind, d.reason)
                for d in sorted(drops, key=lambda drop: drop.posting_id)
            ],
        )
