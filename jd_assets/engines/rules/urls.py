"""Web addresses in a posting, as written."""

from __future__ import annotations

import re

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'“”()\[\]{}|\\^`]{3,500}", re.IGNORECASE)
MAX_URLS = 30


def read_urls(text: str) -> tuple[str, ...]:
    """Addresses in order of appearance, each once, without the punctuation of the sentence around them."""
    found: dict[str, None] = {}
    for match in _URL.finditer(text):
        found[match[0].rstrip(".,;:!?*_")] = None
        if len(found) == MAX_URLS:
            break
    return tuple(found)
