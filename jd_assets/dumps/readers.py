"""Any dump file -> raw records: finds the format by content, and reads it.

What belongs here: choosing the reader. What does not: formats (`delimited`, `jsonfile`, `parquet`) and columns
(`boards`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jd_assets.dumps.delimited import read_delimited
from jd_assets.dumps.files import damage_of, encoding_of, open_bytes, open_text, sample
from jd_assets.dumps.jsonfile import is_json_lines, read_json, read_json_lines
from jd_assets.dumps.parquet import MAGIC, read_parquet
from jd_assets.dumps.raw import BadRecord, RawRecord
from jd_assets.errors import DumpError


def read_records(path: Path) -> Iterator[RawRecord | BadRecord]:
    """The records of a CSV, TSV, JSON, JSON Lines or Parquet file, gzip or not, in their order, streaming.

    What cannot be read comes as BadRecord with its place and reason. Raises DumpError if the file is no dump at all.
    """
    start = sample(path)
    if start.startswith(MAGIC):
        yield from _parquet(path)
        return
    encoding = encoding_of(path, start)
    beginning = start.decode(encoding, errors="ignore").lstrip("\ufeff \t\r\n")
    last = "the beginning"
    with open_bytes(path) as stream, open_text(stream, encoding) as text:
        if beginning[:1] not in ("[", "{"):
            records = read_delimited(path.name, text)
        elif is_json_lines(beginning):
            records = read_json_lines(text)
        else:
            records = read_json(path.name, text)
        for record in records:
            last = record.place
            yield record
        if damage := damage_of(stream):
            yield BadRecord(f"all behind {last}", f"the gzip data is damaged or ends early ({damage})", "")


def _parquet(path: Path) -> Iterator[RawRecord | BadRecord]:
    with open_bytes(path) as stream:
        if stream.seekable():
            yield from read_parquet(path.name, stream)
            return
        with tempfile.TemporaryFile() as unpacked:  # Parquet is read from its end
            shutil.copyfileobj(stream, unpacked)
            if damage := damage_of(stream):
                raise DumpError(f"{path.name}: is damaged gzip ({damage}): fetch it again")
            yield from read_parquet(path.name, unpacked)
