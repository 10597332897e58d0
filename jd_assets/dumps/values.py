"""Values inside raw records: nested columns by dotted names, and their texts.

What belongs here: reaching into records. What does not: which columns matter (`boards`), cleaning (`clean`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jd_assets.dumps.clean import is_missing, literal
from jd_assets.dumps.raw import NotARecord, Value, plain

NESTED_LEVELS = 4  # jobLocation.address.addressLocality.name
NAMING = (
    "name",
    "display_name",
    "displayName",
    "label",
    "title",
    "value",
    "text",
)  # the member that stands for an object


def column_names(fields: Mapping[str, Value]) -> Iterator[str]:
    """The names of all leaf columns; those in nested objects, also where a cell holds them as a literal, with dots."""
    for name, value in fields.items():
        yield from _names(name, value, NESTED_LEVELS)


def _names(name: str, value: Value, levels: int) -> Iterator[str]:
    inner: Value | None = _object(value)
    if isinstance(inner, list):
        inner = next((item for item in inner if isinstance(item, dict)), None)
    if not isinstance(inner, dict) or not levels:
        yield name
        return
    for member, item in inner.items():
        yield from _names(f"{name}.{member}", item, levels - 1)


def at(fields: Mapping[str, Value], name: str) -> Value | None:
    """The value of a column, None where the record has none. In a list of objects, each one's value."""
    if name in fields:
        return fields[name]
    outer, dot, inner = name.partition(".")
    while dot:
        if outer in fields:
            return _inside(fields[outer], inner)
        more, dot, inner = inner.partition(".")
        outer = f"{outer}.{more}"
    return None


def _inside(value: Value, name: str) -> Value | None:
    inner = _object(value)
    if isinstance(inner, dict):
        return at(inner, name)
    if isinstance(inner, list):
        return [found for item in inner if isinstance(item, dict) and (found := at(item, name)) is not None]
    return None


def _object(value: Value) -> Value:
    """A cell's literal object as an object, anything else as it is."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return plain(literal(value)) or value
    except NotARecord:
        return value


def texts(value: Value | None) -> list[str]:
    """The texts in a value, without those that say that there is none."""
    if value is None:
        return []
    if isinstance(value, str):
        return [] if is_missing(value) else [value]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    naming = next((value[name] for name in NAMING if name in value), None)
    return texts(naming) if naming is not None else [text for item in value.values() for text in texts(item)]
