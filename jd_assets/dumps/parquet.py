"""Parquet files, batch by batch.

What belongs here: rows. What does not: what a column means (`boards`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from jd_assets.dumps.raw import MAX_COLUMNS, MAX_UNPACKED_BYTES, BadRecord, RawRecord, record
from jd_assets.errors import DumpError

MAGIC = b"PAR1"
BATCH_ROWS = 256  # of at most 10 MB a field: small, because a dictionary can blow up a few bytes to full fields


def read_parquet(name: str, file: IO[bytes]) -> Iterator[RawRecord | BadRecord]:
    """The rows of a Parquet file, "row 1" first.

    Raises DumpError if it is damaged, or too wide or too large to be a dump.
    """
    try:
        parquet = pq.ParquetFile(file, page_checksum_verification=True)
        columns, size = len(parquet.schema_arrow.names), _unpacked_size(parquet)
        if columns > MAX_COLUMNS or size > MAX_UNPACKED_BYTES:
            raise DumpError(f"{name}: has {columns:,} columns and {size:,} bytes unpacked: split it")
        number = 0
        for batch in parquet.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
            for row in batch.to_pylist():
                number += 1
                yield record(f"row {number}", row)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DumpError(f"{name}: is damaged Parquet ({str(error).splitlines()[0]}): fetch it again") from None


def _unpacked_size(parquet: pq.ParquetFile) -> int:
    metadata = parquet.metadata
    return sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
