"""Vectors in LanceDB: what is searched by vector, and each distinct text's embedding, made once.

What belongs here: all use of LanceDB. What does not: making vectors (engines) and what is compared with what (stages).
Every embedder has tables of its own, so that vectors of two embedders cannot meet, whatever their length.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from jd_assets.hashing import digest

if TYPE_CHECKING:
    import lancedb
    import pyarrow as pa

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]  # one vector a row

_EMBEDDINGS = "embeddings"
_ASKED_AT_ONCE = 20_000  # hashes in one filter expression
_REMEMBERED = 50_000  # vectors kept in memory: 75 MB at 384 dimensions
_OLD_VERSIONS = timedelta(hours=1)  # a reader that opened a table before that is gone


class Embedder(Protocol):
    """What the store needs of an embedder: the name that its vectors go by, and its answers (float32, unit length)."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Matrix: ...


class Vectors:
    """The LanceDB folder of an installation; safe to share between threads."""

    def __init__(self, lance_dir: Path) -> None:
        self._folder = lance_dir
        self._remembered: dict[tuple[str, str], Vector] = {}
        self._mutex = threading.Lock()

    @cached_property
    def identity(self) -> str:
        """Names this folder: one that was deleted comes back under another name, with nothing of what was in it."""
        path, mine = self._folder / "identity", uuid4().hex
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            written = self._folder / f"identity.{mine}"
            written.write_text(mine)
            with suppress(FileExistsError):  # the first process to link its file names the folder
                path.hardlink_to(written)
            written.unlink()
        return path.read_text()

    # --- embeddings of texts --------------------------------------------------------------------------------------

    def embed_cached(self, embedder: Embedder, texts: Sequence[str]) -> Matrix:
        """The embeddings of `texts`, row for row; the embedder is asked only for texts that it never saw, once each."""
        if not texts:
            return embedder.embed([])
        text_of = {digest(text): text for text in dict.fromkeys(texts)}
        known = {
            hash_: vector for hash_ in text_of if (vector := self._remembered.get((embedder.name, hash_))) is not None
        }
        known |= self._remember(embedder.name, self.get_many(embedder.name, text_of.keys() - known.keys()))
        missing = [hash_ for hash_ in text_of if hash_ not in known]
        if missing:
            made = dict(zip(missing, embedder.embed([text_of[hash_] for hash_ in missing]), strict=True))
            self.put_many(embedder.name, made)
            known |= self._remember(embedder.name, made)
        hash_of = {text: hash_ for hash_, text in text_of.items()}
        return np.stack([known[hash_of[text]] for text in texts])

    def get_many(self, embedder: str, hashes: Collection[str]) -> dict[str, Vector]:
        """The stored embeddings among the texts with these hashes (`hashing.digest` of the text)."""
        table = self._open(_EMBEDDINGS, embedder) if hashes else None
        found: dict[str, Vector] = {}
        if table is None:
            return found
        ordered = sorted(hashes)
        for start in range(0, len(ordered), _ASKED_AT_ONCE):
            asked = ordered[start : start + _ASKED_AT_ONCE]
            rows = table.search().where(f"id IN ({', '.join(map(_quoted, asked))})").limit(None).to_arrow()
            found |= zip(rows["id"].to_pylist(), _matrix(rows), strict=True)
        return found

    def put_many(self, embedder: str, vectors: Mapping[str, Vector]) -> None:
        """Stores embeddings by the hash of their text, in one commit; those that are there already stay."""
        if vectors:
            rows = _rows([{"id": hash_} for hash_ in vectors], np.stack(list(vectors.values())))
            self._create(_EMBEDDINGS, embedder, rows.schema).merge_insert("id").when_not_matched_insert_all().execute(
                rows
            )

    def _remember(self, embedder: str, vectors: Mapping[str, Vector]) -> Mapping[str, Vector]:
        with self._mutex:
            self._remembered |= {(embedder, hash_): vector for hash_, vector in vectors.items()}
            excess = len(self._remembered) - _REMEMBERED
            for place in list(self._remembered)[: max(excess, 0)]:
                del self._remembered[place]
        return vectors

    # --- tables to search -----------------------------------------------------------------------------------------

    def replace_partition(
        self, table: str, embedder: str, dump: str, rows: Sequence[Mapping[str, Any]], vectors: Matrix
    ) -> None:
        """Makes `rows` all that the table holds of the dump, in one commit.

        A row is a mapping of plain values with an `id`, the same columns in all rows; row i has vector i. An id that
        stood under another dump moves here.
        """
        if not rows:
            existing = self._open(table, embedder)
            if existing is not None:
                existing.delete(f"dump = {_quoted(dump)}")
            return
        new = _rows([{**row, "dump": dump} for row in rows], vectors)
        (
            self._create(table, embedder, new.schema)
            .merge_insert("id")
            .when_matched_update_all()
            .when_not_matched_insert_all()
            .when_not_matched_by_source_delete(f"dump = {_quoted(dump)}")
            .execute(new)
        )

    def sync(self, table: str, embedder: str, rows: Sequence[Mapping[str, Any]], vectors: Matrix) -> None:
        """Makes `rows` all that the table holds, in one commit; rows as in `replace_partition`."""
        name = _table_name(table, embedder)
        if rows:
            self._lance.create_table(name, _rows(rows, vectors), mode="overwrite")
        elif self._open(table, embedder) is not None:
            self._lance.drop_table(name)

    def preload(self, table: str, embedder: str) -> None:
        """Takes a table whose ids are hashes of texts into memory, so that `embed_cached` finds these texts there."""
        existing = self._open(table, embedder)
        if existing is not None:
            rows = existing.search().select(["id", "vector"]).limit(None).to_arrow()
            self._remember(embedder, dict(zip(rows["id"].to_pylist(), _matrix(rows), strict=True)))

    def search(self, table: str, embedder: str, vector: Vector, k: int) -> list[dict[str, Any]]:
        """The `k` nearest rows, nearest first, with their cosine `similarity` (-1..1) in place of the vector."""
        existing = self._open(table, embedder)
        if existing is None:
            return []
        query = cast("lancedb.query.LanceVectorQueryBuilder", existing.search(vector))
        found = query.distance_type("cosine").limit(k).to_arrow().drop_columns(["vector"])
        return [
            {
                **{name: value for name, value in row.items() if name != "_distance"},
                "similarity": 1.0 - row["_distance"],
            }
            for row in found.to_pylist()
        ]

    def compact(self) -> None:
        """Merges what many small writes left behind, and brings the index over texts up to date. One at a time."""
        from lancedb.index import BTree

        for name in self._lance.list_tables().tables:
            table = self._lance.open_table(name)
            if name.startswith(_EMBEDDINGS) and not table.list_indices():
                table.create_index("id", config=BTree())
            table.optimize(cleanup_older_than=_OLD_VERSIONS)

    # --- LanceDB --------------------------------------------------------------------------------------------------

    @cached_property
    def _lance(self) -> lancedb.DBConnection:
        os.environ.setdefault("LANCEDB_LOG", "error")  # it warns of each table that it is told to create
        import lancedb  # here: it takes two seconds, and most processes need no vectors

        self._folder.mkdir(parents=True, exist_ok=True)
        return lancedb.connect(self._folder, read_consistency_interval=timedelta(0))

    def _open(self, table: str, embedder: str) -> lancedb.table.Table | None:
        try:
            return self._lance.open_table(_table_name(table, embedder))
        except ValueError:
            return None

    def _create(self, table: str, embedder: str, schema: pa.Schema) -> lancedb.table.Table:
        return self._lance.create_table(_table_name(table, embedder), schema=schema, exist_ok=True)


def _table_name(table: str, embedder: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9]+", "-", embedder)[:40]
    return f"{table}.{readable}.{digest(embedder)[:8]}"


def _rows(rows: Sequence[Mapping[str, Any]], vectors: Matrix) -> pa.Table:
    import pyarrow as pa

    if len(rows) != len(vectors):
        raise ValueError(f"{len(rows)} rows with {len(vectors)} vectors")
    flat = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
    column = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    return pa.Table.from_pylist([dict(row) for row in rows]).append_column("vector", column)


def _matrix(rows: pa.Table) -> Matrix:
    vectors = rows["vector"].combine_chunks()
    flat: Matrix = vectors.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(len(vectors), -1) if len(vectors) else np.empty((0, 0), np.float32)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
