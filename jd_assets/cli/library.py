"""`jd-assets library`: look at the library, check it, import into it, take it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jd_assets.cli.output import console, print_json, table
from jd_assets.library.diff import TableDiff, diff
from jd_assets.library.files import from_entries, read_folder, write_folder
from jd_assets.library.importers.csv_folder import read_csv_folder
from jd_assets.library.importers.esco import read_esco
from jd_assets.library.importers.onet import read_onet
from jd_assets.library.imports import (
    NOTES_FILE,
    Import,
    imports_folder,
    read_imports,
    read_library,
    write_import,
    write_notes,
)
from jd_assets.library.merge import Note, merge
from jd_assets.library.model import TABLES, Taxonomy
from jd_assets.library.quality import library_problems
from jd_assets.settings import Settings
from jd_assets.store import Store
from jd_assets.workbench import Workbench

SHOWN = 10  # problems or notes of a kind
SHOWN_CHARS = 60  # of an entry
SHOWN_EXAMPLES = 3  # entries of a table

JsonOption = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]

app = typer.Typer(help="The library of skills, dimensions and roles.", no_args_is_help=True)


class Format(StrEnum):
    ESCO = "esco"
    ONET = "onet"
    CSV = "csv"


@app.command()
def check(as_json: JsonOption = False) -> None:
    """Name what is wrong with the taxonomy folder, and with its union with imports. Exit code 1 if anything is."""
    settings = Settings.load()
    folder = read_folder(settings.taxonomy_dir)
    imports = {item.source.namespace: item.taxonomy for item in read_imports(imports_folder(settings.home))}
    with Workbench.open(settings) as bench:
        found = library_problems(folder, imports, bench.embedder)
    if as_json:
        print_json([asdict(problem) for problem in found])
    elif found:
        for kind, count in Counter(problem.kind for problem in found).items():
            rows = [(problem.entry, problem.reason) for problem in found if problem.kind == kind]
            console.print(table(_some(kind, SHOWN, count), ["entry", "reason"], rows[:SHOWN]))
    else:
        console.print(f"No problems in {settings.taxonomy_dir}.", soft_wrap=True, highlight=False)
    if found:
        raise typer.Exit(1)


@app.command("import")
def import_(
    format: Annotated[
        Format, typer.Argument(help="esco: English CSV release; onet: text release; csv: our own format.")
    ],
    folder: Annotated[Path, typer.Argument(help="The folder with the files.", exists=True, file_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would do, and change nothing.")] = False,
    namespace: Annotated[
        str | None, typer.Option(help="csv only: what slugs begin with (else from the folder's source note or name).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take a taxonomy into the library, beside the taxonomy folder. Importing it again replaces it."""
    if namespace and format is not Format.CSV:
        raise typer.BadParameter("only `import csv` takes a namespace", param_hint="--namespace")
    settings = Settings.load()
    kept = imports_folder(settings.home)
    library = read_folder(settings.taxonomy_dir)
    item = _read(format, folder, library, namespace)
    before = {other.source.namespace: other.taxonomy for other in read_imports(kept)}
    others = merge(library, {name: taxonomy for name, taxonomy in before.items() if name != item.source.namespace})
    union = merge(library, {**before, item.source.namespace: item.taxonomy})
    notes = [*item.notes, *(note for note in union.notes if note not in set(others.notes))]
    current = merge(library, before).taxonomy
    changes = diff(current, union.taxonomy)
    if not dry_run:
        write_import(item, notes, kept)
    if as_json:
        print_json(
            {
                "source": asdict(item.source),
                "dry_run": dry_run,
                "read": {part: len(item.taxonomy.entries(part)) for part in TABLES},
                "changes": [asdict(change) for change in changes],
                "notes": [asdict(note) for note in notes],
            }
        )
        return
    _print_read(item)
    if any(changes):
        _print_changes("Changes to the library", changes, current, union.taxonomy)
    else:
        console.print("The library has all of it already: nothing changes.")
    _print_notes(notes)
    if dry_run:
        console.print("Dry run: nothing was changed.")
    else:
        console.print(
            f"Kept in {kept / item.source.namespace}, collisions in its {NOTES_FILE}. The next run loads it; "
            "delete the folder to undo it.",
            soft_wrap=True,
            highlight=False,
        )


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="The folder to write; made if it is not there.", file_okay=False)],
    version: Annotated[
        str | None, typer.Option(help="A version that was loaded (`library versions`) instead of the one in use.")
    ] = None,
) -> None:
    """Write the library, with its imports, as a folder of CSV files."""
    settings = Settings.load()
    if version is not None:
        with Store.open(settings) as store:
            write_folder(_stored(store, version), folder)
    else:
        union = read_library(settings.taxonomy_dir, imports_folder(settings.home))
        write_folder(union.taxonomy, folder)
        write_notes(union.notes, folder / NOTES_FILE)
    console.print(f"Written to {folder}.", soft_wrap=True, highlight=False)


@app.command()
def versions(as_json: JsonOption = False) -> None:
    """Every version that was loaded, newest first."""
    with Store.open(Settings.load()) as store:
        loaded = store.library.versions()
    if as_json:
        print_json([asdict(version) for version in loaded])
        return
    counted = ("skills", "skill_aliases", "dimensions", "roles")
    rows = [
        (
            version.seq,
            version.version,
            version.loaded_at.strftime("%Y-%m-%d %H:%M"),
            *(version.counts.get(part, 0) for part in counted),
        )
        for version in loaded
    ]
    columns = ["load", "version", "loaded at", *counted]
    console.print(table("Library versions", columns, rows))


@app.command("diff")
def diff_(as_json: JsonOption = False) -> None:
    """What the next run would change: the version in use against the taxonomy folder and imports as they are now."""
    settings = Settings.load()
    with Store.open(settings) as store:
        current = _stored(store, None)
    union = read_library(settings.taxonomy_dir, imports_folder(settings.home)).taxonomy
    changes = diff(current, union)
    if as_json:
        print_json([asdict(change) for change in changes])
    elif any(changes):
        _print_changes("Changes since the last load", changes, current, union)
    else:
        console.print("The version in use is what the folder holds.")


def _read(format: Format, folder: Path, library: Taxonomy, namespace: str | None) -> Import:
    if format is Format.ESCO:
        return read_esco(folder)
    if format is Format.ONET:
        return read_onet(folder)
    return read_csv_folder(folder, library, namespace)


def _stored(store: Store, version: str | None) -> Taxonomy:
    return from_entries((entry.kind, entry.payload) for entry in store.library.load_version(version))


def _print_read(item: Import) -> None:
    source = item.source
    console.print(f"{source.name} {source.version}: entries {source.namespace}-…", highlight=False)
    console.print(f"Licence: {source.licence}", highlight=False)
    rows = [(part, len(item.taxonomy.entries(part))) for part in TABLES]
    console.print(table("Read", ["table", "entries"], rows))


def _print_notes(notes: Sequence[Note]) -> None:
    for kind, count in Counter(note.kind for note in notes).items():
        shown = [(note.text, note.entry, note.kept_by or "nobody") for note in notes if note.kind == kind]
        console.print(table(_some(kind, SHOWN, count), ["name", "imported entry", "stays with"], shown[:SHOWN]))


def _print_changes(title: str, changes: Sequence[TableDiff], *libraries: Taxonomy) -> None:
    counts = [(change.table, len(change.added), len(change.changed), len(change.removed)) for change in changes]
    console.print(table(title, ["table", "added", "changed", "removed"], counts))
    names: dict[str, str] = {}
    for library in libraries:
        for entries in (library.skills, library.dimensions, library.roles):
            names.update((entry.slug, entry.display_name) for entry in entries)
    examples = [
        (change.table, what, "\n".join(_readable(key, names) for key in keys[:SHOWN_EXAMPLES]))
        for change in changes
        for what, keys in (("added", change.added), ("changed", change.changed), ("removed", change.removed))
        if keys
    ]
    console.print(table("First examples", ["table", "change", "entries"], examples))


def _readable(key: str, names: Mapping[str, str]) -> str:
    """The key of an entry with names instead of slugs."""
    text = " · ".join(names.get(part, part) for part in key.split("|"))
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 1]}…"


def _some(kind: str, shown: int, count: int) -> str:
    return f"{kind}: {count:,}" + (f", the first {shown}" if count > shown else "")
