from __future__ import annotations

from jd_assets.library.diff import diff
from jd_assets.library.model import TABLES
from jd_assets_tests.library.builders import joined, shuffled, skill

OLD = joined(skill("go", "Go"), skill("rust", "Rust"))


def test_equal_libraries_differ_nowhere_whatever_the_order_of_rows() -> None:
    changes = diff(OLD, shuffled(OLD, 1))
    assert [change.table for change in changes] == list(TABLES)
    assert not any(changes)


def test_what_came_changed_and_went_is_named() -> None:
    new = joined(skill("go", "Go", dimensions=["languages"]), skill("zig", "Zig"))
    changes = {change.table: change for change in diff(OLD, new)}
    assert (changes["skills"].added, changes["skills"].changed, changes["skills"].removed) == (
        ("zig",),
        ("go",),
        ("rust",),
    )
    assert changes["skill_aliases"].removed == ("Rust|rust",)
