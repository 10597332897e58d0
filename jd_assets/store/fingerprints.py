"""Fingerprints of the postings that lead clusters of duplicates, so that later dumps can be compared with them.

What belongs here: keeping and finding them. What does not: making and comparing them (dumps/duplicates).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import psycopg

from jd_assets.dumps.duplicates import Fingerprint
from jd_assets.records import DumpRef
from jd_assets.store.database import Database

_ASKED_AT_ONCE = 1_000  # fingerprints, of 16 bands each


class Fingerprints:
    """Reads fingerprints; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leaders_before(self, dump: DumpRef, prints: Sequence[Fingerprint]) -> list[Fingerprint]:
        """The leaders that may equal or resemble any of `prints`, of dumps before this one (by date, then key).

        The oldest comes first.
        """
        # Two searches, because with an OR between them Postgres uses neither index. A posting that leads in many dumps
        # comes once, from the oldest of them.
        columns = "posting_id, exact_key, signature, bands, dump_date, dump, position"
        older = '(dump_date, dump COLLATE "C") < (%(date)s, %(dump)s)'
        query = (
            f"SELECT DISTINCT ON (posting_id, exact_key) {columns} FROM ("
            f"SELECT {columns} FROM jd.fingerprints WHERE {older} AND exact_key = ANY(%(keys)s) UNION ALL "
            f"SELECT {columns} FROM jd.fingerprints WHERE {older} AND bands && %(bands)s::bigint[]) AS found "
            'ORDER BY posting_id, exact_key, dump_date, dump COLLATE "C", position'
        )
        found: dict[tuple[Any, ...], Fingerprint] = {}
        with self._database.transaction() as conn:
            for start in range(0, len(prints), _ASKED_AT_ONCE):
                asked = prints[start : start + _ASKED_AT_ONCE]
                values = {
                    "date": dump.date,
                    "dump": dump.key,
                    "keys": [own.exact_key for own in asked],
                    "bands": [band for own in asked for band in own.bands],
                }
                for posting_id, exact_key, signature, bands, *order in conn.execute(query, values):
                    found[tuple(order)] = Fingerprint(posting_id, exact_key, bytes(signature), tuple(bands))
        return [found[order] for order in sorted(found)]


def replace_fingerprints(
    conn: psycopg.Connection, dump: DumpRef, prints: Sequence[Fingerprint], followers: Collection[str]
) -> None:
    """Makes those of `prints` that lead (are no followers) all that is kept of the dump.

    Part of the transaction that writes the dump's postings. A posting leads in each dump that holds it, whichever dump
    its row belongs to: what a dump is compared with depends on older dumps alone.
    """
    conn.execute("DELETE FROM jd.fingerprints WHERE dump = %s", [dump.key])
    columns = "posting_id, dump, dump_date, position, exact_key, signature, bands"
    with conn.cursor().copy(f"COPY jd.fingerprints ({columns}) FROM STDIN") as copy:
        for position, own in enumerate(prints):
            if own.posting_id not in followers:
                copy.write_row(
                    (own.posting_id, dump.key, dump.date, position, own.exact_key, own.signature, list(own.bands))
                )
