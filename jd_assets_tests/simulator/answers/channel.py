"""What a request shows: the blocks of data in its messages.

What belongs here: finding them. What does not: what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

_BEGIN = re.compile(r"^<(\w+)>\n", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """The data blocks by name: JSON as what it means, anything else as text. `asked` is all of it as it stands."""

    asked: str

    @classmethod
    def by(cls, messages: Iterable[Mapping[str, Any]]) -> Shown:
        """What the user's messages show before the first answer; what is said later repeats nothing and adds none."""
        asked = []
        for message in messages:
            if message["role"] == "assistant":
                break
            if message["role"] == "user":
                asked.append(str(message["content"]))
        return cls("\n".join(asked))

    @cached_property
    def blocks(self) -> dict[str, Any]:
        """All blocks."""
        found = {}
        for begin in _BEGIN.finditer(self.asked):
            end = self.asked.find(f"\n</{begin.group(1)}>", begin.end())
            if end >= 0:
                found[begin.group(1)] = _meaning(self.asked[begin.end() : end])
        return found

    @cached_property
    def title(self) -> str:
        """The posting's title."""
        return self._of_posting("title")

    @cached_property
    def company(self) -> str:
        """The posting's company, as its board has it."""
        return self._of_posting("company")

    @cached_property
    def description(self) -> str:
        """The posting's text; of a posting that is no JSON, all of it; without a posting, all that was asked."""
        posting = self.blocks.get("posting")
        return self._of_posting("description") if isinstance(posting, dict) else str(posting or self.asked)

    def offered(self, name: str) -> Sequence[Any]:
        """The list in a block."""
        found = self.blocks.get(name)
        return found if isinstance(found, list) else ()

    def choices(self, name: str) -> Sequence[str]:
        """What the block `choices` offers under a name."""
        found: Sequence[str] = self.blocks.get("choices", {}).get(name, ())
        return found

    def _of_posting(self, field: str) -> str:
        posting = self.blocks.get("posting")
        return str(posting.get(field, "")) if isinstance(posting, dict) else ""


def _meaning(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
