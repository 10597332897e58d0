"""What tests all over the project share: a real Postgres server, a fresh database for each test, and a store on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from jd_assets.store import Store
from jd_assets.store.migrations import migrate
from jd_assets.store.server import EmbeddedPostgres


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The embedded server; parallel test processes share one, and the last of them stops it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    server = EmbeddedPostgres(folder / "postgres")
    with server.running():
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres_server: EmbeddedPostgres) -> str:
    """The name of an empty database with the newest schema, to copy from."""
    name = f"template_{uuid4().hex}"
    with psycopg.connect(postgres_server.url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
    migrate(postgres_server.database_url(name))
    return name


@pytest.fixture
def postgres_url(postgres_server: EmbeddedPostgres, migrated_template: str) -> Iterator[str]:
    """A database of the test's own, with the newest schema and nothing in it."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server.url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
        yield postgres_server.database_url(name)
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store of the test's own."""
    with Store.connect(postgres_url, tmp_path / "lance") as opened:
        yield opened
