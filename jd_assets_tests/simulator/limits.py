"""Rate limits: token buckets of requests and tokens, one pair a model, and the headers that tell of them.

What belongs here: what may pass and when. What does not: the error that says so (replies).
"""

from __future__ import annotations

import math
import time

from jd_assets_tests.simulator.script import Limits


class Bucket:
    """Holds up to `burst` units, filled at `per_minute` / 60 a second."""

    def __init__(self, per_minute: int, burst_seconds: float) -> None:
        self.per_minute = per_minute
        self._rate = per_minute / 60
        self._size = max(1.0, self._rate * burst_seconds)
        self._level = self._size
        self._at = time.monotonic()

    def wait(self, units: float) -> float:
        """Seconds until so many can be taken; more than the bucket holds counts as a full bucket."""
        now = time.monotonic()
        self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (min(units, self._size) - self._level) / self._rate)

    def take(self, units: float) -> None:
        """Take units; call after `wait` said 0."""
        self._level -= units

    def headers(self, name: str) -> dict[str, str]:
        """The x-ratelimit headers of this bucket."""
        return {
            f"x-ratelimit-limit-{name}": str(self.per_minute),
            f"x-ratelimit-remaining-{name}": str(max(0, math.floor(self._level))),
            f"x-ratelimit-reset-{name}": duration((self._size - self._level) / self._rate),
        }


class Allowance:
    """The limits of one model."""

    def __init__(self, limits: Limits) -> None:
        self._buckets = {
            name: Bucket(limit, limits.burst_seconds)
            for name, limit in (("requests", limits.requests_per_minute), ("tokens", limits.tokens_per_minute))
            if limit is not None
        }

    def admit(self, tokens: int) -> tuple[str, float] | None:
        """Take a request's share, or say which limit is in its way and for how many seconds."""
        units = {"requests": 1, "tokens": tokens}
        waits = {name: bucket.wait(units[name]) for name, bucket in self._buckets.items()}
        longest = max(waits, key=lambda name: waits[name], default=None)
        if longest is not None and waits[longest] > 0:
            return longest, waits[longest]
        for name, bucket in self._buckets.items():
            bucket.take(units[name])
        return None

    def headers(self) -> dict[str, str]:
        """The x-ratelimit headers."""
        return {key: value for name, bucket in self._buckets.items() for key, value in bucket.headers(name).items()}


def duration(seconds: float) -> str:
    """A time as OpenAI's headers write it: 12ms, 8.64s, 6m0s."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    if seconds < 60:
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes}m{rest}s"
