"""An answer that fits any strict schema, made of the request's own words.

What belongs here: filling schemas. What does not: knowledge of what the project asks for (tasks).
Strings are verbatim words of the posting, so that quotes are quotes; the rest is drawn from the seed.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

from jd_assets_tests.simulator.strict import resolve

_MOST_ITEMS = 3
_NULL_SHARE = 0.25
_PHRASE = re.compile(r"(?<!\S)\S+(?: \S+){0,4}")


def fill(schema: dict[str, Any], text: str, dice: random.Random, *, full: bool = False) -> Any:
    """A value that fits the schema; its strings are phrases of the text (or "none" where the text is empty).

    `full`: without nulls and empty lists.
    """
    return _Filler(schema, text, dice, full).value(schema)


def phrase(text: str, dice: random.Random) -> str:
    """Up to five words that stand in the text just so."""
    found = _PHRASE.search(text, dice.randrange(len(text))) if text else None
    found = found or _PHRASE.search(text)
    return found.group() if found else "none"


@dataclass(frozen=True, slots=True)
class _Filler:
    root: dict[str, Any]
    text: str
    dice: random.Random
    full: bool

    def value(self, node: dict[str, Any]) -> Any:
        """A value that fits a part of the schema."""
        node = resolve(node, self.root)
        if "const" in node:
            return node["const"]
        if "enum" in node:
            return self.dice.choice(node["enum"])
        if "anyOf" in node:
            return self._one_of(node["anyOf"])
        kind = node.get("type")
        if isinstance(kind, list):
            return self._one_of([{**node, "type": each} for each in kind])
        if kind == "object":
            return {name: self.value(part) for name, part in node["properties"].items()}
        if kind == "array":
            least = node.get("minItems", 1 if self.full else 0)
            most = max(least, min(_MOST_ITEMS, node.get("maxItems", _MOST_ITEMS)))
            return [self.value(node["items"]) for _ in range(self.dice.randint(least, most))]
        if kind == "boolean":
            return self.dice.random() < 0.5
        if kind == "integer":
            return self.dice.randint(*_bounds(node, 10))
        if kind == "number":
            low, high = _bounds(node, 1)
            return round(low + self.dice.random() * (high - low), 3)
        return None if kind == "null" else phrase(self.text, self.dice)

    def _one_of(self, options: list[dict[str, Any]]) -> Any:
        """One of the options that is not null, or now and then null."""
        solid = [option for option in options if option.get("type") != "null"]
        nullable = len(solid) < len(options) and not self.full
        if not solid or (nullable and self.dice.random() < _NULL_SHARE):
            return None
        return self.value(self.dice.choice(solid))


def _bounds(node: dict[str, Any], usual: int) -> tuple[int, int]:
    low = int(node.get("minimum", node.get("exclusiveMinimum", -1) + 1))
    return low, max(low, int(node.get("maximum", low + usual)))
