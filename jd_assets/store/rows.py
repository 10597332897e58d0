"""The rows of every stage: the one write path, and reading them back, current or past.

What belongs here: how rows supersede each other. What does not: what a payload means (stages), and the tables that
are derived from rows (review, centroids, dumps), which take part in a write by way of its `then`.

A row is never overwritten. Whatever replaces it is a new row, named in the old one's `superseded_by`; "current" is what
has no `superseded_at`. A posting has at most one current row a stage, whichever dump it came with. Writes of one stage
happen one after another, each stamped with a time of its own: reading at such a time gives the rows as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg.rows import class_row

from jd_assets.hashing import digest_set
from jd_assets.store.database import Database, lock


@dataclass(frozen=True, slots=True)
class RowHead:
    """What decides whether a current row must be computed again."""

    posting_id: str
    dump: str
    upstream_hash: str
    input_hash: str
    output_hash: str


@dataclass(frozen=True, slots=True)
class NewRow:
    """A computed row; `payload` is canonical JSON."""

    posting_id: str
    upstream_hash: str
    input_hash: str
    output_hash: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a partition's last completed run of a stage read and produced."""

    code_version: str
    library_part: str
    upstream_version: str
    data_version: str
    rows: int


@dataclass(frozen=True, slots=True)
class WriteCounts:
    """What a write did. `unchanged` rows came with the value that was there already, and stayed."""

    inserted: int
    superseded: int
    retired: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row with everything that is known about it, current or past; `payload` is JSON."""

    row_id: int
    stage: str
    posting_id: str
    dump: str
    run_id: str
    code_version: str
    library_version: str
    upstream_hash: str
    input_hash: str
    output_hash: str
    payload: bytes
    created_at: datetime
    superseded_at: datetime | None
    superseded_by: int | None
    superseded_run: str | None


_HEAD = "posting_id, dump, upstream_hash, input_hash, output_hash"
_STORED = (
    "row_id, stage, posting_id, dump, run_id, code_version, library_version, upstream_hash, input_hash, output_hash, "
    "convert_to(payload::text, 'UTF8') AS payload, created_at, superseded_at, superseded_by, superseded_run"
)
_COPY = (
    "COPY jd.stage_rows (row_id, stage, posting_id, dump, run_id, code_version, library_version, upstream_hash, "
    "input_hash, output_hash, payload, created_at) FROM STDIN"
)


class Rows:
    """Reads and writes stage rows; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- current rows ---------------------------------------------------------------------------------------------

    def heads(self, stage: str, dump: str) -> dict[str, RowHead]:
        """The current rows of a partition by posting id, without their payloads."""
        return self._heads("dump = %s", stage, dump)

    def heads_of(self, stage: str, posting_ids: Collection[str]) -> dict[str, RowHead]:
        """The current rows of these postings, whichever dump they came with; postings without one are left out."""
        return self._heads("posting_id = ANY(%s)", stage, list(posting_ids))

    def payloads(self, stage: str, posting_ids: Collection[str]) -> dict[str, bytes]:
        """The current payloads of these postings as JSON text; postings without one are left out."""
        query = (
            "SELECT posting_id, convert_to(payload::text, 'UTF8') FROM jd.stage_rows "
            "WHERE stage = %s AND posting_id = ANY(%s) AND superseded_at IS NULL"
        )
        with self._database.transaction() as conn:
            cursor = conn.cursor(binary=True)
            return dict(cursor.execute(query, [stage, list(posting_ids)]).fetchall())

    def checkpoint(self, stage: str, dump: str) -> Checkpoint | None:
        """What the partition's last completed run left; None if there was none."""
        query = (
            "SELECT code_version, library_part, upstream_version, data_version, rows FROM jd.checkpoints "
            "WHERE stage = %s AND dump = %s"
        )
        with self._database.transaction() as conn:
            return conn.cursor(row_factory=class_row(Checkpoint)).execute(query, [stage, dump]).fetchone()

    def data_version(self, stage: str, dump: str) -> str:
        """One hash over the partition's current rows: equal exactly when ids and output hashes are."""
        query = (
            "SELECT posting_id || ':' || output_hash FROM jd.stage_rows "
            "WHERE stage = %s AND dump = %s AND superseded_at IS NULL"
        )
        with self._database.transaction() as conn:
            return digest_set(value for (value,) in conn.execute(query, [stage, dump]))

    # --- the write path -------------------------------------------------------------------------------------------

    def replace(
        self,
        *,
        stage: str,
        dump: str,
        run_id: str,
        code_version: str,
        library_version: str,
        rows: Sequence[NewRow],
        retire: Collection[str],
        close: Collection[str] = (),
        checkpoint: Checkpoint,
        refresh_upstream: Mapping[str, str] | None = None,
        then: Callable[[psycopg.Connection], None] | None = None,
    ) -> WriteCounts:
        """Brings a partition up to date, whole or not at all, in one transaction.

        `rows` are the computed ones: one whose output equals the current row's leaves that row in place and only brings
        its hashes and dump up to date; any other supersedes the current row, also one that came with another dump.
        `retire` closes rows of this dump without a successor, `close` rows of whichever dump. `refresh_upstream` maps
        postings whose rows need no computing to the upstream hash that this was seen under; their rows are filed under
        this dump. `then` writes what is derived from the rows, in the same transaction.

        Raises ValueError when a posting comes twice, StoreUnavailable when the server breaks off: nothing is written.
        """
        ordered = sorted(rows, key=lambda row: row.posting_id)
        ids = [row.posting_id for row in ordered]
        if len(set(ids)) != len(ids) or not set(ids).isdisjoint({*retire, *close}):
            raise ValueError(f"{stage} of {dump}: a posting comes twice, among the new rows or also to be retired")
        with self._database.transaction() as conn:
            lock(conn, "rows", shared=True)
            lock(conn, f"stage:{stage}")
            at = _open_write(conn, stage, dump, run_id, code_version, library_version)
            current = _current(conn, stage, ids)
            same = [
                row for row in ordered if row.posting_id in current and current[row.posting_id][1] == row.output_hash
            ]
            kept = {row.posting_id for row in same}
            changed = [row for row in ordered if row.posting_id not in kept]
            row_ids = _new_row_ids(conn, len(changed))
            successors = {
                current[row.posting_id][0]: row_id
                for row, row_id in zip(changed, row_ids, strict=True)
                if row.posting_id in current
            }
            _supersede(conn, stage, successors, at, run_id)
            retired = _retire(conn, stage, dump, retire, close, at, run_id)
            _refresh(conn, stage, [(current[row.posting_id][0], row) for row in same], dump)
            _refresh_upstream(conn, stage, refresh_upstream or {}, dump)
            with conn.cursor().copy(_COPY) as copy:
                for row_id, row in zip(row_ids, changed, strict=True):
                    copy.write_row(
                        (
                            *(row_id, stage, row.posting_id, dump, run_id, code_version, library_version),
                            *(row.upstream_hash, row.input_hash, row.output_hash, row.payload.decode(), at),
                        )
                    )
            _save_checkpoint(conn, stage, dump, run_id, at, checkpoint)
            if then is not None:
                then(conn)
        return WriteCounts(len(changed), len(successors), retired, len(same))

    def note(self, stage: str, dump: str, run_id: str, checkpoint: Checkpoint) -> None:
        """Notes how far something that follows from rows outside Postgres (vectors in LanceDB) has come."""
        with self._database.transaction() as conn:
            _save_checkpoint(conn, stage, dump, run_id, datetime.now(UTC), checkpoint)

    # --- counting and finding -------------------------------------------------------------------------------------

    def counts(self) -> dict[tuple[str, str], int]:
        """How many current rows there are, by stage and dump."""
        query = "SELECT stage, dump, count(*) FROM jd.stage_rows WHERE superseded_at IS NULL GROUP BY stage, dump"
        with self._database.transaction() as conn:
            return {(stage, dump): count for stage, dump, count in conn.execute(query)}

    def count(self, stage: str, dump: str) -> int:
        """How many current rows a partition has."""
        query = "SELECT count(*) FROM jd.stage_rows WHERE stage = %s AND dump = %s AND superseded_at IS NULL"
        with self._database.transaction() as conn:
            row = conn.execute(query, [stage, dump]).fetchone()
        return int(row[0]) if row else 0

    def find_postings(self, prefix: str, limit: int) -> list[str]:
        """The ids of postings that begin so, in order; at most `limit`."""
        query = (
            "SELECT DISTINCT posting_id FROM jd.stage_rows WHERE stage = 'postings' AND starts_with(posting_id, %s) "
            "ORDER BY posting_id LIMIT %s"
        )
        with self._database.transaction() as conn:
            return [posting_id for (posting_id,) in conn.execute(query, [prefix, limit])]

    # --- the past -------------------------------------------------------------------------------------------------

    def history(self, stage: str, posting_id: str) -> list[StoredRow]:
        """Every row that the posting ever had in this stage, newest first."""
        return self._stored("stage = %s AND posting_id = %s ORDER BY row_id DESC", stage, posting_id)

    def at_run(self, stage: str, run_id: str) -> list[StoredRow]:
        """The rows of all dumps that were current right after the run's last write of this stage, by posting id.

        Empty when the run never wrote the stage. A row's `dump` is the one under which it is filed today.
        """
        return self._as_of(stage, "run_id", run_id)

    def at_library(self, stage: str, library_version: str) -> list[StoredRow]:
        """The rows of all dumps that were current right after the last write under this library version, likewise."""
        return self._as_of(stage, "library_version", library_version)

    def _as_of(self, stage: str, column: str, value: str) -> list[StoredRow]:
        moment = f"(SELECT max(at) FROM jd.writes WHERE stage = %s AND {column} = %s)"
        return self._stored(
            f"stage = %s AND created_at <= {moment} AND coalesce(superseded_at, 'infinity') > {moment} "
            "ORDER BY posting_id",
            *(stage, stage, value, stage, value),
        )

    def _stored(self, where: str, *parameters: str) -> list[StoredRow]:
        with self._database.transaction() as conn:
            cursor = conn.cursor(binary=True, row_factory=class_row(StoredRow))
            return cursor.execute(f"SELECT {_STORED} FROM jd.stage_rows WHERE {where}", parameters).fetchall()

    def _heads(self, where: str, stage: str, parameter: str | list[str]) -> dict[str, RowHead]:
        query = f"SELECT {_HEAD} FROM jd.stage_rows WHERE stage = %s AND {where} AND superseded_at IS NULL"
        with self._database.transaction() as conn:
            return {row[0]: RowHead(*row) for row in conn.execute(query, [stage, parameter])}


# --- the steps of a write -----------------------------------------------------------------------------------------


def _open_write(
    conn: psycopg.Connection, stage: str, dump: str, run_id: str, code_version: str, library_version: str
) -> datetime:
    """Logs the write; returns its time, later than every earlier write of the stage even if the clock was set back."""
    row = conn.execute(
        "INSERT INTO jd.writes (stage, at, dump, run_id, code_version, library_version) SELECT %s, "
        "greatest(clock_timestamp(), (SELECT max(at) + interval '1 microsecond' FROM jd.writes WHERE stage = %s)), "
        "%s, %s, %s, %s RETURNING at",
        [stage, stage, dump, run_id, code_version, library_version],
    ).fetchone()
    assert row is not None  # INSERT … RETURNING one row
    at: datetime = row[0]
    return at


def _current(conn: psycopg.Connection, stage: str, posting_ids: list[str]) -> dict[str, tuple[int, str]]:
    """Row id and output hash of the current rows, by posting id."""
    query = (
        "SELECT posting_id, row_id, output_hash FROM jd.stage_rows "
        "WHERE stage = %s AND posting_id = ANY(%s) AND superseded_at IS NULL"
    )
    return {posting: (row_id, output) for posting, row_id, output in conn.execute(query, [stage, posting_ids])}


def _new_row_ids(conn: psycopg.Connection, count: int) -> list[int]:
    query = "SELECT nextval(pg_get_serial_sequence('jd.stage_rows', 'row_id')) FROM generate_series(1, %s)"
    return [row_id for (row_id,) in conn.execute(query, [count])]


def _supersede(conn: psycopg.Connection, stage: str, successors: Mapping[int, int], at: datetime, run_id: str) -> None:
    conn.execute(
        "UPDATE jd.stage_rows r SET superseded_at = %s, superseded_run = %s, superseded_by = v.new "
        "FROM unnest(%s::bigint[], %s::bigint[]) AS v (old, new) WHERE r.stage = %s AND r.row_id = v.old",
        [at, run_id, list(successors), list(successors.values()), stage],
    )


def _retire(
    conn: psycopg.Connection,
    stage: str,
    dump: str,
    retire: Collection[str],
    close: Collection[str],
    at: datetime,
    run_id: str,
) -> int:
    return conn.execute(
        "UPDATE jd.stage_rows SET superseded_at = %s, superseded_run = %s WHERE stage = %s AND superseded_at IS NULL "
        "AND (dump = %s AND posting_id = ANY(%s) OR posting_id = ANY(%s))",
        [at, run_id, stage, dump, list(retire), list(close)],
    ).rowcount


def _refresh(conn: psycopg.Connection, stage: str, rows: Sequence[tuple[int, NewRow]], dump: str) -> None:
    conn.execute(
        "UPDATE jd.stage_rows r SET dump = %s, upstream_hash = v.upstream, input_hash = v.input "
        "FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS v (id, upstream, input) "
        "WHERE r.stage = %s AND r.row_id = v.id",
        [
            dump,
            [i for i, _ in rows],
            [row.upstream_hash for _, row in rows],
            [row.input_hash for _, row in rows],
            stage,
        ],
    )


def _refresh_upstream(conn: psycopg.Connection, stage: str, hashes: Mapping[str, str], dump: str) -> None:
    conn.execute(
        "UPDATE jd.stage_rows r SET dump = %s, upstream_hash = v.upstream "
        "FROM unnest(%s::text[], %s::text[]) AS v (posting, upstream) "
        "WHERE r.stage = %s AND r.posting_id = v.posting AND r.superseded_at IS NULL",
        [dump, list(hashes), list(hashes.values()), stage],
    )


def _save_checkpoint(
    conn: psycopg.Connection, stage: str, dump: str, run_id: str, at: datetime, checkpoint: Checkpoint
) -> None:
    conn.execute(
        "INSERT INTO jd.checkpoints "
        "(stage, dump, code_version, library_part, upstream_version, data_version, rows, run_id, at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (stage, dump) DO UPDATE SET "
        "code_version = excluded.code_version, library_part = excluded.library_part, "
        "upstream_version = excluded.upstream_version, data_version = excluded.data_version, rows = excluded.rows, "
        "run_id = excluded.run_id, at = excluded.at",
        [
            *(stage, dump, checkpoint.code_version, checkpoint.library_part, checkpoint.upstream_version),
            *(checkpoint.data_version, checkpoint.rows, run_id, at),
        ],
    )
