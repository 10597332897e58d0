from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from jd_assets.library.model import TABLES, Skill, SkillAlias, Taxonomy
from jd_assets_tests.library.builders import joined, role, shuffled, skill, with_tables
from jd_assets_tests.small_world import small_library

LIBRARY = small_library()


@settings(deadline=None)
@given(st.integers())
def test_two_equal_libraries_have_equal_versions_whatever_the_order_of_their_rows(seed: int) -> None:
    other = shuffled(LIBRARY, seed)
    assert other.version == LIBRARY.version
    assert other.part_versions == LIBRARY.part_versions


@pytest.mark.parametrize("part", TABLES)
def test_a_change_in_one_table_changes_that_version_and_the_whole(part: str) -> None:
    changed = with_tables(LIBRARY, {part: LIBRARY.entries(part)[1:]})
    differing = {name for name in TABLES if changed.part_versions[name] != LIBRARY.part_versions[name]}
    assert differing == {part}
    assert changed.version != LIBRARY.version


@pytest.mark.parametrize("part", TABLES)
def test_a_version_of_some_tables_changes_with_these_alone(part: str) -> None:
    changed = with_tables(LIBRARY, {part: LIBRARY.entries(part)[1:]})
    others = [name for name in TABLES if name != part]
    assert changed.version_of(others) == LIBRARY.version_of(others)
    assert changed.version_of([part]) != LIBRARY.version_of([part])


def test_a_row_more_is_another_version_even_when_it_is_there_already() -> None:
    assert replace(LIBRARY, roles=(*LIBRARY.roles, LIBRARY.roles[0])).version != LIBRARY.version


def test_every_table_of_the_library_is_listed_and_walked_through() -> None:
    assert set(TABLES) == {field.name for field in fields(Taxonomy)}
    walked = list(LIBRARY.all_entries())
    assert len(walked) == sum(len(LIBRARY.entries(name)) for name in TABLES)
    assert all(isinstance(entry, TABLES[name]) for name, entry in walked)


def test_a_key_names_an_entry_within_its_table() -> None:
    library = joined(skill("go", "Go", "Golang"), role("dev", "Developer", dimensions=["things"], baseline={}))
    assert [row.key for row in library.skill_aliases] == ["Go|go", "Golang|go"]
    assert [row.key for row in library.role_dimensions] == ["dev|things"]
    assert [row.key for row in library.role_baselines] == ["dev"]


def test_white_space_around_a_field_does_not_count() -> None:
    row = SkillAlias(alias=" Go ", skill="go", type="SYNONYM", strategy="CASE_INSENSITIVE")
    assert row == SkillAlias(alias="Go", skill="go", type="SYNONYM", strategy="CASE_INSENSITIVE")


@pytest.mark.parametrize("change", [{"strategy": "FUZZY"}, {"type": "NICKNAME"}, {"weight": "3"}])
def test_unknown_words_and_fields_are_refused(change: dict[str, str]) -> None:
    row = {"alias": "Go", "skill": "go", "type": "SYNONYM", "strategy": "CASE_INSENSITIVE"}
    with pytest.raises(ValidationError):
        SkillAlias.model_validate({**row, **change})


def test_entries_are_values_that_nobody_can_change() -> None:
    (row,) = skill("go", "Go").skills
    with pytest.raises(ValidationError):
        row.slug = "golang"
    assert row == Skill.model_validate_json(row.model_dump_json())
