"""Where everything is kept: Postgres for rows, review, library and audit, LanceDB for vectors.

What belongs here: all SQL of the project and all use of LanceDB. What does not: what a stage decides.
`Store` bundles the parts over one pool of connections.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jd_assets.settings import Settings
from jd_assets.store.batches import Batches
from jd_assets.store.calls import Calls
from jd_assets.store.centroids import Centroids
from jd_assets.store.database import Database
from jd_assets.store.dumps import Dumps
from jd_assets.store.fingerprints import Fingerprints
from jd_assets.store.library import Library
from jd_assets.store.migrations import migrate
from jd_assets.store.review import Review
from jd_assets.store.rows import Rows
from jd_assets.store.server import embedded
from jd_assets.store.unanswered import UnansweredPostings
from jd_assets.store.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of the store; get one from `open` or `connect`."""

    database: Database
    rows: Rows
    dumps: Dumps
    fingerprints: Fingerprints
    review: Review
    library: Library
    centroids: Centroids
    vectors: Vectors
    calls: Calls
    batches: Batches
    unanswered: UnansweredPostings

    @classmethod
    @contextmanager
    def open(cls, settings: Settings) -> Iterator[Store]:
        """The store of an installation; starts the embedded server if it is needed, and stops it if nobody is left."""
        if settings.database_url is not None:
            with cls.connect(settings.database_url, settings.lance_dir) as store:
                yield store
            return
        with embedded(settings).running() as url, cls.connect(url, settings.lance_dir) as store:
            yield store

    @classmethod
    @contextmanager
    def connect(cls, url: str, lance_dir: Path) -> Iterator[Store]:
        """A store on a running server, brought to the newest schema."""
        migrate(url)
        database = Database(url)
        try:
            yield cls(
                database,
                rows=Rows(database),
                dumps=Dumps(database),
                fingerprints=Fingerprints(database),
                review=Review(database),
                library=Library(database),
                centroids=Centroids(database),
                vectors=Vectors(lance_dir),
                calls=Calls(database),
                batches=Batches(database),
                unanswered=UnansweredPostings(database),
            )
        finally:
            database.close()
