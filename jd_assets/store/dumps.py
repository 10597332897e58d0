"""Dumps, which postings they hold, and the records in them that could not become postings.

What belongs here: the register that makes partitions, sightings, and quarantine. What does not: reading files (dumps/).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import psycopg

from jd_assets.records import DumpRef, DuplicateKind, QuarantinedRecord, Sighting
from jd_assets.store.database import Database


class Dumps:
    """Reads and registers dumps; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, dump: DumpRef) -> None:
        """Adds the dump, or brings its path and content up to date."""
        with self._database.transaction() as conn:
            conn.execute(
                "INSERT INTO jd.dumps (key, board, date, path, content_hash) VALUES (%s, %s, %s, %s, %s) "
                "ON CONFLICT (key) DO UPDATE SET path = excluded.path, content_hash = excluded.content_hash",
                [dump.key, dump.board, dump.date, dump.path, dump.content_hash],
            )

    def registered(self) -> list[DumpRef]:
        """All dumps, oldest first: by date, then key."""
        query = 'SELECT key, board, date, path, content_hash FROM jd.dumps ORDER BY date, key COLLATE "C"'
        with self._database.transaction() as conn:
            return [
                DumpRef(key=key, board=board, date=date, path=path, content_hash=content_hash)
                for key, board, date, path, content_hash in conn.execute(query)
            ]

    def sightings(self, dump: str) -> dict[str, Sighting]:
        """What the dump holds, by posting id."""
        query = "SELECT posting_id, content_hash, place FROM jd.sightings WHERE dump = %s"
        with self._database.transaction() as conn:
            return {row[0]: _sighting(*row) for row in conn.execute(query, [dump])}

    def newest_other_sightings(self, dump: str, posting_ids: Collection[str]) -> dict[str, tuple[str, Sighting]]:
        """For each posting that some other dump holds too: the newest such dump's key, and the posting as it stands there."""
        query = (
            "SELECT DISTINCT ON (s.posting_id) s.dump, s.posting_id, s.content_hash, s.place "
            "FROM jd.sightings s JOIN jd.dumps d ON d.key = s.dump "
            'WHERE s.posting_id = ANY(%s) AND s.dump <> %s ORDER BY s.posting_id, d.date DESC, d.key COLLATE "C" DESC'
        )
        with self._database.transaction() as conn:
            return {row[1]: (row[0], _sighting(*row[1:])) for row in conn.execute(query, [list(posting_ids), dump])}

    def duplicates(self, dump: str) -> dict[str, tuple[str, DuplicateKind]]:
        """The dump's current postings that repeat another one: the first posting of their cluster, and how alike they are."""
        query = (
            "SELECT posting_id, payload->>'duplicate_of', payload->>'duplicate_kind' FROM jd.stage_rows "
            "WHERE stage = 'postings' AND dump = %s AND superseded_at IS NULL AND payload->>'duplicate_of' IS NOT NULL"
        )
        with self._database.transaction() as conn:
            return {posting: (first, kind) for posting, first, kind in conn.execute(query, [dump])}

    def not_current(self, posting_ids: Collection[str]) -> list[str]:
        """Those of the postings that have no current `postings` row, in whichever dump."""
        query = (
            "SELECT id FROM unnest(%s::text[]) AS id WHERE NOT EXISTS (SELECT FROM jd.stage_rows r "
            "WHERE r.stage = 'postings' AND r.posting_id = id AND r.superseded_at IS NULL)"
        )
        with self._database.transaction() as conn:
            return [posting_id for (posting_id,) in conn.execute(query, [list(posting_ids)])]

    def quarantined(self, dump: str | None = None) -> tuple[QuarantinedRecord, ...]:
        """The bad records of one dump, or of all, in the order in which they stood."""
        query = (
            "SELECT dump, file, place, reason, excerpt FROM jd.quarantine "
            'WHERE %s::text IS NULL OR dump = %s ORDER BY dump COLLATE "C", position'
        )
        with self._database.transaction() as conn:
            return tuple(
                QuarantinedRecord(dump=key, file=file, place=place, reason=reason, excerpt=excerpt)
                for key, file, place, reason, excerpt in conn.execute(query, [dump, dump])
            )


def replace_sightings(conn: psycopg.Connection, dump: str, sightings: Sequence[Sighting]) -> None:
    """Makes `sightings` all that the dump holds; part of the transaction that writes its postings."""
    conn.execute("DELETE FROM jd.sightings WHERE dump = %s", [dump])
    with conn.cursor().copy("COPY jd.sightings (dump, posting_id, content_hash, place) FROM STDIN") as copy:
        for sighting in sightings:
            copy.write_row((dump, sighting.posting_id, sighting.content_hash, sighting.place))


def replace_quarantine(conn: psycopg.Connection, dump: str, run_id: str, records: Sequence[QuarantinedRecord]) -> None:
    """Makes `records` all that is quarantined of the dump; part of the transaction that writes its postings."""
    conn.execute("DELETE FROM jd.quarantine WHERE dump = %s", [dump])
    columns = "dump, position, run_id, file, place, reason, excerpt"
    with conn.cursor().copy(f"COPY jd.quarantine ({columns}) FROM STDIN") as copy:
        for position, record in enumerate(records):
            copy.write_row((dump, position, run_id, record.file, record.place, record.reason, record.excerpt))


def _sighting(posting_id: str, content_hash: str, place: str) -> Sighting:
    return Sighting(posting_id=posting_id, content_hash=content_hash, place=place)
