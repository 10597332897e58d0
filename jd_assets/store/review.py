"""The review queue across all dumps: items that postings vote for, what people decided, and title collisions.

What belongs here: counting votes and keeping decisions. What does not: what is proposed (stages) and what an approval
changes in the taxonomy (library).

An item counts distinct postings, a duplicate as its cluster's first. It follows from the current `review_queue` rows
alone, except for its state, which only a person changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row

from jd_assets.errors import PermanentError
from jd_assets.records import ReviewKind
from jd_assets.store import audit
from jd_assets.store.database import Database, lock

ReviewState = Literal["pending", "approved", "rejected"]


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Something that postings propose. `examples` are up to five postings of different clusters, smallest ids first."""

    kind: ReviewKind
    subject: str
    title: str
    details: dict[str, Any]
    postings: int
    examples: list[str]
    state: ReviewState
    first_seen: datetime
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Collision:
    """A posting whose title is an alias of several roles, and the role that was chosen."""

    posting_id: str
    title: str
    roles: list[str]
    chosen: str | None


class Review:
    """Reads and decides review items; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def items(self, kind: ReviewKind | None = None, state: ReviewState | None = None) -> list[ReviewItem]:
        """The items of a kind and state (None: of any), those with most postings first."""
        query = (
            "SELECT kind, subject, title, details, postings, examples, state, first_seen, decided_at, decided_by "
            "FROM jd.review_items WHERE (%s::text IS NULL OR kind = %s) AND (%s::text IS NULL OR state = %s) "
            'ORDER BY postings DESC, kind, subject COLLATE "C"'
        )
        with self._database.transaction() as conn:
            cursor = conn.cursor(row_factory=class_row(ReviewItem))
            return cursor.execute(query, [kind, kind, state, state]).fetchall()

    def counts(self) -> dict[tuple[ReviewKind, ReviewState], int]:
        """How many items there are, by kind and state."""
        query = "SELECT kind, state, count(*) FROM jd.review_items GROUP BY kind, state ORDER BY kind, state"
        with self._database.transaction() as conn:
            return {(kind, state): count for kind, state, count in conn.execute(query)}

    def decide(self, kind: ReviewKind, subject: str, state: ReviewState, actor: str) -> None:
        """Sets an item's state and logs who did it; `pending` takes a decision back.

        Raises PermanentError when there is no such item.
        """
        with self._database.transaction() as conn:
            item = conn.execute(
                "UPDATE jd.review_items SET state = %(state)s, "
                "decided_at = CASE WHEN %(state)s = 'pending' THEN NULL ELSE now() END, "
                "decided_by = CASE WHEN %(state)s = 'pending' THEN NULL ELSE %(actor)s END "
                "WHERE kind = %(kind)s AND subject = %(subject)s RETURNING title, details, postings",
                {"state": state, "actor": actor, "kind": kind, "subject": subject},
            ).fetchone()
            if item is None:
                raise PermanentError(
                    f"no review item {kind} {subject!r}: it was never proposed, or nobody proposes it now"
                )
            title, details, postings = item
            audit.record(conn, actor, f"review:{state}", f"{kind}:{subject}", _audited(title, details, postings))

    def collisions(self, dump: str) -> list[Collision]:
        """The collisions in a dump, by posting id."""
        query = (
            "SELECT posting_id, title, roles, chosen FROM jd.collision_log "
            'WHERE dump = %s ORDER BY posting_id COLLATE "C"'
        )
        with self._database.transaction() as conn:
            return conn.cursor(row_factory=class_row(Collision)).execute(query, [dump]).fetchall()


def refresh_items(conn: psycopg.Connection, posting_ids: Collection[str]) -> None:
    """Counts again every item that these postings vote for or used to vote for; part of the write of their rows.

    Name every posting whose `review_queue` row was written or retired, and every one whose `duplicate_of` changed.
    A pending item that nobody votes for any more vanishes; a decided one stays as it was decided on, with no postings.
    """
    lock(conn, "review")
    touched = conn.execute(_TAKE_VOTES, {"postings": list(posting_ids)}).fetchall()
    pairs = {"kinds": [kind for kind, _ in touched], "subjects": [subject for _, subject in touched]}
    conn.execute(_COUNT_ITEMS, pairs)
    conn.execute(_EMPTY_ITEMS, pairs)
    conn.execute(_DROP_ITEMS, pairs)


def replace_collisions(
    conn: psycopg.Connection, dump: str, posting_ids: Collection[str], collisions: Sequence[Collision]
) -> None:
    """Makes `collisions` all that is logged of these postings; part of the write of their decisions."""
    conn.execute("DELETE FROM jd.collision_log WHERE posting_id = ANY(%s)", [list(posting_ids)])
    with conn.cursor().copy("COPY jd.collision_log (posting_id, dump, title, roles, chosen) FROM STDIN") as copy:
        for found in collisions:
            copy.write_row((found.posting_id, dump, found.title, found.roles, found.chosen))


def _audited(title: str, details: dict[str, Any], postings: int) -> dict[str, Any]:
    return {"title": title, "details": details, "postings": postings}


_TAKE_VOTES = """
WITH wanted AS (
    SELECT DISTINCT ON (1, 2, 3)
        p->>'kind' AS kind, p->>'subject' AS subject, r.posting_id,
        coalesce(first.payload->>'duplicate_of', r.posting_id) AS counted_as,
        p->>'title' AS title, p->'details' AS details
    FROM jd.stage_rows r
    CROSS JOIN LATERAL jsonb_array_elements(r.payload->'proposals') p
    LEFT JOIN jd.stage_rows first
        ON first.stage = 'postings' AND first.posting_id = r.posting_id AND first.superseded_at IS NULL
    WHERE r.stage = 'review_queue' AND r.posting_id = ANY(%(postings)s) AND r.superseded_at IS NULL
    ORDER BY 1, 2, 3, 5, 6
), withdrawn AS (
    DELETE FROM jd.review_votes v
    WHERE v.posting_id = ANY(%(postings)s) AND (v.kind, v.subject, v.posting_id) NOT IN (
        SELECT kind, subject, posting_id FROM wanted
    )
    RETURNING kind, subject
), cast_now AS (
    INSERT INTO jd.review_votes AS v (kind, subject, posting_id, counted_as, title, details)
    SELECT * FROM wanted
    ON CONFLICT (kind, subject, posting_id) DO UPDATE
        SET counted_as = excluded.counted_as, title = excluded.title, details = excluded.details
        WHERE (v.counted_as, v.title, v.details)
            IS DISTINCT FROM (excluded.counted_as, excluded.title, excluded.details)
    RETURNING kind, subject
)
SELECT kind, subject FROM withdrawn UNION SELECT kind, subject FROM cast_now
"""

# The item speaks with the words of its smallest posting, so that it does not depend on the order of writes.
_COUNT_ITEMS = """
WITH clusters AS (
    SELECT kind, subject, counted_as, min(posting_id COLLATE "C") AS posting_id
    FROM jd.review_votes JOIN unnest(%(kinds)s::text[], %(subjects)s::text[]) AS t (kind, subject) USING (kind, subject)
    GROUP BY kind, subject, counted_as
), counted AS (
    SELECT kind, subject, count(*) AS postings, (array_agg(posting_id ORDER BY posting_id))[1:5] AS examples
    FROM clusters GROUP BY kind, subject
)
INSERT INTO jd.review_items AS item (kind, subject, title, details, postings, examples)
SELECT c.kind, c.subject, v.title, v.details, c.postings, c.examples
FROM counted c JOIN jd.review_votes v ON v.kind = c.kind AND v.subject = c.subject AND v.posting_id = c.examples[1]
ON CONFLICT (kind, subject) DO UPDATE SET postings = excluded.postings, examples = excluded.examples,
    title = CASE item.state WHEN 'pending' THEN excluded.title ELSE item.title END,
    details = CASE item.state WHEN 'pending' THEN excluded.details ELSE item.details END
"""

_WITHOUT_VOTES = """
(kind, subject) IN (SELECT * FROM unnest(%(kinds)s::text[], %(subjects)s::text[]))
AND NOT EXISTS (SELECT FROM jd.review_votes v WHERE v.kind = item.kind AND v.subject = item.subject)
"""

_EMPTY_ITEMS = f"UPDATE jd.review_items item SET postings = 0, examples = '{{}}' WHERE {_WITHOUT_VOTES}"

_DROP_ITEMS = f"DELETE FROM jd.review_items item WHERE state = 'pending' AND {_WITHOUT_VOTES}"
