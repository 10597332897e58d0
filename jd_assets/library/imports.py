"""Imports as they lie in the data folder: `imports/<namespace>/`, each a library folder of its own with its source.

What belongs here: keeping, listing and reading them, and the one way to read the library in use (the taxonomy folder
with all imports merged in). What does not: reading foreign formats (`importers/`) and the rule of merging
(`merge.py`). To undo an import, delete its folder.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import orjson

from jd_assets.errors import LibraryError
from jd_assets.library.files import read_folder, write_folder
from jd_assets.library.merge import Merged, Note, merge
from jd_assets.library.model import Taxonomy

SOURCE_FILE, NOTES_FILE = "source.json", "notes.csv"


@dataclass(frozen=True, slots=True)
class Source:
    """Where an import comes from. Every slug of the import begins with `namespace` and a hyphen."""

    namespace: str
    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class Import:
    """What an importer made of a source: its entries, and what in it contradicts itself."""

    source: Source
    taxonomy: Taxonomy
    notes: tuple[Note, ...] = ()


def imports_folder(home: Path) -> Path:
    """Where an installation keeps its imports."""
    return home / "imports"


def read_library(folder: Path, imports: Path) -> Merged:
    """The library in use: the taxonomy folder and what lies in the imports folder.

    Raises LibraryError, naming file, line and reason, when one of them cannot be read.
    """
    return merge(read_folder(folder), {item.source.namespace: item.taxonomy for item in read_imports(imports)})


def read_imports(imports: Path) -> list[Import]:
    """The imports of a data folder, by namespace; none where nothing was imported."""
    if not imports.is_dir():
        return []
    return [
        Import(read_source(folder), read_folder(folder))
        for folder in sorted(imports.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    ]


def read_source(folder: Path) -> Source:
    """The source note of an import's folder."""
    path = folder / SOURCE_FILE
    try:
        return Source(**orjson.loads(path.read_bytes()))
    except (OSError, TypeError, ValueError) as error:
        wanted = ", ".join(field.name for field in fields(Source))
        raise LibraryError(
            f"{path} is no source note ({error}): it must be JSON with {wanted}. Import again, or delete the folder."
        ) from error


def write_import(item: Import, notes: Iterable[Note], imports: Path) -> Path:
    """Keep an import, in place of an earlier one of the same namespace; its folder. A crash leaves the earlier one."""
    folder = imports / item.source.namespace
    new, old = (imports / f".{item.source.namespace}.{state}" for state in ("new", "old"))
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    write_folder(item.taxonomy, new)
    (new / SOURCE_FILE).write_bytes(orjson.dumps(asdict(item.source), option=orjson.OPT_INDENT_2) + b"\n")
    write_notes(notes, new / NOTES_FILE)
    if folder.exists():
        folder.replace(old)
    new.replace(folder)
    shutil.rmtree(old, ignore_errors=True)
    return folder


def write_notes(notes: Iterable[Note], path: Path) -> None:
    """Write notes as CSV, so that every collision can be looked up."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Note))
        writer.writerows((note.kind, note.text, note.entry, note.kept_by) for note in notes)
