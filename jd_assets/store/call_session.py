"""Writing the ledger of model calls: one session a process, which claims requests and writes calls in groups.

What belongs here: claims, budgets, and the rows of calls. What does not: reading the ledger back (`calls`), deciding
what is asked (`engines`).

A claim is an advisory lock of the session: however its process ends, the server lets go of it at once, and another
process may ask. A pending row that nobody holds a claim for is lost: it may have been paid for, nobody can tell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, LiteralString

import orjson
import psycopg

from jd_assets.errors import StoreUnavailable
from jd_assets.store.call_records import (
    CallEnd,
    CallUse,
    Claim,
    Group,
    Kept,
    NewCall,
    OpenCall,
    Tokens,
    Written,
)
from jd_assets.store.database import Database

SPARE_IDS = 100
_TOKENS = tuple(field.name for field in fields(Tokens))
_LOCK = "hashtextextended('jd_assets:call:' || hash, 0)"


class CallSession:
    """One connection that holds claims and writes; for one thread at a time."""

    def __init__(self, database: Database, *, usd_per_run: Decimal | None, usd_per_day: Decimal | None) -> None:
        self._database = database
        self._usd_per_run, self._usd_per_day = usd_per_run, usd_per_day
        self._conn: psycopg.Connection | None = None
        self._ids: list[int] = []

    def write(self, group: Group) -> Written:
        """Ends, uses and new calls in one commit; then claims are given back, and new ones taken.

        Each of `wanted` may come once. Raises StoreUnavailable when the server breaks off; claims are lost then.
        """
        try:
            conn = self._connection()
            opened: list[OpenCall | None] = []
            # Statements go out together where none waits for what another says: a group is three trips, not twelve.
            with conn.pipeline():
                if group.ends or group.uses or group.new:
                    with conn.transaction():
                        opened = self._open(conn, group.new, group.ends)
                        _end(conn, group.ends)
                        _use(conn, group.uses)
                _release(conn, group.released)
                return Written(opened, _claim(conn, group.wanted) if group.wanted else {})
        except psycopg.OperationalError as error:
            self.close()
            raise StoreUnavailable(f"the database broke off while model calls were noted: {error}") from error

    def close(self) -> None:
        """Gives back all claims."""
        if self._conn is not None:
            with suppress(psycopg.Error):  # a connection that is gone holds none
                # By name, because the server notices only a while later that a connection was closed.
                self._conn.execute("SELECT pg_advisory_unlock_all()")
            self._conn.close()
            self._conn = None

    def _connection(self) -> psycopg.Connection:
        if self._conn is None:
            self._conn = self._database.own_connection()
        return self._conn

    def _open(self, conn: psycopg.Connection, new: Sequence[NewCall], ends: Sequence[CallEnd]) -> list[OpenCall | None]:
        """Count what ended, reserve what may be opened, and write the pending rows."""
        now = datetime.now(UTC)
        spent = _locked_spending(conn, {*_scopes(new, now.date()), *_scopes_of_ends(ends)})
        for end in ends:
            if end.cost_usd is not None:
                change = end.cost_usd - (end.call.reserved_usd or 0)
                for scope in (run_scope(end.call.run_id), day_scope(end.call.day)):
                    spent[scope] += change
        opened: list[OpenCall | None] = []
        ids = self._new_ids(conn, len(new))
        for call in new:
            run, day, most = run_scope(call.owner.run_id), day_scope(now.date()), call.reserved_usd or Decimal(0)
            caps = {day: self._usd_per_day, **({run: self._usd_per_run} if call.owner.run_id else {})}
            if any(cap is not None and spent[scope] + most > cap for scope, cap in caps.items()):
                opened.append(None)
                continue
            spent[run] += most
            spent[day] += most
            opened.append(OpenCall(ids.pop(), call.owner.run_id, now.date(), call.reserved_usd))
        _save_spending(conn, spent)
        _insert(conn, [(call, place) for call, place in zip(new, opened, strict=True) if place is not None], now)
        return opened

    def _new_ids(self, conn: psycopg.Connection, count: int) -> list[int]:
        """At least so many ids that nobody has, in falling order; what is left over is for the next call."""
        if len(self._ids) < count:
            query = "SELECT nextval(pg_get_serial_sequence('jd.calls', 'call_id')) FROM generate_series(1, %s)"
            fresh = [call_id for (call_id,) in conn.execute(query, [count + SPARE_IDS])]
            self._ids = [*reversed(fresh), *self._ids]
        return self._ids


def run_scope(run_id: str) -> str:
    """The budget of a run."""
    return f"run:{run_id}"


def day_scope(day: date) -> str:
    """The budget of a day (UTC)."""
    return f"day:{day.isoformat()}"


def _scopes(new: Sequence[NewCall], today: date) -> set[str]:
    return {run_scope(call.owner.run_id) for call in new} | ({day_scope(today)} if new else set())


def _scopes_of_ends(ends: Sequence[CallEnd]) -> set[str]:
    return {scope for end in ends for scope in (run_scope(end.call.run_id), day_scope(end.call.day))}


def _locked_spending(conn: psycopg.Connection, scopes: Collection[str]) -> dict[str, Decimal]:
    """What was spent by scope; nobody else changes it before the transaction ends."""
    names = sorted(scopes)
    query = "SELECT scope, usd FROM jd.spending WHERE scope = ANY(%s) ORDER BY scope FOR UPDATE"
    spent: dict[str, Decimal] = dict(conn.execute(query, [names]).fetchall()) if names else {}
    if len(spent) < len(names):
        conn.execute(
            "INSERT INTO jd.spending SELECT scope, 0 FROM unnest(%s::text[]) AS scope ORDER BY scope "
            "ON CONFLICT DO NOTHING",
            [names],
        )
        spent = dict(conn.execute(query, [names]).fetchall())
    return spent


def _save_spending(conn: psycopg.Connection, spent: Mapping[str, Decimal]) -> None:
    if not spent:
        return
    conn.execute(
        "UPDATE jd.spending SET usd = new.usd FROM unnest(%s::text[], %s::numeric[]) AS new (scope, usd) "
        "WHERE spending.scope = new.scope",
        [list(spent), list(spent.values())],
    )


def _insert(conn: psycopg.Connection, calls: Sequence[tuple[NewCall, OpenCall]], now: datetime) -> None:
    requests = {call.request.request_hash: asdict(call.request) for call, _ in calls}
    for row in requests.values():
        row |= {"messages": orjson.Fragment(row["messages"]), "parameters": orjson.Fragment(row["parameters"])}
    in_order = [requests[name] for name in sorted(requests)]  # two sessions that insert the same never wait in a ring
    _insert_rows(conn, "requests", in_order, "ON CONFLICT DO NOTHING")
    rows = [
        {
            **asdict(call.owner),
            "call_id": opened.call_id,
            "request_hash": call.request.request_hash,
            "model": call.request.model,
            "attempt": call.attempt,
            "reserved_usd": call.reserved_usd,
            "batch": call.batch,
            "status": "pending",
            "day": opened.day,
            "created_at": now,
        }
        for call, opened in calls
    ]
    _insert_rows(conn, "calls", rows)


def _end(conn: psycopg.Connection, ends: Sequence[CallEnd]) -> None:
    rows = [
        {
            "call_id": end.call.call_id,
            "status": end.status,
            "error": end.error,
            "http_status": end.http_status,
            "request_id": end.request_id,
            "model_answered": _storable(end.model_answered),
            "raw": _storable(end.raw),
            **{f"{name}_tokens": getattr(end.tokens, name, None) for name in _TOKENS},
            "cost_usd": end.cost_usd,
            "price_list": end.price_list,
            "latency_ms": end.latency_ms,
            "finished_at": datetime.now(UTC),
        }
        for end in ends
    ]
    if rows:
        changes = ", ".join(f"{name} = ended.{name}" for name in rows[0] if name != "call_id")
        conn.execute(
            f"UPDATE jd.calls SET {changes} FROM json_populate_recordset(null::jd.calls, %s::json) AS ended "
            "WHERE calls.call_id = ended.call_id",
            [_json(rows)],
        )


def _use(conn: psycopg.Connection, uses: Sequence[CallUse]) -> None:
    rows = [
        {
            **asdict(use.owner),
            "request_hash": use.request_hash,
            "cached": use.cached,
            "outcome": use.outcome,
            "problem": _storable(use.problem),
            "at": datetime.now(UTC),
        }
        for use in uses
    ]
    _insert_rows(conn, "call_uses", rows)


def _insert_rows(
    conn: psycopg.Connection, table: LiteralString, rows: Sequence[Mapping[str, Any]], conflicts: LiteralString = ""
) -> None:
    # As one JSON text: an array for each column would cost ten times the time to write.
    if rows:
        columns = ", ".join(rows[0])
        conn.execute(
            f"INSERT INTO jd.{table} ({columns}) SELECT {columns} "
            f"FROM json_populate_recordset(null::jd.{table}, %s::json) {conflicts}",
            [_json(rows)],
        )


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows, default=str).decode()  # Decimals as text, to the last digit


def _storable(text: str | None) -> str | None:
    """`text` without what Postgres takes for no text: NUL, and the lone surrogates that broken decoding leaves."""
    return text and text.replace("\0", "").encode("utf-8", "replace").decode()


def _release(conn: psycopg.Connection, hashes: Sequence[str]) -> None:
    if hashes:
        conn.execute(f"SELECT pg_advisory_unlock({_LOCK}) FROM unnest(%s::text[]) AS hash", [list(hashes)])


def _claim(conn: psycopg.Connection, wanted: Sequence[str]) -> dict[str, Claim]:
    # Locked first, looked up after: whoever held the lock has committed the answer before letting go of it.
    names = [list(wanted)]
    locking = conn.execute(f"SELECT hash, pg_try_advisory_lock({_LOCK}) FROM unnest(%s::text[]) AS hash", names)
    looking = conn.execute(
        "SELECT DISTINCT ON (request_hash) request_hash, raw FROM jd.calls "
        "WHERE status = 'answered' AND raw IS NOT NULL AND request_hash = ANY(%s) ORDER BY request_hash, call_id",
        names,
    )
    waiting = conn.execute(
        "SELECT call_id, request_hash, batch FROM jd.calls WHERE status = 'pending' AND request_hash = ANY(%s)", names
    )
    locked = [request_hash for request_hash, ours in locking if ours]
    kept: dict[str, str] = dict(looking.fetchall())
    free = {request_hash for request_hash in locked if request_hash not in kept}
    pending = [call for call in waiting.fetchall() if call[1] in free]
    batched = {request_hash for _, request_hash, batch in pending if batch is not None}
    _lose(conn, [call_id for call_id, _, batch in pending if batch is None])
    _release(conn, [request_hash for request_hash in locked if request_hash in kept or request_hash in batched])
    claims: dict[str, Claim] = dict.fromkeys(wanted, "busy")
    claims.update(dict.fromkeys(free, "granted"))
    claims.update(dict.fromkeys(batched, "batched"))
    claims.update({request_hash: Kept(raw) for request_hash, raw in kept.items()})
    return claims


def _lose(conn: psycopg.Connection, calls: Sequence[int]) -> None:
    """Note calls that ended with their process; those in a batch have not ended."""
    if calls:
        conn.execute(
            "UPDATE jd.calls SET status = 'lost', finished_at = %s WHERE call_id = ANY(%s)",
            [datetime.now(UTC), list(calls)],
        )
