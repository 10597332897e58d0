"""Content hashes: one canonical form for everything that is compared by hash.

Every fingerprint in the project (posting ids, input and output hashes, code versions, library versions) comes from
here, so that two places never disagree about what "the same" means. Nothing here knows what it hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel

DIGEST_CHARS = 32  # 128 bits: no collision to fear among rows, and half the space of a full sha256


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces; pydantic models by their fields, sets and tuples as (sorted) lists.

    Floats keep their shortest exact form, so values must be rounded by whoever makes them.
    """
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, tuple):  # named tuples
        return list(value)
    raise TypeError(f"cannot hash a {type(value).__name__}")


def digest(*parts: Any) -> str:
    """32 hex characters of sha256 over the canonical form of `parts`; their order counts."""
    return hashlib.sha256(canonical(parts)).hexdigest()[:DIGEST_CHARS]


def digest_set(digests: Iterable[str]) -> str:
    """A digest of a collection of digests that does not depend on their order."""
    return digest(sorted(digests))


def digest_files(paths: Iterable[Path]) -> str:
    """A digest of files by name and content, independent of where their folders lie."""
    return digest(sorted((path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths))
