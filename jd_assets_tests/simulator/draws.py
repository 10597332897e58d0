"""Chance that can be repeated: numbers drawn from a hash."""

from __future__ import annotations

import hashlib
import random


def fingerprint(data: bytes) -> str:
    """A short name of some bytes."""
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def draw(*parts: str | int) -> float:
    """A number in [0, 1) that hangs on nothing but the parts."""
    hashed = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(hashed, "big") / 2**64


def generator(*parts: str | int) -> random.Random:
    """A generator of numbers that hang on nothing but the parts."""
    hashed = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(hashed, "big"))
