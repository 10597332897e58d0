"""CSV, TSV and their relatives, as scrapers write them: broken quotes, rows of the wrong length, stray bytes.

What belongs here: rows. What does not: bytes and encodings (`files`), what a column means (`boards`).

Rows are parsed strictly. Where that fails, the reader looks for the next line from which it succeeds again, and only
the lines between are repaired, if that is certain, or quarantined: one unclosed quote never swallows the rows behind
it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from jd_assets.dumps.raw import MAX_COLUMNS, MAX_FIELD_CHARS, MAX_RECORD_CHARS, BadRecord, RawRecord, excerpt, record
from jd_assets.errors import DumpError

DELIMITERS = ",;\t|"
SNIFFED_LINES = 200
MAX_RECORD_LINES = 2_000  # a description has at most some hundred lines
MAX_SEARCHED_LINES = 2_000_000  # in one file, over all repairs: so that a file full of quotes costs seconds, not hours


def read_delimited(name: str, text: io.TextIOBase) -> Iterator[RawRecord | BadRecord]:
    """The rows of a delimited file, "row 1" being the first below the header.

    Raises DumpError if there is no header. `name` is the file's, for messages.
    """
    csv.field_size_limit(MAX_FIELD_CHARS)
    lines = _Lines(text)
    delimiter = _delimiter(lines)
    header = _header(name, lines, delimiter)
    return _rows(lines, delimiter, header)


class _Lines:
    """The lines of a file, of which some can be looked at before they are taken. Lines too long come as None."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._ahead: list[str | None] = []
        self._at = 0
        self.taken = 0

    def peek(self, offset: int) -> str | None:
        """The line `offset` lines ahead. Raises IndexError behind the end."""
        while len(self._ahead) - self._at <= offset:
            line = self._text.readline(MAX_RECORD_CHARS + 1)
            if not line:
                raise IndexError
            if len(line) > MAX_RECORD_CHARS:
                while line and not line.endswith(("\n", "\r")):
                    line = self._text.readline(MAX_RECORD_CHARS)
                self._ahead.append(None)
            else:
                self._ahead.append(line.replace("\0", ""))
        return self._ahead[self._at + offset]

    def take(self, count: int) -> None:
        self._at += count
        self.taken += count
        if self._at > 1_000:
            del self._ahead[: self._at]
            self._at = 0


class _Ahead:
    """Lines from an offset on, as `csv.reader` wants them; counts what it gave, and stops at the limits of a record."""

    def __init__(self, lines: _Lines, offset: int) -> None:
        self._lines, self._offset = lines, offset
        self.given = 0
        self._chars = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._lines.peek(self._offset + self.given)
        except IndexError:
            raise StopIteration from None
        if line is None or self.given >= MAX_RECORD_LINES or self._chars + len(line) > MAX_RECORD_CHARS:
            raise csv.Error("too long")
        self.given += 1
        self._chars += len(line)
        return line


def _delimiter(lines: _Lines) -> str:
    """The delimiter that splits the header into most columns and the first rows into as many."""

    def score(delimiter: str) -> tuple[float, int]:
        rows: list[list[str]] = []
        with suppress(csv.Error):
            rows.extend(islice(csv.reader(_Ahead(lines, 0), delimiter=delimiter), SNIFFED_LINES))
        width = len(rows[0]) if rows else 0
        return (
            (sum(len(row) == width for row in rows) / len(rows) * min(width, 5), width) if width > 1 else (0.0, width)
        )

    return max(DELIMITERS, key=score)


def _header(name: str, lines: _Lines, delimiter: str) -> list[str]:
    start = _Ahead(lines, 0)
    try:
        columns = next(csv.reader(start, delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        columns = []
    lines.take(start.given)
    if not any(column.strip() for column in columns):
        raise DumpError(f"{name}: its first line holds no column names: add a header line")
    if len(columns) > MAX_COLUMNS:
        raise DumpError(
            f"{name}: its first line has {len(columns):,} columns, more than {MAX_COLUMNS:,}: is it a dump?"
        )
    names: list[str] = []
    for position, column in enumerate(columns):
        wanted = column.strip() or f"Unnamed: {position}"
        repeats = sum(other == wanted or other.startswith(f"{wanted}.") for other in names)
        names.append(f"{wanted}.{repeats}" if wanted in names else wanted)
    return names


def _rows(lines: _Lines, delimiter: str, header: list[str]) -> Iterator[RawRecord | BadRecord]:
    searched = number = 0
    while True:
        start = _Ahead(lines, 0)
        cells, problem = _parse(start, delimiter)
        if cells is None and problem is None:
            return
        if cells is not None and not any(map(str.strip, cells)):  # an empty line
            lines.take(start.given)
            continue
        number += 1
        place = f"row {number}"
        if cells is not None and len(cells) == len(header):
            lines.take(start.given)
            yield record(place, dict(zip(header, cells, strict=True)))
            continue
        if cells is not None and start.given == 1:
            length = 1 + _loose_lines(lines, delimiter)
        elif searched < MAX_SEARCHED_LINES:
            length, effort = _next_good(lines, delimiter, len(header))
            searched += effort
        else:
            length = 1
        repaired = _repair(lines, length, delimiter, len(header))
        line_number = lines.taken + 1
        text = "".join(lines.peek(offset) or "" for offset in range(min(length, 5)))
        lines.take(length)
        if repaired is not None:
            yield record(place, dict(zip(header, repaired, strict=True)))
            continue
        where = f"line {line_number}" if length == 1 else f"lines {line_number} to {line_number + length - 1}"
        reason = problem or f"{len(cells or ())} cells under {len(header)} columns (unquoted delimiters or line ends?)"
        yield BadRecord(f"{place} ({where})", reason, excerpt(text))


def _parse(start: _Ahead, delimiter: str, *, strict: bool = True) -> tuple[list[str] | None, str | None]:
    """The cells of one row and no problem, or none and the problem; neither at the end of the file."""
    try:
        return next(csv.reader(start, delimiter=delimiter, strict=strict), None), None
    except csv.Error as error:
        message = str(error)
    if "field larger" in message or "too long" in message:
        return None, f"a field or row is longer than {MAX_FIELD_CHARS:,} characters or {MAX_RECORD_LINES:,} lines"
    if "unexpected end" in message:
        return None, "a quote is opened and never closed"
    return None, "a quote inside a quoted cell is not doubled"


def _loose_lines(lines: _Lines, delimiter: str) -> int:
    """How many lines without any delimiter follow the next one: they belong to its last cell, which is not quoted."""
    for offset in range(1, MAX_RECORD_LINES):
        try:
            line = lines.peek(offset)
        except IndexError:
            return offset - 1
        if line is None or delimiter in line or not line.strip():
            return offset - 1
    return MAX_RECORD_LINES - 1


def _next_good(lines: _Lines, delimiter: str, width: int) -> tuple[int, int]:
    """How many lines to leave behind until two rows (or the file's last one) parse strictly with `width` cells.

    Second comes the number of lines read for it. The search goes as far as a record may be long.
    """
    effort = chars = 0
    for offset in range(1, MAX_RECORD_LINES):
        try:
            chars += len(lines.peek(offset) or "")
        except IndexError:
            return offset, effort
        if chars > MAX_RECORD_CHARS or effort > 50 * MAX_RECORD_LINES:
            return offset, effort
        position = offset
        for _ in range(2):
            start = _Ahead(lines, position)
            cells, problem = _parse(start, delimiter)
            effort += start.given
            at_end = cells is None and problem is None
            if at_end and position > offset:
                return offset, effort
            if cells is None or len(cells) != width:
                break
            position += start.given
        else:
            return offset, effort
    return MAX_RECORD_LINES, effort


def _repair(lines: _Lines, length: int, delimiter: str, width: int) -> list[str] | None:
    """The cells of the `length` lines ahead, if they are certainly one row after all."""
    start = _Ahead(lines, 0)
    cells, _ = _parse(start, delimiter, strict=False)
    if cells is None or start.given != length:
        return None
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):  # delimiters at the end of the line
        return cells[:width]
    return cells if len(cells) == width else None
