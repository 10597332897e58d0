"""The library as a folder of CSV files: one file a table, lists inside a field separated by `|`.

Reads and writes the documented format (docs/library.md) and names file, line and reason of whatever is wrong.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError

from jd_assets.errors import LibraryError
from jd_assets.library.model import TABLES, Entry, Taxonomy

LIST_SEPARATOR = "|"
MAX_CELL_CHARS = 100_000  # a quote that is never closed swallows the rest of the file into one field


def read_folder(folder: Path) -> Taxonomy:
    """Read a library folder.

    Raises LibraryError with every malformed row (file, line, reason), or when a file or column is missing.
    """
    problems: list[str] = []
    tables = {name: _read_table(folder / f"{name}.csv", kind, problems) for name, kind in TABLES.items()}
    if problems:
        shown = "\n  ".join(problems[:20])
        more = f"\n  … and {len(problems) - 20} more" if len(problems) > 20 else ""
        raise LibraryError(f"The library in {folder} cannot be read:\n  {shown}{more}\nMend these rows and run again.")
    return _taxonomy(tables)


def from_entries(entries: Iterable[tuple[str, bytes]]) -> Taxonomy:
    """The library from (table name, JSON of one row) pairs, as the store keeps them."""
    tables: dict[str, list[Entry]] = defaultdict(list)
    for name, payload in entries:
        tables[name].append(TABLES[name].model_validate_json(payload))
    return _taxonomy(tables)


def write_folder(taxonomy: Taxonomy, folder: Path) -> None:
    """Write a library folder, rows sorted by key, so that two equal libraries are equal files.

    Raises LibraryError for an item of a list that holds the list separator: it would be read back as two.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in TABLES.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(kind.model_fields), lineterminator="\n")
            writer.writeheader()
            for entry in sorted(taxonomy.entries(name), key=lambda entry: entry.key):
                writer.writerow({field: _to_cell(value) for field, value in entry.model_dump().items()})


def _read_table(path: Path, kind: type[Entry], problems: list[str]) -> tuple[Entry, ...]:
    if not path.is_file():
        problems.append(f"{path.name}: missing")
        return ()
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        try:
            return _read_rows(path.name, reader, kind, problems)
        except (csv.Error, UnicodeDecodeError) as error:
            problems.append(f"{path.name}, after line {reader.line_num}: no CSV in UTF-8 ({error})")
            return ()


def _read_rows(name: str, reader: csv.DictReader[str], kind: type[Entry], problems: list[str]) -> tuple[Entry, ...]:
    columns = set(reader.fieldnames or ())
    required = {field for field, info in kind.model_fields.items() if info.is_required()}
    wrong = [
        *(f"no column {column}" for column in sorted(required - columns)),
        *(f"unknown column {column!r}" for column in sorted(columns - set(kind.model_fields))),
    ]
    if wrong:
        problems.append(f"{name}: {', '.join(wrong)}")
        return ()
    entries: dict[str, Entry] = {}
    for row in reader:
        place = f"{name}, line {reader.line_num}"
        if any(len(cell) > MAX_CELL_CHARS for cell in row.values() if isinstance(cell, str)):
            problems.append(f"{place}: a field of more than {MAX_CELL_CHARS:,} characters")
            continue
        if None in row or None in row.values():
            problems.append(f"{place}: {len(columns)} fields expected")
            continue
        try:
            entry = kind(**{field: _from_cell(kind, field, cell) for field, cell in row.items()})
        except ValidationError as error:
            reasons = "; ".join(f"{issue['loc'][0]}: {issue['msg']}" for issue in error.errors())
            problems.append(f"{place}: {reasons}")
            continue
        if entry.key in entries:
            problems.append(f"{place}: {entry.key!r} stands there twice")
        entries[entry.key] = entry
    return tuple(entries.values())


def _from_cell(kind: type[Entry], field: str, cell: str) -> Any:
    annotation = kind.model_fields[field].annotation
    if get_origin(annotation) is tuple:
        return tuple(part for part in cell.split(LIST_SEPARATOR) if part.strip())
    return None if not cell.strip() and annotation == (int | None) else cell


def _to_cell(value: Any) -> str:
    if isinstance(value, tuple):
        for item in value:
            if LIST_SEPARATOR in item:
                raise LibraryError(f"{item!r} cannot stand in a list: {LIST_SEPARATOR!r} separates items. Rename it.")
        return LIST_SEPARATOR.join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _taxonomy(tables: Mapping[str, Iterable[Entry]]) -> Taxonomy:
    rows: dict[str, Any] = {name: tuple(tables.get(name, ())) for name in TABLES}
    return Taxonomy(**rows)
