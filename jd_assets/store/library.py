"""The library's versions: entries that supersede each other, so that every past version can be read back.

What belongs here: keeping and comparing entries. What does not: what an entry means (library/).
An entry is valid from the version that brought it until the version that changed or dropped it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from jd_assets.errors import LibraryError
from jd_assets.hashing import digest
from jd_assets.store.database import Database, lock


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One entry of one table of the library; `payload` is canonical JSON, `key` is unique within its kind."""

    kind: str
    key: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class LibraryVersion:
    """A version as it was loaded. `seq` counts loads: the same content loaded again later is a load of its own."""

    seq: int
    version: str
    loaded_at: datetime
    source: str
    counts: dict[str, int]  # entries per kind


@dataclass(frozen=True, slots=True)
class LibraryChange:
    """What a load changed, in entries."""

    added: int
    changed: int
    removed: int


class Library:
    """Saves and reads versions of the library; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_version(self, version: str, entries: Iterable[LibraryEntry], source: str) -> LibraryChange:
        """Makes `entries` the current version, in one transaction; does nothing if `version` is current already.

        Raises LibraryError when two entries have the same kind and key.
        """
        wanted: dict[tuple[str, str], LibraryEntry] = {}
        for entry in entries:
            if wanted.setdefault((entry.kind, entry.key), entry) is not entry:
                raise LibraryError(f"the library has two entries {entry.kind} {entry.key!r}: remove one")
        hashes = {place: digest(entry.payload.decode()) for place, entry in wanted.items()}
        with self._database.transaction() as conn:
            lock(conn, "library")
            latest = conn.execute("SELECT seq, version FROM jd.library_versions ORDER BY seq DESC LIMIT 1").fetchone()
            if latest is not None and latest[1] == version:
                return LibraryChange(0, 0, 0)
            seq = 1 if latest is None else latest[0] + 1
            rows = conn.execute("SELECT kind, key, content_hash FROM jd.library_entries WHERE to_seq IS NULL")
            current = {(kind, key): content_hash for kind, key, content_hash in rows}
            removed = current.keys() - hashes.keys()
            added = hashes.keys() - current.keys()
            changed = {place for place in current.keys() & hashes.keys() if current[place] != hashes[place]}
            _close(conn, sorted(removed | changed), seq)
            with conn.cursor().copy(
                "COPY jd.library_entries (kind, key, content_hash, payload, from_seq) FROM STDIN"
            ) as copy:
                for place in sorted(added | changed):
                    copy.write_row((*place, hashes[place], wanted[place].payload.decode(), seq))
            conn.execute(
                "INSERT INTO jd.library_versions (seq, version, source, counts) VALUES (%s, %s, %s, %s)",
                [seq, version, source, Jsonb(Counter(kind for kind, _ in wanted))],
            )
        return LibraryChange(len(added), len(changed), len(removed))

    def load_version(self, version: str | None = None) -> list[LibraryEntry]:
        """The entries of a version (None: the current one) by kind and key; none if nothing was ever saved.

        Raises LibraryError for a version that was never saved.
        """
        with self._database.transaction() as conn:
            row = conn.execute(
                "SELECT max(seq) FROM jd.library_versions WHERE %s::text IS NULL OR version = %s", [version, version]
            ).fetchone()
            seq = row[0] if row else None
            if seq is None:
                if version is not None:
                    raise LibraryError(f"no library version {version} was ever loaded")
                return []
            query = (
                "SELECT kind, key, convert_to(payload::text, 'UTF8') AS payload FROM jd.library_entries "
                'WHERE from_seq <= %s AND (to_seq IS NULL OR to_seq > %s) ORDER BY kind COLLATE "C", key COLLATE "C"'
            )
            cursor = conn.cursor(binary=True, row_factory=class_row(LibraryEntry))
            return cursor.execute(query, [seq, seq]).fetchall()

    def hashes(self) -> dict[str, list[str]]:
        """The content hashes of the current version's entries, by kind: `hashing.digest` of their JSON."""
        query = "SELECT kind, array_agg(content_hash) FROM jd.library_entries WHERE to_seq IS NULL GROUP BY kind"
        with self._database.transaction() as conn:
            return dict(conn.execute(query).fetchall())

    def versions(self) -> list[LibraryVersion]:
        """Every load, newest first."""
        query = "SELECT seq, version, loaded_at, source, counts FROM jd.library_versions ORDER BY seq DESC"
        with self._database.transaction() as conn:
            return conn.cursor(row_factory=class_row(LibraryVersion)).execute(query).fetchall()


def _close(conn: psycopg.Connection, places: list[tuple[str, str]], seq: int) -> None:
    conn.execute(
        "UPDATE jd.library_entries e SET to_seq = %s FROM unnest(%s::text[], %s::text[]) AS v (kind, key) "
        "WHERE e.kind = v.kind AND e.key = v.key AND e.to_seq IS NULL",
        [seq, [kind for kind, _ in places], [key for _, key in places]],
    )
