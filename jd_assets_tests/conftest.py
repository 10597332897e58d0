"""What tests all over the project share: a real Postgres server, a fresh database for each test, and a store on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.library.files import read_folder
from jd_assets.settings import Settings
from jd_assets.stages.base import Stage
from jd_assets.stages.registry import build_stages
from jd_assets.store import Store
from jd_assets.store.migrations import migrate
from jd_assets.store.server import EmbeddedPostgres
from jd_assets_tests.small_world import World


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


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> MiniLMEmbedder:
    """The real embedder; its built model is shared by the test processes."""
    folder = tmp_path_factory.getbasetemp()
    return MiniLMEmbedder((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "models")


@pytest.fixture(scope="session")
def builtin_stages(embedder: MiniLMEmbedder) -> Mapping[str, Stage[Any, Any]]:
    """All stages over the built-in library."""
    return build_stages(read_folder(Settings.load({}).taxonomy_dir), embedder)


@pytest.fixture
def new_world(
    postgres_server: EmbeddedPostgres, migrated_template: str, tmp_path: Path
) -> Iterator[Callable[[], World]]:
    """Makes empty installations, each with a database and folders of its own."""
    with ExitStack() as stack:

        def make() -> World:
            name = f"world_{uuid4().hex}"
            admin = stack.enter_context(psycopg.connect(postgres_server.url, autocommit=True))
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
            folder = tmp_path / name
            store = stack.enter_context(Store.connect(postgres_server.database_url(name), folder / "lance"))
            return World(store, folder)

        yield make
