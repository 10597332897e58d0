"""Migrations: from nothing to the newest schema, once, however many ask."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from jd_assets.store import migrations
from jd_assets.store.migrations import head, migrate
from jd_assets.store.server import EmbeddedPostgres


@pytest.fixture
def empty_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(postgres_server.url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        yield postgres_server.database_url(name)
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def tables(url: str) -> set[tuple[str, str]]:
    query = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    with psycopg.connect(url) as conn:
        return {(schema, table) for schema, table in conn.execute(query)}


def test_migrating_twice_is_migrating_once(empty_url: str) -> None:
    migrate(empty_url)
    once = tables(empty_url)
    migrate(empty_url)
    assert tables(empty_url) == once
    with psycopg.connect(empty_url) as conn:
        assert conn.execute("SELECT version_num FROM jd.alembic_version").fetchall() == [(head(),)]


def test_processes_that_migrate_at_once_do_not_disturb_each_other(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [empty_url] * 4, timeout=60))
    assert ("jd", "stage_rows") in tables(empty_url)


def test_everything_stands_in_our_own_schema(postgres_url: str) -> None:
    assert {schema for schema, _ in tables(postgres_url)} == {"jd"}


def test_the_revision_of_a_migration_is_the_number_of_its_file() -> None:
    files = sorted((Path(migrations.__file__).parent / "versions").glob("[0-9]*.py"))
    assert files
    for number, file in enumerate(files, start=1):
        before = f'"{number - 1:04d}"' if number > 1 else "None"
        assert file.name.startswith(f"{number:04d}_")
        assert f'\nrevision = "{number:04d}"\ndown_revision = {before}\n' in file.read_text()
