from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jd_assets.library.checks import problems
from jd_assets.library.merge import Note, merge
from jd_assets.library.model import Guard, SkillAlias, Taxonomy
from jd_assets_tests.library.builders import joined, role, shuffled, skill

LIBRARY = joined(
    skill("python", "Python", "py", dimensions=["languages"]),
    skill("pipelines", "Data Pipelines", dimensions=["data"]),
    role("developer", "Developer", "Coder", dimensions=["languages"], kras=["Write programs"]),
    role("tester", "Tester", "Quality Engineer", dimensions=["data"], kras=["Find faults"]),
    role("checker", "Checker", "Quality Engineer", dimensions=["data"], kras=["Check things"]),
)


def names(taxonomy: Taxonomy) -> dict[str, str]:
    return {row.alias: row.skill for row in taxonomy.skill_aliases}


def titles(taxonomy: Taxonomy) -> set[tuple[str, str]]:
    return {(row.alias, row.role) for row in taxonomy.role_aliases}


def test_a_library_without_imports_is_itself() -> None:
    merged = merge(LIBRARY, {})
    assert (merged.taxonomy, merged.notes) == (LIBRARY, ())


def test_an_imported_skill_named_like_one_of_the_library_is_that_skill() -> None:
    merged = merge(LIBRARY, {"x": skill("x-1", "PYTHON", "snake language", dimensions=["x-coding"])})
    assert [item.slug for item in merged.taxonomy.skills] == ["python", "pipelines"]
    assert names(merged.taxonomy)["snake language"] == "python"
    assert merged.taxonomy.skills[0].dimensions == ("languages", "x-coding")
    assert Note("same skill", "PYTHON", "x-1", "python") in merged.notes


def test_the_library_keeps_a_name_and_the_imported_skill_its_others() -> None:
    merged = merge(LIBRARY, {"x": skill("x-1", "Pythonic style", "py", "idioms")})
    assert names(merged.taxonomy) == {**names(LIBRARY), "Pythonic style": "x-1", "idioms": "x-1"}
    assert merged.notes == (Note("skill alias taken", "py", "x-1", "python"),)


def test_a_plural_of_a_name_of_the_library_is_that_name() -> None:
    merged = merge(LIBRARY, {"x": skill("x-1", "Plumbing", "data pipeline")})
    assert names(merged.taxonomy).get("data pipeline") is None
    assert merged.notes == (Note("skill alias taken", "data pipeline", "x-1", "pipelines"),)


def test_a_guard_counts_only_for_names_that_the_import_brings() -> None:
    imported = joined(skill("x-1", "Bow", "py"))
    guards = (Guard(alias="Bow", rule="context", reason="a word"), Guard(alias="py", rule="phrase", reason="short"))
    merged = merge(LIBRARY, {"x": replace(imported, guards=guards)})
    assert [guard.alias for guard in merged.taxonomy.guards] == ["Bow"]


def test_an_imported_name_that_is_a_makers_is_guarded() -> None:
    library = joined(LIBRARY, skill("forge", "Forge", vendor="Acme"))
    (guard,) = merge(library, {"x": joined(skill("x-1", "anvils", "ACME"))}).taxonomy.guards
    assert (guard.alias, guard.rule, guard.reason) == ("ACME", "phrase", "a maker's name")


def test_an_imported_role_named_like_one_of_the_library_adds_titles_and_nothing_that_it_has() -> None:
    imported = role("x-1", "coder", "Programmer", dimensions=["x-coding"], kras=["Type"])
    merged = merge(LIBRARY, {"x": imported})
    assert titles(merged.taxonomy) == titles(LIBRARY) | {("Programmer", "developer")}
    assert (merged.taxonomy.roles, merged.taxonomy.role_kras) == (LIBRARY.roles, LIBRARY.role_kras)
    assert merged.taxonomy.role_dimensions == LIBRARY.role_dimensions


def test_a_role_of_the_library_takes_over_what_it_lacks() -> None:
    bare = joined(LIBRARY, role("archivist", "Archivist"))
    imported = role("x-1", "Archivist", dimensions=["x-papers"], kras=["Keep papers"])
    merged = merge(bare, {"x": imported}).taxonomy
    assert [row.kra for row in merged.role_kras if row.role == "archivist"] == ["Keep papers"]
    assert [row.dimension for row in merged.role_dimensions if row.role == "archivist"] == ["x-papers"]


def test_a_role_whose_name_is_a_title_of_several_roles_is_told_apart() -> None:
    merged = merge(LIBRARY, {"x": role("x-1", "Quality Engineer", "Q-Engineer")})
    assert {item.slug: item.display_name for item in merged.taxonomy.roles}["x-1"] == "Quality Engineer (x)"
    assert ("Q-Engineer", "x-1") in titles(merged.taxonomy)
    assert ("Quality Engineer", "x-1") not in titles(merged.taxonomy)


def test_an_earlier_import_goes_before_a_later_one() -> None:
    merged = merge(LIBRARY, {"b": skill("b-1", "Forging", "smithing"), "a": skill("a-1", "Smithery", "smithing")})
    assert names(merged.taxonomy)["smithing"] == "a-1"
    assert merged.notes == (Note("skill alias taken", "smithing", "b-1", "a-1"),)


def test_a_short_name_is_not_taken_out_of_its_brackets() -> None:
    ml = skill("machine-learning", "Machine Learning", "ML")
    merged = merge(ml, {"x": skill("x-1", "ML (computer programming)")})
    assert [item.slug for item in merged.taxonomy.skills] == ["machine-learning", "x-1"]


WORDS = st.lists(st.sampled_from("forge smith anvil python py bow idiom pipelines".split()), min_size=1, max_size=2)
IMPORTS = st.lists(st.lists(WORDS.map(" ".join), min_size=1, max_size=4, unique=True), min_size=1, max_size=4)


def imported(skills: list[list[str]]) -> Taxonomy:
    """Skills of which no name stands twice, as importers give them."""
    seen: set[str] = set()
    made = joined(*(skill(f"x-{number}", *own, dimensions=["x-things"]) for number, own in enumerate(skills)))
    rows: list[SkillAlias] = []
    for row in made.skill_aliases:
        if row.alias not in seen:
            rows.append(row)
        seen.add(row.alias)
    return replace(made, skill_aliases=tuple(rows))


@given(IMPORTS, st.integers(0, 9))
def test_merging_takes_no_name_away_loses_none_silently_and_brings_no_contradiction(
    skills: list[list[str]], seed: int
) -> None:
    brought = imported(skills)
    merged = merge(LIBRARY, {"x": brought})
    assert names(LIBRARY).items() <= names(merged.taxonomy).items()
    accounted = {name.lower() for name in (*names(merged.taxonomy), *(note.text for note in merged.notes))}
    assert {row.alias for row in brought.skill_aliases} <= accounted
    assert not [item for item in problems(merged.taxonomy) if item.kind == "dangling"]
    assert merge(merged.taxonomy, {"x": brought}).taxonomy.version == merged.taxonomy.version
    assert merge(LIBRARY, {"x": shuffled(brought, seed)}).taxonomy.version == merged.taxonomy.version
