"""The commonest words of English: a name that is one of them means something else in most sentences."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def common_words() -> frozenset[str]:
    """About twelve thousand words in small letters."""
    path = Path(__file__).with_name("data") / "common_words.txt"
    return frozenset(line for line in path.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#"))
