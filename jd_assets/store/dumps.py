"""Dumps, which postings they hold, and the records in them that could not become postings.

What belongs here: the register that makes partitions, sightings, and quarantine. What does not: reading files (dumps/).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from jd_assets.hashing import digest
from jd_assets.records import DumpRef, DuplicateKind, QuarantinedRecord, Sighting
from jd_assets.store.database import Database


@dataclass(frozen=True, slots=True)
class OtherSighting:
    """A posting as another dump holds it; dumps are ordered by `order`."""

    dump: str
    order: tuple[date, str]
    content_hash: str


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

    def sightings_elsewhere(self, dump: str, posting_ids: Collection[str]) -> dict[str, list[OtherSighting]]:
        """For each posting that other dumps hold too: how it stands there, oldest dump first."""
        query = (
            "SELECT s.posting_id, s.dump, d.date, s.content_hash FROM jd.sightings s JOIN jd.dumps d ON d.key = s.dump "
            'WHERE s.posting_id = ANY(%s) AND s.dump <> %s ORDER BY d.date, d.key COLLATE "C"'
        )
        found: dict[str, list[OtherSighting]] = {}
        with self._database.transaction() as conn:
            for posting_id, key, day, content_hash in conn.execute(query, [list(posting_ids), dump]):
                found.setdefault(posting_id, []).append(OtherSighting(key, (day, key), content_hash))
        return found

    def ingested(self) -> dict[str, str]:
        """The content hash with which each dump was last read to the end; without dumps that wait for a reading."""
        query = "SELECT key, ingested_hash FROM jd.dumps WHERE ingested_hash IS NOT NULL"
        with self._database.transaction() as conn:
            return dict(conn.execute(query).fetchall())

    def reopened(self) -> list[DumpRef]:
        """The dumps that were read once and wait again because another dump dropped what they hold, oldest first."""
        rounds, ingested = self.rounds(), self.ingested()
        return [dump for dump in self.registered() if rounds[dump.key] and dump.key not in ingested]

    def waiting(self) -> list[DumpRef]:
        """The registered dumps whose present content is still to be read, oldest first."""
        ingested = self.ingested()
        return [dump for dump in self.registered() if ingested.get(dump.key) != dump.content_hash]

    def rounds(self) -> dict[str, int]:
        """How often each dump was opened again after it had been read: part of the key of the run that reads it."""
        with self._database.transaction() as conn:
            return dict(conn.execute("SELECT key, round FROM jd.dumps").fetchall())

    def version_before(self, dump: DumpRef) -> str:
        """What the older dumps hold: duplicates point at their postings."""
        query = (
            'SELECT key, ingested_hash FROM jd.dumps WHERE (date, key COLLATE "C") < (%s, %s) '
            'AND ingested_hash IS NOT NULL ORDER BY key COLLATE "C"'
        )
        with self._database.transaction() as conn:
            return digest(conn.execute(query, [dump.date, dump.key]).fetchall())

    def ingest_details(self, dump: str) -> dict[str, Any]:
        """What the dump's last reading reported; empty if it was never read."""
        with self._database.transaction() as conn:
            row = conn.execute("SELECT details FROM jd.dumps WHERE key = %s", [dump]).fetchone()
        return dict(row[0]) if row and row[0] else {}

    def duplicates(self, dump: str) -> dict[str, tuple[str, DuplicateKind]]:
        """The dump's current postings that repeat another: their cluster's first posting, and how alike they are."""
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

    def quarantine_counts(self) -> dict[str, int]:
        """How many records of each dump are bad; dumps without any are left out."""
        with self._database.transaction() as conn:
            return dict(conn.execute("SELECT dump, count(*) FROM jd.quarantine GROUP BY dump").fetchall())

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


def mark_ingested(conn: psycopg.Connection, dump: DumpRef, details: Mapping[str, Any]) -> None:
    """Notes that the dump was read with this content; part of the transaction that writes its postings."""
    conn.execute(
        "UPDATE jd.dumps SET ingested_hash = %s, details = %s WHERE key = %s",
        [dump.content_hash, Jsonb(details), dump.key],
    )


def reopen(conn: psycopg.Connection, dumps: Collection[str]) -> None:
    """Makes these dumps wait for another reading, although their content is the same."""
    keys = list(dumps)
    conn.execute("UPDATE jd.dumps SET ingested_hash = NULL, round = round + 1 WHERE key = ANY(%s)", [keys])
    conn.execute("DELETE FROM jd.checkpoints WHERE stage = 'postings' AND dump = ANY(%s)", [keys])


def _sighting(posting_id: str, content_hash: str, place: str) -> Sighting:
    return Sighting(posting_id=posting_id, content_hash=content_hash, place=place)
