"""Fixtures that make installations; the test folders that want one import them in their conftest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.store.server import EmbeddedPostgres
from jd_assets_tests.installation import Installation, installed, models_folder


@pytest.fixture(scope="session")
def dagster_template(
    postgres_server: EmbeddedPostgres,
    migrated_template: str,
    embedder: MiniLMEmbedder,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """The name of a database with our tables and Dagster's, to copy from."""
    name = f"dagster_{uuid4().hex}"
    with psycopg.connect(postgres_server.url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    models = models_folder(tmp_path_factory.getbasetemp())
    with installed(postgres_server.database_url(name), tmp_path_factory.mktemp("template"), embedder, models):
        pass  # opening Dagster's instance made its tables
    return name


@contextmanager
def _installation(
    server: EmbeddedPostgres, template: str, folder: Path, embedder: MiniLMEmbedder, models: Path
) -> Iterator[Installation]:
    name = f"installed_{uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        with installed(server.database_url(name), folder, embedder, models) as made:
            yield made
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def installation(
    postgres_server: EmbeddedPostgres,
    dagster_template: str,
    tmp_path: Path,
    embedder: MiniLMEmbedder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """An empty installation of the test's own."""
    models = models_folder(tmp_path_factory.getbasetemp())
    with _installation(postgres_server, dagster_template, tmp_path / "installed", embedder, models) as made:
        yield made


@pytest.fixture(scope="module")
def shared_installation(
    postgres_server: EmbeddedPostgres,
    dagster_template: str,
    embedder: MiniLMEmbedder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """One installation for all tests of a file that only look."""
    models = models_folder(tmp_path_factory.getbasetemp())
    folder = tmp_path_factory.mktemp("shared") / "installed"
    with _installation(postgres_server, dagster_template, folder, embedder, models) as made:
        yield made
