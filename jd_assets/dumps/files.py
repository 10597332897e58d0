"""A dump file as a stream of bytes or characters, whatever its compression and encoding.

What belongs here: gzip, byte order marks, encodings, and telling text from anything else. What does not: formats.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from jd_assets.dumps.raw import FREE_UNPACKED_BYTES, MAX_UNPACK_RATIO, MAX_UNPACKED_BYTES
from jd_assets.errors import DumpError

SAMPLE_BYTES = 64 * 1024
GZIP = b"\x1f\x8b"
MARKS = (  # byte order marks; UTF-32 first, because its mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
OTHER_FILES = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook: unpack it or export it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file: export it as CSV"),
    (b"%PDF", "a PDF: ask the board for CSV or JSON"),
    (b"SQLite format 3", "an SQLite database: export its table as CSV"),
    (b"BZh", "packed with bzip2: pack it with gzip instead"),
    (b"\xfd7zXZ", "packed with xz: pack it with gzip instead"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd: pack it with gzip instead"),
    (b"\x80\x04\x95", "a Python pickle, which is never loaded: export it as CSV"),
    (b"\x80\x05\x95", "a Python pickle, which is never loaded: export it as CSV"),
)
_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)


class _Unpacked(io.RawIOBase):
    """The unpacked bytes of a gzip file, as far as they are whole and in proportion to its size."""

    def __init__(self, packed: IO[bytes], path: Path) -> None:
        self.damage: str | None = None
        self._unpacked, self._path = gzip.GzipFile(fileobj=packed), path
        self._limit = min(MAX_UNPACKED_BYTES, max(FREE_UNPACKED_BYTES, path.stat().st_size * MAX_UNPACK_RATIO))
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.damage:
            return 0
        try:
            data = self._unpacked.read1(len(buffer))
        except _DAMAGE as error:
            self.damage = str(error)
            return 0
        buffer[: len(data)] = data
        self._count += len(data)
        if self._count > self._limit:
            raise DumpError(
                f"{self._path.name}: unpacks to more than {self._limit:,} bytes, out of proportion to its size: "
                "if it is not hostile, unpack it and split it"
            )
        return len(data)


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked if they are gzip, whatever its name says. Raises DumpError if it cannot be opened."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise DumpError(
            f"{path.name}: cannot be opened ({error.strerror}): check that it exists and may be read"
        ) from None
    with file:
        if file.peek(2)[:2] == GZIP:
            yield io.BufferedReader(_Unpacked(file, path), SAMPLE_BYTES)
        else:
            yield file


def damage_of(stream: IO[bytes]) -> str | None:
    """What is wrong with the packed data of a stream that seems to have ended, if anything is."""
    raw = getattr(stream, "raw", None)
    return raw.damage if isinstance(raw, _Unpacked) else None


def sample(path: Path) -> bytes:
    """The first bytes of the unpacked file.

    Raises DumpError for an empty file and for what is known not to be a dump.
    """
    with open_bytes(path) as stream:
        start = stream.read(SAMPLE_BYTES)
        damage = damage_of(stream)
    if damage and not start:
        raise DumpError(f"{path.name}: is damaged gzip ({damage}): fetch it again")
    if not start.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise DumpError(f"{path.name}: is empty: fetch it again, or delete it")
    for magic, advice in OTHER_FILES:
        if start.startswith(magic):
            raise DumpError(f"{path.name}: is {advice}")
    return start


def encoding_of(path: Path, start: bytes) -> str:
    """The encoding of a text file that begins with `start`. Raises DumpError if it is no text."""
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) > 0.3 * len(start) / 2 and min(even, odd) < 0.05 * len(start) / 2:
        return "utf-16-be" if even > odd else "utf-16-le"
    odd_bytes = sum(map(start.count, [bytes([code]) for code in (*range(9), *range(14, 32))]))
    if odd_bytes > max(8, 0.02 * len(start)):
        raise DumpError(
            f"{path.name}: holds binary data, no text: dumps are CSV, TSV, JSON, JSON Lines or Parquet files"
        )
    return "utf-8"


def open_text(stream: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """The characters of a byte stream, line ends as they are. Bytes that are no UTF-8 are read as Windows-1252."""
    return io.TextIOWrapper(stream, encoding=encoding, errors=FALLBACK, newline="")


def _windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", errors="replace"), error.end


FALLBACK = "jd_assets.windows_1252"
codecs.register_error(FALLBACK, _windows_1252)
