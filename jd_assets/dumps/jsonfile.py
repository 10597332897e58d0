"""JSON documents and JSON Lines: records one by one, without holding the file.

What belongs here: finding the records in a document: a list, a list inside an object ("jobs", "results" …), one
object, an object of records or of columns, or one object a line. What does not: bytes and encodings (`files`), and
what a field means (`boards`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from jd_assets.dumps.raw import MAX_RECORD_CHARS, BadRecord, RawRecord, excerpt, record
from jd_assets.errors import DumpError

CHUNK_CHARS = 2**20
MAX_OBJECT_CHARS = 256 * 2**20  # of what stands beside the records in an object, or of an object of records
CONTAINERS = frozenset(
    """aggregations content data docs documents elements entries graph @graph hits items job_results jobpostings jobs
    jobs_results listings objects offers payload positions postings records response result results rows
    search_results searchresults vacancies values""".split()
)
NOTES = frozenset(
    ["api", "last_updated", "legal", "license", "notice", "source", "terms"]
)  # RemoteOK's first item, for one


def is_json_lines(start: str) -> bool:
    """Whether a file that begins with `start` holds one JSON value a line."""
    first, line_end, rest = start.lstrip().partition("\n")
    if not line_end:
        return False
    try:
        return isinstance(_DECODER.decode(first), dict) and bool(rest.strip())
    except (ValueError, RecursionError):
        return False


def read_json_lines(text: io.TextIOBase) -> Iterator[RawRecord | BadRecord]:
    """One record a line; a line that is no JSON object is bad, and the next one is read."""
    number = 0
    while line := text.readline(MAX_RECORD_CHARS + 1):
        number += 1
        place = f"line {number}"
        if len(line) > MAX_RECORD_CHARS:
            yield BadRecord(place, f"it is longer than {MAX_RECORD_CHARS:,} characters", excerpt(line))
            while line and not line.endswith("\n"):
                line = text.readline(MAX_RECORD_CHARS)
        elif line.strip(" \t\r\n,\0\x1e"):
            yield from _decoded_line(place, line.strip(" \t\r\n,\0\x1e"))


def _decoded_line(place: str, line: str) -> Iterator[RawRecord | BadRecord]:
    try:
        yield from _item(place, _DECODER.decode(line))
    except (ValueError, RecursionError) as error:
        yield BadRecord(place, f"it is no JSON: {_message(error)}", excerpt(line))


def read_json(name: str, text: io.TextIOBase) -> Iterator[RawRecord | BadRecord]:
    """The records of a JSON document, "item 1" first. Behind a place where it breaks, the rest is one bad record.

    Raises DumpError if the document is no list and no object.
    """
    buffer = _Buffer(text)
    opening = buffer.skip_space()
    if opening not in ("[", "{"):
        raise DumpError(f"{name}: is JSON, but neither a list nor an object: give the records as a list of objects")
    count = 0
    try:
        for value in _values(buffer):
            count += 1
            yield from _item(f"item {count}", value)
    except _Broken as error:
        yield BadRecord(f"item {count + 1} and all behind it", f"the JSON breaks here: {error}", excerpt(buffer.rest()))


class _Broken(ValueError):
    """The document is no JSON from here on."""


class _Buffer:
    """The part of the document in memory, and a place in it."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._held = ""
        self._at = 0
        self._behind = 0
        self._ended = False

    @property
    def position(self) -> int:
        """The number of characters taken so far."""
        return self._behind + self._at

    def _read(self, chars: int) -> None:
        more = self._text.read(chars)
        self._ended = len(more) < chars
        self._behind += self._at
        self._held = self._held[self._at :] + more
        self._at = 0

    def skip_space(self) -> str:
        """The next character that is no space, not taken; "" at the end."""
        while True:
            while self._at < len(self._held):
                if self._held[self._at] not in " \t\r\n\ufeff\0\x1e":
                    return self._held[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._read(CHUNK_CHARS)

    def take(self, wanted: str) -> None:
        """Go past the character `wanted`."""
        found = self.skip_space()
        if found != wanted:
            raise _Broken(f"'{wanted}' expected, " + (f"'{found}' found" if found else "the file ends"))
        self._at += 1

    def value(self) -> Any:
        """The next complete value."""
        if not self.skip_space():
            raise _Broken("the file ends")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except RecursionError as error:
                raise _Broken(_message(error)) from None
            except ValueError as error:
                held = len(self._held) - self._at
                if self._ended or held > MAX_RECORD_CHARS:
                    reason = _message(error) if self._ended else _TOO_LONG
                    raise _Broken(reason) from None
                self._read(max(CHUNK_CHARS, held))
                continue
            if end == len(self._held) and not self._ended:  # a number may go on
                self._read(CHUNK_CHARS)
                continue
            self._at = end
            return value

    def rest(self) -> str:
        """What is in memory from here on."""
        return self._held[self._at :]


def _values(buffer: _Buffer) -> Iterator[Any]:
    """The records of all documents in the file, one behind the other."""
    while opening := buffer.skip_space():
        if opening == "[":
            yield from _elements(buffer)
        elif opening == "{":
            aside: dict[str, Any] = {}
            found = yield from _members(buffer, aside)
            if not found:
                yield from _records_of(aside)
        else:
            raise _Broken(f"'{opening}' found where an object or a list should begin")
        if buffer.skip_space() == ",":
            buffer.take(",")


def _elements(buffer: _Buffer) -> Iterator[Any]:
    buffer.take("[")
    while buffer.skip_space() != "]":
        yield buffer.value()
        if buffer.skip_space() != "]":
            buffer.take(",")
    buffer.take("]")


def _members(buffer: _Buffer, aside: dict[str, Any], depth: int = 0) -> Generator[Any, None, bool]:
    """The records in the object's containers; its other members go into `aside`. Returns whether it has containers."""
    found = False
    kept = 0
    buffer.take("{")
    while buffer.skip_space() != "}":
        name = buffer.value()
        if not isinstance(name, str):
            raise _Broken("a name should stand here")
        buffer.take(":")
        opening = buffer.skip_space()
        if name.casefold() in CONTAINERS and opening == "[":
            yield from _elements(buffer)
            found = True
        elif name.casefold() in CONTAINERS and opening == "{" and depth < 3:
            inner: dict[str, Any] = {}
            found_inside = yield from _members(buffer, inner, depth + 1)
            found = found or found_inside
            if not found_inside:
                aside[name] = inner
        else:
            start = buffer.position
            aside[name] = buffer.value()
            kept += buffer.position - start
            if kept > MAX_OBJECT_CHARS:
                raise _Broken(
                    f"an object holds more than {MAX_OBJECT_CHARS:,} characters: give its records as JSON Lines"
                )
        if buffer.skip_space() != "}":
            buffer.take(",")
    buffer.take("}")
    return found


def _records_of(document: dict[str, Any]) -> Iterator[Any]:
    """An object without a known container: columns, records by key, a list under an unknown name, or one record."""
    members = list(document.values())
    if len(members) > 1 and all(isinstance(member, dict) and member for member in members):
        first = members[0]
        if all(isinstance(value, dict) for member in members for value in member.values()):
            yield document
        elif all(member.keys() == first.keys() for member in members) and _counts(first):
            for key in first:  # pandas' default: column -> row -> value
                yield {column: rows[key] for column, rows in document.items()}
        else:
            yield from members
        return
    lists = [member for member in members if isinstance(member, list) and len(member) > 1]
    if len(lists) == 1 and len(members) <= 5 and all(isinstance(item, dict) for item in lists[0]):
        yield from lists[0]
    elif len(members) == 1 and isinstance(members[0], dict):
        yield from _records_of(members[0])
    else:
        yield document


def _counts(rows: Mapping[str, Any]) -> bool:
    return all(key.isdecimal() for key in rows)


def _item(place: str, value: Any) -> Iterator[RawRecord | BadRecord]:
    if not isinstance(value, dict):
        yield BadRecord(place, f"it is {_KINDS.get(type(value), 'a literal')}, not an object", excerpt(value))
    elif isinstance(value.get("_source"), dict):  # Elasticsearch
        yield record(place, value["_source"], what="member")
    elif not value or not NOTES.issuperset(value):
        yield record(place, value, what="member")


def _message(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return f"{error.msg} at character {error.pos:,}" if isinstance(error, json.JSONDecodeError) else str(error)


_TOO_LONG = f"a value is longer than {MAX_RECORD_CHARS:,} characters: give the records as JSON Lines"
_KINDS = {str: "a text", list: "a list", type(None): "null", bool: "a literal"}
# Numbers stay as written: an id of twenty digits or a salary of "1.10" must not change on the way.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=lambda _: None, strict=False)
