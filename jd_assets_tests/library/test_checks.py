from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.checks import problems
from jd_assets.library.model import TABLES, Guard, Taxonomy
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets_tests.library.builders import dimension, joined, role, shuffled, skill, with_tables

SOUND = joined(
    skill("go", "Go", guard="context"),
    skill("rust", "Rust"),
    role("developer", "Developer", dimensions=["things"], kras=["Write programs"], baseline={}),
    role("florist", "Florist", domain=OUTSIDE_TECHNOLOGY, kras=["Bind flowers"]),
)


def told(*parts: Taxonomy) -> list[str]:
    return [str(problem) for problem in problems(joined(SOUND, *parts))]


def test_a_coherent_library_has_no_problems() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("table", "without", "problem"),
    [
        ("dimensions", "things", "dangling: skill go: no dimension things"),
        ("dimensions", "things", "dangling: role developer: no dimension things"),
        ("skills", "go", "dangling: alias Go: no skill go"),
        ("skill_aliases", "Go|go", "dangling: guard Go: no such alias"),
        ("roles", "developer", "dangling: alias Developer: no role developer"),
        ("roles", "developer", "dangling: KRA Write programs: no role developer"),
        ("roles", "developer", "dangling: baseline developer: no role developer"),
        ("roles", "developer", "dangling: link developer-things: no role developer"),
    ],
)
def test_what_points_nowhere_is_named(table: str, without: str, problem: str) -> None:
    kept = tuple(row for row in SOUND.entries(table) if row.key != without)
    assert problem in [str(found) for found in problems(with_tables(SOUND, {table: kept}))]


def test_a_parent_that_is_no_role_is_named() -> None:
    part = role("lead", "Lead", parent="captain", dimensions=["things"], kras=["Lead others"])
    assert told(part) == ["dangling: role lead: no role captain"]


def test_one_spelling_for_two_skills_is_named() -> None:
    assert told(skill("golang", "GO")) == ["doubled: alias go: names go, golang"]


def test_one_title_for_two_roles_is_no_problem_as_each_posting_decides() -> None:
    assert told(role("coder", "Developer", dimensions=["things"], kras=["Write code"])) == []


def test_two_guards_of_one_word_are_named() -> None:
    assert told(Taxonomy(guards=(Guard(alias="GO", rule="case", reason="game"),))) == [
        "doubled: guard go: stands there 2 times, in whatever case"
    ]


def test_what_belongs_to_nothing_is_named() -> None:
    assert told(skill("zig", "Zig", dimensions=[])) == ["orphan: skill zig: in no dimension"]
    assert told(Taxonomy(dimensions=(dimension("lonely"),))) == [
        "orphan: dimension lonely: 0 skills",
        "orphan: dimension lonely: in no role",
    ]
    assert told(role("ghost", "Ghost")) == [
        "orphan: role ghost: without aliases or KRAs",
        "orphan: role ghost: without dimensions",
    ]


def test_a_role_outside_technology_needs_no_dimensions() -> None:
    assert not any("florist" in problem for problem in told())


@pytest.mark.parametrize("slug", ["skill-12", "d_init_01", "s-1", "new7"])
def test_a_slug_that_says_nothing_is_named(slug: str) -> None:
    assert told(skill(slug, "Zig")) == [f"generic slug: skill {slug}: says nothing about what it is"]


@pytest.mark.parametrize("slug", ["s3", "d3", "r", "web3", "log4j-2"])
def test_a_real_name_with_a_number_is_no_generic_slug(slug: str) -> None:
    assert told(skill(slug, "Zig")) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(), st.sampled_from(sorted(TABLES)))
def test_the_order_of_rows_never_matters(seed: int, emptied: str) -> None:
    library = with_tables(SOUND, {emptied: ()})
    assert {str(found) for found in problems(library)} == {str(found) for found in problems(shuffled(library, seed))}
