"""Short forms for the tests of the store: a row, a whole write, what is current."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

import psycopg

from jd_assets.hashing import digest
from jd_assets.store import Store
from jd_assets.store.rows import Checkpoint, NewRow, WriteCounts

CHECKPOINT = Checkpoint(code_version="code", library_part="part", upstream_version="up", data_version="data", rows=0)


def new_row(posting_id: str, payload: Any) -> NewRow:
    """A row whose hashes follow from its payload."""
    output = digest(payload)
    return NewRow(posting_id, f"up-{output}", f"in-{output}", output, json.dumps(payload).encode())


class Writer:
    """Writes `{posting id: payload}` as a partition's new rows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(
        self,
        stage: str,
        dump: str,
        payloads: Mapping[str, Any],
        *,
        run: str = "run-1",
        library: str = "library-1",
        retire: Collection[str] = (),
        refresh: Mapping[str, str] | None = None,
        then: Callable[[psycopg.Connection], None] | None = None,
    ) -> WriteCounts:
        return self._store.rows.replace(
            stage=stage,
            dump=dump,
            run_id=run,
            code_version="code",
            library_version=library,
            rows=[new_row(posting_id, payload) for posting_id, payload in payloads.items()],
            retire=retire,
            checkpoint=CHECKPOINT,
            refresh_upstream=refresh,
            then=then,
        )

    def current(self, stage: str, posting_ids: Collection[str]) -> dict[str, Any]:
        """The current payloads, parsed."""
        found = self._store.rows.payloads(stage, posting_ids)
        return {posting_id: json.loads(payload) for posting_id, payload in found.items()}
