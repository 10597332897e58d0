"""The embedded server: one for all who need it, there as long as somebody does."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy

from jd_assets.errors import StoreUnavailable
from jd_assets.settings import Settings
from jd_assets.store.server import EmbeddedPostgres, database_urls

# Starts the server on demand, says which one it got, and leaves when its input ends.
GUEST = """
import sys
from pathlib import Path
import psycopg
from jd_assets.store.server import EmbeddedPostgres

with EmbeddedPostgres(Path(sys.argv[1])).running() as url:
    with psycopg.connect(url) as conn:
        print(conn.execute("SELECT pg_postmaster_start_time()::text").fetchone()[0], flush=True)
    sys.stdin.read()
"""


class Guest:
    """Another process inside `running()`."""

    def __init__(self, folder: Path) -> None:
        arguments = [sys.executable, "-c", GUEST, str(folder)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def server(self) -> str:
        """Which server it got, as soon as it got one."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def leave(self) -> None:
        self.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the module, because making a cluster takes a second; every test finds its server stopped."""
    return tmp_path_factory.mktemp("servers") / "postgres"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder)
    yield server
    server.stop()


def leave_something(url: str) -> str:
    """Commits a table of its own and returns the query that finds it."""
    name = f"kept_{uuid4().hex}"
    with psycopg.connect(url) as conn:
        conn.execute(f"CREATE TABLE {name} AS SELECT 'here' AS word")
    return f"SELECT word FROM {name}"


def answer(url: str, query: str) -> object:
    with psycopg.connect(url) as conn:
        row = conn.execute(query).fetchone()
        return row and row[0]


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.data_dir / "cluster" / "postmaster.pid").read_text().split()[0])


def test_two_who_start_at_once_on_an_empty_folder_get_one_server_and_the_last_to_leave_stops_it(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    first, second = Guest(server.data_dir), Guest(server.data_dir)
    got = first.server()
    assert got
    assert second.server() == got
    first.leave()
    assert server.is_running()
    second.leave()
    assert not server.is_running()


def test_a_guest_that_was_killed_keeps_nobody_from_stopping_the_server(server: EmbeddedPostgres) -> None:
    guest = Guest(server.data_dir)
    assert guest.server()
    guest.process.kill()
    guest.leave()
    assert server.is_running()
    with server.running():
        pass
    assert not server.is_running()


def test_the_server_stays_while_anybody_is_connected(server: EmbeddedPostgres) -> None:
    with server.running() as url:
        conn = psycopg.connect(url)
    assert conn.execute("SELECT 1").fetchone() == (1,)
    conn.close()


def test_a_connection_that_is_just_being_closed_does_not_keep_the_server(server: EmbeddedPostgres) -> None:
    with server.running() as url:
        leaving = psycopg.connect(url)
        closing = threading.Timer(0.3, leaving.close)
        closing.start()
    closing.join()
    assert not server.is_running()


def test_a_started_server_stays_until_it_is_stopped_and_keeps_its_data(server: EmbeddedPostgres) -> None:
    url = server.start()
    assert server.start() == url
    with server.running():
        query = leave_something(url)
    assert server.is_running()
    server.stop()
    server.stop()
    assert not server.is_running()
    with server.running() as again:
        assert answer(again, query) == "here"


def test_after_the_postmaster_was_killed_the_next_start_brings_back_what_was_committed(
    server: EmbeddedPostgres,
) -> None:
    query = leave_something(server.start())
    os.kill(postmaster(server), signal.SIGKILL)
    assert answer(server.start(), query) == "here"


def test_a_stale_pid_file_that_names_a_living_process_does_not_keep_the_server_from_starting(
    server: EmbeddedPostgres,
) -> None:
    server.start()
    killed = postmaster(server)
    os.kill(killed, signal.SIGKILL)
    pid_file = server.data_dir / "cluster" / "postmaster.pid"
    deadline = time.monotonic() + 10
    while server.is_running() and time.monotonic() < deadline:
        time.sleep(0.05)
    pid_file.write_text(pid_file.read_text().replace(str(killed), str(os.getpid()), 1))
    server.start()
    assert server.is_running()


def test_an_initialisation_that_was_killed_half_way_is_begun_again(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    unfinished = server.data_dir / "cluster.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with server.running() as url:
        assert answer(url, "SELECT 'here'") == "here"


@pytest.mark.parametrize("name", ["deep/" + "d" * 120, "it's a, folder"])
def test_a_folder_whose_path_is_no_good_for_a_socket_has_it_elsewhere_as_closed(tmp_path: Path, name: str) -> None:
    server = EmbeddedPostgres(tmp_path / name / "postgres")
    with server.running() as url:
        folder = Path(str(answer(url, "SHOW unix_socket_directories")))
        assert folder != server.data_dir
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()


def test_the_server_listens_on_no_port_and_waits_for_the_disk_except_for_dagster(server: EmbeddedPostgres) -> None:
    with server.running() as url:
        assert answer(url, "SHOW listen_addresses") == ""
        assert answer(url, "SHOW fsync") == "on"
        assert answer(url, "SHOW synchronous_commit") == "on"
        engine = sqlalchemy.create_engine(server.urls.dagster)
        with engine.connect() as dagster:
            assert dagster.execute(sqlalchemy.text("SELECT current_database()")).scalar() == "dagster"
            assert dagster.execute(sqlalchemy.text("SHOW synchronous_commit")).scalar() == "off"
        engine.dispose()
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(StoreUnavailable, match="belongs to somebody else"):
        EmbeddedPostgres(tmp_path / "postgres").start()


def test_rows_and_dagster_share_the_users_own_server(tmp_path: Path) -> None:
    own = Settings.load({"JD_ASSETS_HOME": str(tmp_path), "JD_ASSETS_DATABASE_URL": "postgres://me:pw@db.example/jobs"})
    assert database_urls(own) == ("postgres://me:pw@db.example/jobs", "postgresql+psycopg2://me:pw@db.example/jobs")
    embedded = database_urls(Settings.load({"JD_ASSETS_HOME": str(tmp_path)}))
    assert embedded.rows.startswith("postgresql://postgres@/jd_assets?host=")
    assert embedded.dagster.startswith("postgresql+psycopg2://postgres@/dagster?host=")
