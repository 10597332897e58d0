"""Which column of a dump is which field of a posting.

What belongs here: the boards file, and choosing columns. What does not: the well-known names themselves (`columns`),
values (`values`, `fields`), and postings (`reading`).

A board's entry says only what differs from the well-known names:

    [boards.google_careers]
    files = ["google_careers/*.csv"]   # the end of a path; "*" crosses folders, ".gz" does not count
    [boards.google_careers.columns]
    category = "Category"              # a column, or a list of columns of which the first with values is taken
    company = []                       # no column at all: the dump's own is worthless
    description = [                    # columns together, each under its heading
        { column = "Responsibilities", heading = "Responsibilities" },
        { column = "Qualifications", heading = "Minimum Qualifications" },
    ]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeAlias

from jd_assets.dumps.columns import FIELDS, NAMES
from jd_assets.dumps.raw import Value
from jd_assets.dumps.values import at, column_names, texts
from jd_assets.errors import DumpError, SettingsError
from jd_assets.hashing import digest

SHOWN_COLUMNS = 40  # in messages

_NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*\Z")
_NUMBER = re.compile(r"-?\d[\d.,:\s-]*\Z")
_PUNCTUATION = re.compile(r"[^a-z0-9.]")


@dataclass(frozen=True, slots=True)
class Part:
    """A column, and the heading under which its text goes into the description."""

    column: str
    heading: str | None = None


Parts: TypeAlias = tuple[Part, ...]  # columns that give one value together


@dataclass(frozen=True, slots=True)
class Board:
    """One entry of the boards file; `columns` holds for a field its alternatives, the best first."""

    name: str
    files: tuple[str, ...] = ()
    columns: Mapping[str, tuple[Parts, ...]] = field(default_factory=dict)
    headline: bool = False  # the description's first line says title, company and place


@dataclass(frozen=True, slots=True)
class Boards:
    """The boards file; `version` changes exactly when what it says does."""

    entries: tuple[Board, ...]
    version: str

    def matching(self, path: Path) -> Board | None:
        """The first entry that has a pattern for this path."""
        whole = f"/{path.as_posix().lower().removesuffix('.gz')}"
        return next(
            (entry for entry in self.entries if any(fnmatchcase(whole, f"*/{end}") for end in entry.files)), None
        )

    def entry(self, name: str) -> Board:
        """The entry of that name, else an empty one, for which the well-known names hold."""
        return next((entry for entry in self.entries if entry.name == name), Board(name))


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The columns chosen for one dump, and those that nothing was taken from."""

    board: str
    columns: Mapping[str, Parts]
    ignored: tuple[str, ...]
    headline: bool = False

    def without(self, field_name: str) -> ColumnMap:
        """The same without one field, whose columns turned out to hold something else."""
        dropped = tuple(part.column for part in self.columns.get(field_name, ()))
        kept = {name: parts for name, parts in self.columns.items() if name != field_name}
        return replace(self, columns=kept, ignored=(*self.ignored, *dropped))

    def describe(self) -> dict[str, Any]:
        """For reports: field -> names of columns, and the ignored ones."""
        used = {name: [part.column for part in parts] for name, parts in self.columns.items()}
        if self.headline:
            used = {name: ["first line of the description"] for name in ("title", "company")} | used
        return {"board": self.board, "columns": used, "ignored": list(self.ignored)}


def load_boards(path: Path) -> Boards:
    """The boards file at `path`. Raises SettingsError, naming the place, if it says something that cannot be meant."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"the boards file {path} cannot be read ({error.strerror}): check JD_ASSETS_BOARDS"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the boards file {path} is no TOML: {error}") from None
    _only(f"{path.name}", content, ("boards",))
    entries = [
        _board(f"{path.name}, [boards.{name}]", name, entry) for name, entry in content.get("boards", {}).items()
    ]
    return Boards(tuple(entries), digest(content))


def choose_columns(file: str, board: Board, sample: Sequence[Mapping[str, Value]]) -> ColumnMap:
    """The columns for each field, by the board's entry and the well-known names, from the first records of a dump.

    Raises DumpError, with the columns found, if there is neither a title nor a description among them.
    """
    names = list(dict.fromkeys(name for fields in sample for name in column_names(fields)))
    by_name: dict[str, str] = {}
    for name in names:
        by_name.setdefault(_plain_name(name), name)
    chosen: dict[str, Parts] = {}
    explicit = {part.column for alternatives in board.columns.values() for parts in alternatives for part in parts}
    taken = {_plain_name(column) for column in explicit}

    for field_name in FIELDS:
        alternatives = board.columns.get(field_name)
        if alternatives is None:
            known = () if board.headline and field_name == "title" else NAMES[field_name]
            alternatives = tuple(tuple(map(Part, name.split("+"))) for name in known)
            alternatives = tuple(
                parts for parts in alternatives if not taken.intersection(_plain_name(part.column) for part in parts)
            )
        for parts in alternatives:
            present = tuple(
                Part(by_name[_plain_name(part.column)], part.heading)
                for part in parts
                if _plain_name(part.column) in by_name
            )
            if present and _fits(field_name, present, sample):
                chosen[field_name] = present
                taken.update(_plain_name(part.column) for part in present)
                break
    if not chosen.keys() & {"title", "description", "skills"}:
        shown = ", ".join(names[:SHOWN_COLUMNS]) or "none"
        raise DumpError(
            f"{file}: no title and no description among its columns ({shown}): say which they are in the boards file, "
            f'[boards.{board.name}.columns] title = "…", description = "…"'
        )
    used = {part.column for parts in chosen.values() for part in parts}
    return ColumnMap(board.name, chosen, tuple(name for name in names if name not in used), board.headline)


def _fits(field_name: str, parts: Parts, sample: Sequence[Mapping[str, Value]]) -> bool:
    """Whether the columns hold values, and for a title words rather than numbers."""
    values = [text for fields in sample for part in parts for text in texts(at(fields, part.column))]
    if field_name in ("title", "description", "company", "location"):
        return bool(values) and 2 * sum(bool(_NUMBER.match(value)) for value in values) <= len(values)
    return bool(values)


def _plain_name(name: str) -> str:
    return _PUNCTUATION.sub("", name.casefold()) or name


def _board(where: str, name: str, entry: Any) -> Board:
    if not _NAME.match(name):
        raise SettingsError(f"{where}: a board's name is of small letters, digits and single underscores")
    _only(where, entry, ("files", "columns", "headline"))
    files, headline, columns = entry.get("files", []), entry.get("headline", False), entry.get("columns", {})
    if not isinstance(files, list) or not all(isinstance(pattern, str) for pattern in files):
        raise SettingsError(f"{where}: files is a list of path patterns")
    if not isinstance(headline, bool):
        raise SettingsError(f"{where}: headline is true or false")
    _only(f"{where}, columns", columns, FIELDS)
    return Board(
        name,
        tuple(pattern.lower() for pattern in files),
        {field_name: tuple(_alternatives(f"{where}, {field_name}", given)) for field_name, given in columns.items()},
        headline,
    )


def _alternatives(where: str, given: Any) -> Iterator[Parts]:
    values = given if isinstance(given, list) else [given]
    if values and all(isinstance(value, dict) for value in values):
        for value in values:
            _only(where, value, ("column", "heading"))
        if all(isinstance(value.get("column"), str) and isinstance(value.get("heading", ""), str) for value in values):
            yield tuple(Part(value["column"], value.get("heading")) for value in values)
            return
    elif all(isinstance(value, str) for value in values):
        yield from ((Part(value),) for value in values)
        return
    raise SettingsError(f'{where}: give a column, a list of columns, or a list of {{ column = "…", heading = "…" }}')


def _only(where: str, table: Any, known: Sequence[str]) -> None:
    if not isinstance(table, dict):
        raise SettingsError(f"{where}: a table is wanted here")
    if unknown := sorted(set(table) - set(known)):
        raise SettingsError(f"{where}: {', '.join(unknown)} is not known here; known: {', '.join(known)}")
