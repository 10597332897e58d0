"""Who changed what: decisions of people, and changes of the library. Written with the change, never changed after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from jd_assets.store.database import Database


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action by one actor."""

    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]


def record(conn: psycopg.Connection, actor: str, action: str, subject: str, details: Mapping[str, Any]) -> None:
    """Writes an entry in the transaction of the change itself."""
    conn.execute(
        "INSERT INTO jd.audit_log (actor, action, subject, details) VALUES (%s, %s, %s, %s)",
        [actor, action, subject, Jsonb(dict(details))],
    )


def entries(database: Database, limit: int = 100) -> list[AuditEntry]:
    """The latest entries, newest first."""
    query = "SELECT at, actor, action, subject, details FROM jd.audit_log ORDER BY id DESC LIMIT %s"
    with database.transaction() as conn:
        return conn.cursor(row_factory=class_row(AuditEntry)).execute(query, [limit]).fetchall()
