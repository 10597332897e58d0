"""Connections to Postgres: one small pool, one kind of transaction, and the locks that order writers.

What belongs here: what every module of the store needs to talk to the server. What does not: statements about tables.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from jd_assets.errors import StoreUnavailable

_IDLE_CONNECTIONS = 8  # kept open; more are opened while needed


class Database:
    """A pool of connections to one database; safe to share between threads, not between processes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[psycopg.Connection] = []
        self._mutex = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """A connection in a transaction: committed at the end of the block, rolled back when it raises.

        Raises StoreUnavailable when the server cannot be reached or breaks off.
        """
        conn = self._take()
        try:
            with conn.transaction():
                yield conn
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"the database broke off: {error}") from error
        finally:
            self._give_back(conn)

    @contextmanager
    def holding(self, name: str) -> Iterator[None]:
        """Holds the lock `name` for the length of the block; the server lets go of it however the process ends."""
        conn = connect(self._url)
        try:
            conn.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"jd_assets:{name}"])
            yield
        finally:
            conn.close()

    def is_held(self, name: str) -> bool:
        """Whether anybody holds the lock `name`."""
        with self.transaction() as conn:
            row = conn.execute(
                "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"jd_assets:{name}"]
            ).fetchone()
        return row == (False,)

    def own_connection(self) -> psycopg.Connection:
        """An autocommitting connection outside the pool, for what lives as long as it does; the caller closes it."""
        return connect(self._url)

    def close(self) -> None:
        """Closes the idle connections."""
        with self._mutex:
            idle, self._idle = self._idle, []
        for conn in idle:
            conn.close()

    def _take(self) -> psycopg.Connection:
        with self._mutex:
            while self._idle:
                conn = self._idle.pop()
                if not conn.closed:
                    return conn
        return connect(self._url)

    def _give_back(self, conn: psycopg.Connection) -> None:
        with self._mutex:
            usable = conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE  # not closed, nor left half-way
            if usable and len(self._idle) < _IDLE_CONNECTIONS:
                self._idle.append(conn)
                return
        conn.close()


def connect(url: str) -> psycopg.Connection:
    """An autocommitting connection. Raises StoreUnavailable when the server does not answer within ten seconds."""
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"the database does not answer: {error}") from error


def lock(conn: psycopg.Connection, name: str, *, shared: bool = False) -> None:
    """Holds the lock `name` until the transaction ends; many may share it, one alone may have it unshared.

    To stay free of deadlocks, take `rows` first, then a stage, then an aggregate.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    conn.execute(f"SELECT {function}(hashtextextended(%s, 0))", [f"jd_assets:{name}"])
