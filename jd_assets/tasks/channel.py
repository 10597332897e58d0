"""The data channel: how what others wrote is set apart from what we ask.

Every piece of data is one block: a line `<name>`, one line of JSON, a line `</name>`. Inside, line breaks, quotes and
`<` are escaped, so that no text can end its block; and nothing is in it that a person would not see.
"""

from __future__ import annotations

import json
import re
from typing import Any

from jd_assets.dumps.clean import INVISIBLE
from jd_assets.records import Posting

_INVISIBLE = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in INVISIBLE) + "]")
MAX_TITLE = 300
MAX_DESCRIPTION = 20_000  # characters; what postings say of the job stands before


def block(name: str, data: Any) -> str:
    """Data as one block named `name`."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"<{name}>\n{text}\n</{name}>"


def posting_block(posting: Posting) -> str:
    """The block `posting`: title, company and description as a reader sees them."""
    return block(
        "posting",
        {
            "title": visible(posting.title)[:MAX_TITLE],
            "company": visible(posting.company or "")[:MAX_TITLE],
            "description": visible(posting.description)[:MAX_DESCRIPTION],
        },
    )


def visible(text: str) -> str:
    """The text without characters that show nothing."""
    return _INVISIBLE.sub("", text)
