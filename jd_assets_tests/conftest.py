"""What tests all over the project share: a real Postgres server, a fresh database for each test, and a store on it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
from jd_assets_tests.small_world import OpenWorld, World

pytest_plugins = ["jd_assets_tests.llama_server", "jd_assets_tests.simulator.fixture"]


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


@contextmanager
def world_in(server: EmbeddedPostgres, template: str, folder: Path) -> Iterator[World]:
    """An empty installation with a database of its own."""
    name = f"world_{uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        with Store.connect(server.database_url(name), folder / name / "lance") as store:
            world = World(store, folder / name)
            try:
                yield world
            finally:
                world.close()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def open_world(postgres_server: EmbeddedPostgres, migrated_template: str, tmp_path: Path) -> OpenWorld:
    """Opens empty installations for the length of a `with` block, each with a database and folders of its own."""
    return lambda: world_in(postgres_server, migrated_template, tmp_path)


@pytest.fixture
def world(open_world: OpenWorld) -> Iterator[World]:
    """An empty installation of the test's own."""
    with open_world() as opened:
        yield opened
