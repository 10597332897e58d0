"""What changed between two libraries, entry by entry.

What belongs here: comparing content. What does not: where the libraries come from, and how a difference is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from jd_assets.library.model import TABLES, Taxonomy


@dataclass(frozen=True, slots=True)
class TableDiff:
    """The keys of one table's entries that came, changed and went; sorted."""

    table: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def diff(old: Taxonomy, new: Taxonomy) -> list[TableDiff]:
    """The difference of each table, in the tables' order; unchanged tables are listed too, as empty ones."""
    return [_table(part, old, new) for part in TABLES]


def _table(part: str, old: Taxonomy, new: Taxonomy) -> TableDiff:
    before = {entry.key: entry for entry in old.entries(part)}
    after = {entry.key: entry for entry in new.entries(part)}
    return TableDiff(
        part,
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(key for key in before.keys() & after.keys() if before[key] != after[key])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )
