"""What every reader yields: records as they stand in the file, and the places where no record could be made.

What belongs here: the two kinds of result, the limits that hold for every format, and making values uniform. What
does not: any one format (`delimited`, `jsonfile`, `parquet`) and what a column means (`boards`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Value: TypeAlias = "str | list[Value] | dict[str, Value]"

# A dump is hostile until parsed. Each limit is far above what boards send, and low enough to bound memory and time.
MAX_FIELD_CHARS = 10 * 2**20  # the longest real descriptions have 50 KB; whole pages with inline images a few MB
MAX_RECORD_CHARS = 16 * 2**20
MAX_COLUMNS = 2_000  # widest real dump: 60 columns
MAX_DEPTH = 20  # schema.org's JobPosting needs 5
MAX_UNPACKED_BYTES = 2 * 2**30  # of one compressed file
MAX_UNPACK_RATIO = 200  # gzip: up to 1000 on constant bytes, 3 on postings, 60 on 50 postings repeated 250 times
FREE_UNPACKED_BYTES = 64 * 2**20  # below this size the ratio does not matter
EXCERPT_CHARS = 200


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record of a dump: column -> text, list or nested object; missing values are left out."""

    place: str  # "row 12", "line 7", "item 3"
    fields: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A stretch of the file that gave no record: where it stands, why, and how it begins."""

    place: str
    reason: str
    excerpt: str


class NotARecord(ValueError):
    """A value breaks a limit; the message is the reason."""


def record(place: str, value: Mapping[str, Any], *, what: str = "column") -> RawRecord | BadRecord:
    """A record of the decoded `value`, or the reason why it breaks a limit."""
    try:
        if len(value) > MAX_COLUMNS:
            raise NotARecord(f"it has {len(value)} {what}s, more than {MAX_COLUMNS}")
        return RawRecord(place, {str(name): kept for name, item in value.items() if (kept := plain(item)) is not None})
    except NotARecord as error:
        return BadRecord(place, str(error), excerpt(value))


def plain(value: Any, depth: int = 1) -> Value | None:
    """`value` with texts as its only leaves: numbers and dates as written, no nulls and NaNs. Raises NotARecord."""
    if isinstance(value, str):
        if len(value) > MAX_FIELD_CHARS:
            raise NotARecord(f"a field has {len(value):,} characters, more than {MAX_FIELD_CHARS:,}")
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if depth > MAX_DEPTH:
        raise NotARecord(f"it is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return {str(name): kept for name, item in value.items() if (kept := plain(item, depth + 1)) is not None}
    if isinstance(value, (list, tuple)):
        return [kept for item in value if (kept := plain(item, depth + 1)) is not None]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def excerpt(value: object) -> str:
    """How a value begins, for a quarantine row."""
    text = value if isinstance(value, str) else _begin(value)
    return "".join(character if character.isprintable() else " " for character in text[:EXCERPT_CHARS])


def _begin(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_begin(item)[:40]}" for name, item in list(value.items())[:8])
    return f"{len(value)} items" if isinstance(value, (list, tuple)) else str(value)
