"""Which schemas a strict endpoint takes.

What belongs here: the published rules of OpenAI's structured outputs. What does not: checking answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MAX_PROPERTIES = 5_000
MAX_DEPTH = 10
MAX_ENUM_VALUES = 1_000
MAX_NAME_CHARS = 120_000  # of all names and enum values together
_FORBIDDEN = frozenset(
    "allOf default dependentRequired dependentSchemas else if not oneOf patternProperties prefixItems then".split()
) | {"$ref beside other keywords"}


def problems(schema: dict[str, Any]) -> list[str]:
    """What a strict endpoint would refuse the schema for; empty: nothing."""
    if schema.get("type") != "object" or "anyOf" in schema:
        return ["the root must be an object, and no anyOf"]
    found: list[str] = []
    properties = values = chars = 0
    for path, node in _nodes(schema, schema, ()):
        where = "/".join(path) or "root"
        found += [f"{where}: {word!r} is not permitted" for word in sorted(_FORBIDDEN & set(node))]
        if len([step for step in path if step != "items"]) > MAX_DEPTH:
            return [*found, f"{where}: more than {MAX_DEPTH} levels"]
        if "enum" in node:
            values += len(node["enum"])
            chars += sum(len(str(value)) for value in node["enum"])
        if "properties" in node or node.get("type") == "object":
            names = node.get("properties", {})
            properties += len(names)
            chars += sum(map(len, names))
            if node.get("additionalProperties") is not False:
                found.append(f"{where}: 'additionalProperties' is required to be supplied and to be false")
            found += [f"{where}: 'required' lacks {name!r}" for name in names if name not in node.get("required", ())]
    if properties > MAX_PROPERTIES:
        found.append(f"{properties} properties; the most is {MAX_PROPERTIES}")
    if values > MAX_ENUM_VALUES:
        found.append(f"{values} enum values; the most is {MAX_ENUM_VALUES}")
    if chars > MAX_NAME_CHARS:
        found.append(f"{chars} characters of names and enum values; the most is {MAX_NAME_CHARS}")
    return found


def resolve(node: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """The node that a local reference means, or the node itself."""
    while "$ref" in node:
        target: Any = root
        for step in node["$ref"].removeprefix("#").strip("/").split("/"):
            target = target[step] if step else target
        node = target
    return node


def _nodes(
    node: dict[str, Any], root: dict[str, Any], path: tuple[str, ...], inside: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Each part of a schema with its path; a recursive reference is followed once."""
    reference = node.get("$ref")
    if reference is not None:
        if len(node) > 1:
            yield path, {"$ref beside other keywords": True}
        if reference in inside:
            return
        inside = (*inside, reference)
        node = resolve(node, root)
    yield path, node
    for name, part in node.get("properties", {}).items():
        yield from _nodes(part, root, (*path, name), inside)
    if isinstance(node.get("items"), dict):
        yield from _nodes(node["items"], root, (*path, "items"), inside)
    for part in node.get("anyOf", ()):
        yield from _nodes(part, root, path, inside)
