"""The ledger of model calls, read side: what was asked, answered, paid and taken over, and the sums of it.

What belongs here: reading the ledger. What does not: writing it (`call_session`), asking anything (`engines`).
Sums are computed from the rows they are sums of; the one running total, `jd.spending`, is kept in their transactions.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

import psycopg
from psycopg.rows import class_row

from jd_assets.store.call_session import CallSession, day_scope, run_scope
from jd_assets.store.database import Database


@dataclass(frozen=True, slots=True)
class CallLine:
    """One attempt, or one cache hit, with everything that is known about it.

    A cache hit shows the answer that it took over, at no tokens and no cost of its own. `outcome` says what became of
    the answer (accepted, or why not); None where there was none.
    """

    at: datetime
    call_id: int | None  # None: a cache hit
    run_id: str
    dump: str
    stage: str
    task: str
    posting_id: str
    request_hash: str
    repairs: str | None  # the request whose answer this one asks to repair
    model: str
    model_answered: str | None
    cached: bool
    attempt: int
    status: str
    error: str | None
    outcome: str | None
    problem: str | None
    http_status: int | None
    request_id: str | None
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: Decimal | None  # None: not known
    price_list: str | None
    latency_ms: int | None
    messages: str  # JSON
    schema_name: str
    parameters: str  # JSON
    raw: str | None  # the body of the answer
    batch: str | None  # the batch that it lay in


@dataclass(frozen=True, slots=True)
class CallTotals:
    """Sums over all attempts, and all cache hits, under one key."""

    key: str
    attempts: int
    answered: int
    failed: int
    cache_hits: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: Decimal  # of the attempts whose cost is known
    unknown_costs: int  # attempts that may have cost something nobody can tell


class StageCalls(NamedTuple):
    """What one stage asked in one run over one dump."""

    calls: int  # attempts that were sent
    cache_hits: int
    cost_usd: Decimal


class Size(NamedTuple):
    """What one answered call used: characters of its messages, tokens in and out."""

    characters: int
    input_tokens: int
    output_tokens: int


class Spent(NamedTuple):
    """Dollars counted against the budgets: costs, and the reservation where the cost is not known (yet)."""

    run: Decimal
    day: Decimal


_ATTEMPTS = """
SELECT c.created_at AS at, c.call_id, c.run_id, c.dump, c.stage, c.task, c.posting_id, c.request_hash, r.repairs,
    c.model, c.model_answered, false AS cached, c.attempt, c.status, c.error, u.outcome, u.problem, c.http_status,
    c.request_id,
    coalesce(c.input_tokens, 0) AS input_tokens, coalesce(c.cached_tokens, 0) AS cached_tokens,
    coalesce(c.cache_write_tokens, 0) AS cache_write_tokens, coalesce(c.output_tokens, 0) AS output_tokens,
    coalesce(c.reasoning_tokens, 0) AS reasoning_tokens, c.cost_usd, c.price_list, c.latency_ms,
    r.messages::text AS messages, r.schema_name, r.parameters::text AS parameters, c.raw, c.batch, c.call_id AS place
FROM jd.calls c JOIN jd.requests r USING (request_hash)
LEFT JOIN LATERAL (
    SELECT outcome, problem FROM jd.call_uses u
    WHERE u.posting_id = c.posting_id AND u.request_hash = c.request_hash AND u.run_id = c.run_id AND u.stage = c.stage
        AND NOT u.cached AND c.status = 'answered'
    ORDER BY use_id LIMIT 1
) u ON true
"""
_HITS = """
SELECT c.at, NULL::bigint, c.run_id, c.dump, c.stage, c.task, c.posting_id, c.request_hash, r.repairs, r.model,
    a.model_answered, true, 0, 'answered', NULL, c.outcome, c.problem, NULL::integer, a.request_id,
    0, 0, 0, 0, 0, 0::numeric, NULL, NULL::integer,
    r.messages::text, r.schema_name, r.parameters::text, a.raw, NULL, c.use_id
FROM jd.call_uses c JOIN jd.requests r USING (request_hash)
LEFT JOIN LATERAL (
    SELECT model_answered, request_id, raw FROM jd.calls a
    WHERE a.request_hash = c.request_hash AND a.status = 'answered' ORDER BY call_id LIMIT 1
) a ON true
"""

_LINE = ", ".join(field.name for field in fields(CallLine))

Grouping = Literal["task", "model", "day", "run_id"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Calls, and the sums over them."""

    lines: list[CallLine]
    totals: dict[Grouping, list[CallTotals]]


class _Filter(NamedTuple):
    """Which calls are meant: those of all that is given."""

    posting_id: str | None
    run_id: str | None
    task: str | None

    @property
    def where(self) -> str:
        given = [name for name, value in self._asdict().items() if value is not None]
        return " AND ".join(f"c.{name} = %({name})s" for name in given) or "true"


class Calls:
    """Reads the ledger, and opens sessions that write it; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def session(self, *, usd_per_run: Decimal | None = None, usd_per_day: Decimal | None = None) -> CallSession:
        """A session that writes calls within these budgets; None for no cap. Close it when done."""
        return CallSession(self._database, usd_per_run=usd_per_run, usd_per_day=usd_per_day)

    def kept(self, request_hashes: Collection[str]) -> dict[str, str]:
        """The bodies of the finished answers that are kept for some requests, by request hash."""
        query = """
        SELECT DISTINCT ON (request_hash) request_hash, raw FROM jd.calls
        WHERE status = 'answered' AND raw IS NOT NULL AND request_hash = ANY(%s) ORDER BY request_hash, call_id
        """
        with self._database.transaction() as conn:
            return dict(conn.execute(query, [list(request_hashes)]).fetchall())

    def batched(self, request_hashes: Collection[str]) -> set[str]:
        """Those of the requests that lie in a batch which is not over."""
        query = """
        SELECT request_hash FROM jd.calls WHERE status = 'pending' AND batch IS NOT NULL AND request_hash = ANY(%s)
        """
        with self._database.transaction() as conn:
            return {request_hash for (request_hash,) in conn.execute(query, [list(request_hashes)])}

    def lines(
        self,
        *,
        posting_id: str | None = None,
        run_id: str | None = None,
        task: str | None = None,
        newest: int | None = None,
    ) -> list[CallLine]:
        """Attempts and cache hits of a posting, run or task (of all that are given), in the order they were asked.

        A posting's stages run in pipeline order, so this is pipeline order, run after run. `newest`: only the last so
        many.
        """
        with self._database.transaction() as conn:
            return _lines(conn, _Filter(posting_id, run_id, task), newest)

    def totals(self, by: Grouping, *, run_id: str | None = None, task: str | None = None) -> list[CallTotals]:
        """Sums by task, model, day (UTC) or run, of one run or task if given, in the order of their keys."""
        with self._database.transaction() as conn:
            return _totals(conn, by, _Filter(None, run_id, task))

    def ledger(
        self,
        groupings: Collection[Grouping],
        *,
        posting_id: str | None = None,
        run_id: str | None = None,
        task: str | None = None,
        newest: int | None = None,
    ) -> Ledger:
        """`lines` and, over all of them whatever `newest` says, `totals`: as they were at one moment, also while calls
        are being made.
        """
        wanted = _Filter(posting_id, run_id, task)
        with self._database.transaction() as conn:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return Ledger(_lines(conn, wanted, newest), {by: _totals(conn, by, wanted) for by in groupings})

    def find_runs(self, prefix: str, limit: int) -> list[str]:
        """The ids of runs with calls or cache hits that begin so, in their order."""
        query = """
        SELECT run_id FROM (SELECT run_id FROM jd.calls UNION SELECT run_id FROM jd.call_uses) AS runs
        WHERE starts_with(run_id, %s) ORDER BY run_id COLLATE "C" LIMIT %s
        """
        with self._database.transaction() as conn:
            return [found for (found,) in conn.execute(query, [prefix, limit])]

    def of_stage(self, run_id: str, stage: str, dump: str) -> StageCalls:
        """What a stage asked in one run over one dump."""
        query = """
        SELECT (SELECT count(*) FROM jd.calls WHERE run_id = %(run)s AND stage = %(stage)s AND dump = %(dump)s
                AND status <> 'unsent'),
            (SELECT count(*) FROM jd.call_uses WHERE run_id = %(run)s AND stage = %(stage)s AND dump = %(dump)s
                AND cached),
            (SELECT coalesce(sum(cost_usd), 0) FROM jd.calls
                WHERE run_id = %(run)s AND stage = %(stage)s AND dump = %(dump)s)
        """
        with self._database.transaction() as conn:
            row = conn.execute(query, {"run": run_id, "stage": stage, "dump": dump}).fetchone()
        return StageCalls(*(row or (0, 0, Decimal(0))))

    def sizes(self, task: str, model: str, *, newest: int = 200) -> list[Size]:
        """What the newest answered calls of a task used."""
        query = """
        SELECT length(messages::text), input_tokens, output_tokens FROM jd.calls JOIN jd.requests USING (request_hash)
        WHERE task = %s AND calls.model = %s AND status = 'answered' AND input_tokens IS NOT NULL
        ORDER BY call_id DESC LIMIT %s
        """
        with self._database.transaction() as conn:
            return [Size(*row) for row in conn.execute(query, [task, model, newest]).fetchall()]

    def spent(self, run_id: str, day: date | None = None) -> Spent:
        """What counts against the budgets of a run and of a day (UTC; None: today)."""
        scopes = [run_scope(run_id), day_scope(day or datetime.now(UTC).date())]
        with self._database.transaction() as conn:
            known = dict(conn.execute("SELECT scope, usd FROM jd.spending WHERE scope = ANY(%s)", [scopes]).fetchall())
        return Spent(*(known.get(scope, Decimal(0)) for scope in scopes))


def _lines(conn: psycopg.Connection, wanted: _Filter, newest: int | None) -> list[CallLine]:
    query = (
        f"SELECT {_LINE} FROM ({_ATTEMPTS} WHERE {wanted.where} UNION ALL {_HITS} WHERE c.cached AND {wanted.where}) "
        "AS lines ORDER BY at DESC, cached DESC, place DESC LIMIT %(newest)s"
    )
    cursor = conn.cursor(row_factory=class_row(CallLine))
    return cursor.execute(query, {**wanted._asdict(), "newest": newest}).fetchall()[::-1]


def _totals(conn: psycopg.Connection, by: Grouping, wanted: _Filter) -> list[CallTotals]:
    hit_key = {"day": "(c.at AT TIME ZONE 'UTC')::date", "model": "r.model"}.get(by, f"c.{by}")
    query = f"""
    SELECT key::text, sum(attempts)::int AS attempts, sum(answered)::int AS answered, sum(failed)::int AS failed,
        sum(hits)::int AS cache_hits, sum(tokens_in)::bigint AS input_tokens,
        sum(tokens_cached)::bigint AS cached_tokens, sum(tokens_out)::bigint AS output_tokens,
        sum(cost) AS cost_usd, sum(unknown)::int AS unknown_costs
    FROM (
        SELECT c.{by} AS key, (status <> 'unsent')::int AS attempts, (status = 'answered')::int AS answered,
            (status IN ('failed', 'lost'))::int AS failed, 0 AS hits, coalesce(input_tokens, 0) AS tokens_in,
            coalesce(cached_tokens, 0) AS tokens_cached, coalesce(output_tokens, 0) AS tokens_out,
            coalesce(cost_usd, 0) AS cost, (cost_usd IS NULL)::int AS unknown
        FROM jd.calls c WHERE {wanted.where}
        UNION ALL
        SELECT {hit_key}, 0, 0, 0, 1, 0, 0, 0, 0, 0
        FROM jd.call_uses c JOIN jd.requests r USING (request_hash) WHERE c.cached AND {wanted.where}
    ) AS parts GROUP BY key ORDER BY key
    """
    return conn.cursor(row_factory=class_row(CallTotals)).execute(query, wanted._asdict()).fetchall()
