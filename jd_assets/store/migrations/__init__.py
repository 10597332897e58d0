"""The schema's history: numbered migrations, run by alembic, and `migrate` that brings a database up to date.

What belongs here: `versions/NNNN_what.py`, one step each, written in SQL and never edited once released. The revision
of a file is its number. All tables stand in the schema `jd`, alembic's own as well.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from jd_assets.store.database import connect

SCHEMA = "jd"
_HERE = Path(__file__).parent
_LOCK = 7_203_411_952  # an arbitrary number that everybody who migrates agrees on


def head() -> str:
    """The number of the newest migration."""
    return max(path.name[:4] for path in (_HERE / "versions").glob("[0-9]*.py"))


def migrate(url: str) -> None:
    """Brings the database to the newest schema; any number of processes may ask at once, one does it."""
    with connect(url) as conn:
        if _revision(conn) == head():
            return
        conn.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if _revision(conn) != head():
            conn.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            _upgrade(url)


def _revision(conn: psycopg.Connection) -> str | None:
    known = conn.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.alembic_version"]).fetchone()
    if known is None or known[0] is None:
        return None
    row = conn.execute(f"SELECT version_num FROM {SCHEMA}.alembic_version").fetchone()
    return None if row is None else str(row[0])


def _upgrade(url: str) -> None:
    # Imported here: nobody else pays for alembic at start.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
