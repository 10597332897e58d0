"""Reading the files of a foreign taxonomy, row by row, and naming the file and what is missing."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from jd_assets.errors import LibraryError


class _Tabs(csv.excel_tab):
    """Tabs and nothing else: quotation marks are text."""

    quoting = csv.QUOTE_NONE


def rows(folder: Path, name: str, columns: Collection[str], *, tabs: bool = False) -> Iterator[Mapping[str, str]]:
    """The rows of a comma or tab separated file in UTF-8 with a header.

    Raises LibraryError when the file or a column is missing, or when it cannot be read.
    """
    path = folder / name
    if not path.is_file():
        raise LibraryError(f"{folder} holds no {name}: name the folder with the files of the release.")
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, dialect=_Tabs if tabs else csv.excel, restval="")
        try:
            missing = sorted(set(columns) - set(reader.fieldnames or ()))
            if missing:
                raise LibraryError(f"{path} has no column {', '.join(missing)}: it is not the file of that release.")
            yield from reader
        except (csv.Error, UnicodeDecodeError) as error:
            raise LibraryError(f"{path}, after line {reader.line_num}: cannot be read ({error})") from error


def one_line(text: str) -> str:
    """The text with single spaces for any white space."""
    return " ".join(text.split())
