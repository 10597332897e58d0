"""What a person means by the first characters of an id.

What belongs here: finding the one posting or run that is meant. What does not: showing it.
"""

from __future__ import annotations

from collections.abc import Sequence

from jd_assets.errors import PermanentError
from jd_assets.store import Store

_LOOKED_UP = 4  # enough to name three and to know that there are more


def posting_id(store: Store, prefix: str) -> str:
    """The id of the posting that begins so. Raises PermanentError when there is none, or more than one."""
    found = store.rows.find_postings(prefix, limit=_LOOKED_UP)
    return _only(found, prefix, "posting", "`jd-assets export decisions` lists them.")


def run_id(store: Store, prefix: str) -> str:
    """The id of the run with calls that begins so. Raises PermanentError when there is none, or more than one."""
    found = store.calls.find_runs(prefix, limit=_LOOKED_UP)
    return _only(found, prefix, "run", "`jd-assets calls` shows the newest calls with their runs.")


def _only(found: Sequence[str], prefix: str, what: str, where: str) -> str:
    if not found:
        raise PermanentError(f"No {what}'s id begins with {prefix!r}. {where}")
    if len(found) > 1 and prefix not in found:
        raise PermanentError(f"{prefix!r} is the beginning of several ids ({', '.join(found[:3])}…): give more of it.")
    return prefix if prefix in found else found[0]
