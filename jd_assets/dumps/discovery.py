"""From files to dumps: which board, which day, which key.

What belongs here: names, dates and hashes of files. What does not: their content (`readers`).

A key depends on the file's path below the dumps folder alone, never on which other files there are or came first: the
same file has the same key for ever.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from pathlib import Path

from jd_assets.dumps.boards import Boards
from jd_assets.errors import DumpError
from jd_assets.records import DumpRef

SUFFIXES = (".csv", ".json", ".jsonl", ".ndjson", ".parquet", ".tsv")
ASIDE = re.compile(r"(?i)\b(?:readme|licen[cs]e|schema|manifest|package(?:-lock)?)\b")
HASH_CHARS = 32
MAX_SLUG_CHARS = 60

_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_YEAR = r"(?:19[89]\d|20\d\d)"
_TIME = r"(?:[T_ -]?\d\d[:.-]?\d\d(?:[:.-]?\d\d)?(?:\.\d+)?Z?)?"
DATES = (  # in names; the time of day behind a date goes with it
    re.compile(rf"(?<!\d)({_YEAR})[-_.]({_MONTH})[-_.]({_DAY}){_TIME}(?!\d)"),
    re.compile(rf"(?<!\d)({_YEAR})({_MONTH})({_DAY})(?:[T_-]?\d{{4,6}}Z?)?(?!\d)"),
    re.compile(rf"(?<!\d)({_YEAR})[-_.]?({_MONTH})()(?!\d)"),
)


def find_dumps(folder: Path) -> list[Path]:
    """All dump files below the folder, in order of their paths.

    They are known by their suffix, with or without .gz. Hidden files, and those that explain the data, are left out.
    """
    return sorted(path for path in folder.rglob("*") if path.is_file() and _is_dump(path.relative_to(folder)))


def _is_dump(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz")
    hidden = any(part.startswith((".", "~")) for part in path.parts)
    return name.endswith(SUFFIXES) and not hidden and not ASIDE.search(path.stem)


def identify(
    path: Path, boards: Boards, board: str | None = None, date: dt.date | None = None, *, root: Path | None = None
) -> tuple[str, dt.date]:
    """The board and the day of a dump.

    Board: `board`, else that of the boards file whose patterns match the path, else the file's name without its date.
    Day: `date`, else the date in the name of the file or the folders it lies in (the first of the month if it names
    no day), else the day of the file's last change. Raises DumpError if there is no such file.
    """
    found, rest = _dated(_stem(path))
    for folder in reversed(_below(path, root).parent.parts):
        found = found or _dated(folder)[0]
    entry = boards.matching(path)
    name = slug(board) if board else entry.name if entry else slug(rest) or slug(path.parent.name)
    return name[:MAX_SLUG_CHARS].rstrip("_") or "dump", date or found or _changed(path)


def reference(
    path: Path, boards: Boards, root: Path | None = None, *, board: str | None = None, date: dt.date | None = None
) -> DumpRef:
    """The dump that a file is.

    `root` is the dumps folder: for a file below it, the names of folders count like its own. The key is
    `<board>_<date>`, and behind it what else those names say: so further files of a board and day have keys of their
    own, whichever of them came first. Raises DumpError if the file cannot be read.
    """
    name, day = identify(path, boards, board, date, root=root)
    key = "_".join(part for part in (name, day.isoformat(), _rest(_below(path, root), name)) if part)
    return DumpRef(key=key, board=name, date=day, path=str(path.absolute()), content_hash=content_hash(path))


def content_hash(path: Path) -> str:
    """A hash of the file's bytes. Raises DumpError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:HASH_CHARS]
    except OSError as error:
        raise _unreadable(path, error) from None


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and single underscores."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", ascii_text.lower()).strip("_")


def _changed(path: Path) -> dt.date:
    try:
        return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> DumpError:
    return DumpError(f"{path.name}: cannot be read ({error.strerror}): check that it exists and may be read")


def _below(path: Path, root: Path | None) -> Path:
    """The part of the path that counts: below the dumps folder, else the file's name alone."""
    return path.relative_to(root) if root and path.is_relative_to(root) else Path(path.name)


def _stem(path: Path) -> str:
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return name.rpartition(".")[0] or name


def _rest(below: Path, board: str) -> str:
    """What the names of folders and file say beside board and date, as a slug; cut names end in a hash of the whole."""
    words = set(board.split("_"))
    parts = [slug(_dated(name)[1]) for name in (*below.parent.parts, _stem(below))]
    rest = "_".join(part.removeprefix(f"{board}_") for part in parts if not words.issuperset(part.split("_")) and part)
    if len(rest) <= MAX_SLUG_CHARS:
        return rest
    return f"{rest[: MAX_SLUG_CHARS - 9].rstrip('_')}_{hashlib.sha256(rest.encode()).hexdigest()[:8]}"


def _dated(stem: str) -> tuple[dt.date | None, str]:
    """The date in a file's stem and the stem without it."""
    for pattern in DATES:
        for match in pattern.finditer(stem):
            try:
                found = dt.date(int(match[1]), int(match[2]), int(match[3] or 1))
            except ValueError:  # the 31st of a month without one
                continue
            return found, f"{stem[: match.start()]}_{stem[match.end() :]}"
    return None, stem
