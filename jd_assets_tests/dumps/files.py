"""Dump files for tests, written the way boards and scrapers write them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jd_assets.dumps.raw import BadRecord, RawRecord
from jd_assets.dumps.readers import read_records


def csv_line(cells: Iterable[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n"


def csv_text(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    return csv_line(header) + "".join(map(csv_line, rows))


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_json(path: Path, value: Any) -> Path:
    return write(path, json.dumps(value))


def gzipped(content: str | bytes) -> bytes:
    return gzip.compress(content.encode() if isinstance(content, str) else content)


def read(path: Path) -> tuple[list[Mapping[str, Any]], list[BadRecord]]:
    """The fields of the good records, and the bad ones."""
    records = list(read_records(path))
    return (
        [record.fields for record in records if isinstance(record, RawRecord)],
        [record for record in records if isinstance(record, BadRecord)],
    )
