"""`jd-assets status`: dumps, rows, quarantine, library and queue at a glance."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from jd_assets.cli.output import console, print_json, table
from jd_assets.settings import Settings
from jd_assets.stages.registry import RECORD_OF
from jd_assets.store import Store


def status(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Show what is in the store: per dump and stage, and what waits for review."""
    with Store.open(Settings.load()) as store:
        counts = store.rows.counts()
        ingested = store.dumps.ingested()
        bad = Counter(record.dump for record in store.dumps.quarantined())
        dumps = [
            {
                "dump": dump.key,
                "state": "ingested" if ingested.get(dump.key) == dump.content_hash else "waiting",
                "quarantined": bad[dump.key],
                **{stage: counts.get((stage, dump.key), 0) for stage in RECORD_OF},
            }
            for dump in store.dumps.registered()
        ]
        versions = store.library.versions()
        library = (
            {"version": versions[0].version, "loaded": versions[0].loaded_at, **versions[0].counts} if versions else {}
        )
        queue = Counter(f"{item.kind} {item.state}" for item in store.review.items())
    if as_json:
        print_json({"dumps": dumps, "library": library, "review": dict(queue)})
        return
    if not dumps:
        console.print(
            "No dump is registered yet. `jd-assets run` takes what lies in the dumps folder; `jd-assets run FILE` any file."
        )
        return
    shown = ("postings", "extracted_skills", "role_decisions", "client_enrichment")
    columns = ["dump", "state", "quarantined", *shown]
    console.print(
        table("Dumps", columns, [[dump[column] for column in columns] for dump in dumps], numbers=columns[2:])
    )
    console.print(table("Library", ["", "value"], sorted(library.items(), key=str), numbers=["value"]))
    console.print(table("Review queue", ["kind and state", "items"], sorted(queue.items()), numbers=["items"]))
