"""`jd-assets status`: dumps, rows, quarantine, library and queue at a glance."""

from __future__ import annotations

from typing import Annotated

import typer

from jd_assets.cli.output import console, print_json, table
from jd_assets.settings import Settings
from jd_assets.stages.registry import RECORD_OF
from jd_assets.store import Store


def status(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Show what is in the store: per dump and stage, and what waits for review."""
    with Store.open(Settings.load()) as store:
        counts, bad = store.rows.counts(), store.dumps.quarantine_counts()
        waiting = {dump.key for dump in store.dumps.waiting()}
        dumps = [
            {
                "dump": dump.key,
                "state": "waiting" if dump.key in waiting else "ingested",
                "quarantined": bad.get(dump.key, 0),
                **{stage: counts.get((stage, dump.key), 0) for stage in RECORD_OF},
            }
            for dump in store.dumps.registered()
        ]
        versions = store.library.versions()
        queue = [{"kind": kind, "state": state, "items": n} for (kind, state), n in store.review.counts().items()]
    library = (
        {"version": versions[0].version, "loaded": versions[0].loaded_at, **versions[0].counts} if versions else {}
    )
    if as_json:
        print_json({"dumps": dumps, "library": library, "review": queue})
        return
    if not dumps:
        console.print(
            "No dump is registered yet. `jd-assets run` takes what lies in the dumps folder, `jd-assets run FILE` any "
            "file."
        )
        return
    shown = {"quarantined": "bad", "postings": "postings", "role_decisions": "decided", "client_enrichment": "enriched"}
    rows = [[dump["dump"], dump["state"], *(dump[column] for column in shown)] for dump in dumps]
    console.print(table("Dumps", ["dump", "state", *shown.values()], rows))
    if versions:
        newest = versions[0]
        console.print(table("Library", ["table", "rows"], sorted(newest.counts.items())))
        console.print(f"version {newest.version[:12]}, loaded {newest.loaded_at:%Y-%m-%d %H:%M}", style="dim")
    console.print(table("Review queue", ["kind", "state", "items"], [list(row.values()) for row in queue]))
