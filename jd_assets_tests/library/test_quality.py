from __future__ import annotations

from dataclasses import replace

import pytest

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.library.model import Dimension, Taxonomy
from jd_assets.library.quality import (
    MIN_SKILLS_PER_ROLE,
    cross_stack_links,
    library_problems,
    near_duplicates,
    thin_roles,
    unguarded_words,
)
from jd_assets_tests.library.builders import joined, role, skill


def stack(slug: str, name: str, rationale: str = "") -> Taxonomy:
    """A dimension of that stack."""
    row = Dimension(
        slug=f"{slug}-work", display_name=f"{name} Work", rationale=rationale, difficulty_hint="niche", stack=slug
    )
    return Taxonomy(dimensions=(row,))


def world(*parts: Taxonomy) -> Taxonomy:
    """The parts beside the stacks React, JavaScript and Rust; their rows of dimensions win."""
    base = joined(
        stack("react", "React"),
        stack("javascript", "JavaScript"),
        stack("rust", "Rust"),
        skill("react", "React", "ReactJS", dimensions=["react-work"]),
        skill("javascript", "JavaScript", "JS", dimensions=["javascript-work"]),
    )
    whole = joined(base, *parts)
    own = {row.slug: row for part in parts for row in part.dimensions if row.stack}
    rows = {row.slug: row for row in whole.dimensions if row.stack} | own
    plain = {row.slug: row for row in whole.dimensions if row.slug not in rows}
    return replace(whole, dimensions=tuple({**plain, **rows}.values()))


# --- stacks ---------------------------------------------------------------------------------------------------------


def test_stacks_in_their_own_dimensions_are_in_order() -> None:
    assert list(cross_stack_links(world())) == []


def test_a_skill_of_one_stack_in_a_dimension_of_another_is_named() -> None:
    told = [str(item) for item in cross_stack_links(world(skill("rust", "Rust", dimensions=["react-work"])))]
    assert told == ["cross-stack: skill rust: rust in react-work, which is react"]


@pytest.mark.parametrize("slug", ["unit-testing", "distributed-systems"])
def test_a_general_skill_under_one_framework_is_named(slug: str) -> None:
    general = skill(slug, slug.replace("-", " "), dimensions=["react-work"], nature="CONCEPT")
    told = [str(item) for item in cross_stack_links(world(general))]
    assert told == [f"cross-stack: skill {slug}: general, but in react-work, which is react only"]


def test_a_concept_of_the_framework_may_stand_there() -> None:
    hooks = skill("hooks", "Hooks", dimensions=["react-work"], nature="CONCEPT", tags=["React"])
    assert list(cross_stack_links(world(hooks))) == []


def test_what_one_stack_is_built_on_may_stand_beside_it() -> None:
    assert list(cross_stack_links(world(skill("jsdom", "JS DOM", dimensions=["react-work"])))) == []


def test_a_role_of_one_stack_in_a_dimension_of_another_is_named() -> None:
    told = list(cross_stack_links(world(role("rust-developer", "Rust Developer", dimensions=["react-work"]))))
    assert [item.entry for item in told] == ["role rust-developer"]


def test_a_rationale_that_speaks_of_another_stack_is_named() -> None:
    wrong = Dimension(
        slug="rust-work", display_name="Systems", rationale="Screens in ReactJS.", difficulty_hint="niche", stack="rust"
    )
    told = [str(item) for item in cross_stack_links(world(Taxonomy(dimensions=(wrong,))))]
    assert told == ["cross-stack: dimension rust-work: react in its rationale, which is rust"]


# --- roles ----------------------------------------------------------------------------------------------------------


def test_a_role_whose_dimensions_hold_few_skills_is_named() -> None:
    full = [skill(f"tool-{letter}", f"Tool {letter}") for letter in "abcdefghijkl"[:MIN_SKILLS_PER_ROLE]]
    assert list(thin_roles(joined(*full, role("smith", "Smith", dimensions=["things"])))) == []
    told = [str(item) for item in thin_roles(joined(*full[1:], role("smith", "Smith", dimensions=["things"])))]
    assert told == ["thin role: role smith: its dimensions hold 9 skills"]


# --- words ----------------------------------------------------------------------------------------------------------


def test_a_product_named_by_a_common_word_needs_a_guard() -> None:
    told = [str(item) for item in unguarded_words(skill("spring", "Spring"))]
    assert told == ["unguarded word: alias Spring: names spring; a common English word"]
    assert list(unguarded_words(skill("spring", "Spring", guard="context"))) == []


def test_a_word_that_means_just_the_skill_needs_none() -> None:
    assert list(unguarded_words(skill("testing", "testing", nature="METHODOLOGY"))) == []


def test_a_word_in_a_case_that_no_sentence_has_needs_none() -> None:
    assert list(unguarded_words(skill("less", "LESS", strategy="EXACT_CASE"))) == []
    assert len(list(unguarded_words(skill("less", "Less", strategy="EXACT_CASE")))) == 1


# --- the library in use ----------------------------------------------------------------------------------------------


def test_of_imports_only_contradictions_are_told(embedder: MiniLMEmbedder) -> None:
    full = [skill(f"tool-{letter}", f"Tool {letter}") for letter in "abcdefghijkl"]
    folder = joined(*full, role("smith", "Smith", dimensions=["things"], kras=["Forge things"]))
    lonely = skill("x-spring", "Spring", dimensions=["x-seasons"])
    assert library_problems(folder, {"x": lonely}, embedder) == []
    dangling = replace(lonely, dimensions=())
    told = [str(item) for item in library_problems(folder, {"x": dangling}, embedder)]
    assert told == ["dangling: skill x-spring: no dimension x-seasons"]


# --- near duplicates ------------------------------------------------------------------------------------------------


def pairs(embedder: MiniLMEmbedder, *names: str, nature: str = "CONCEPT") -> int:
    skills = [skill(f"skill-{name}", name, nature=nature) for name in names]
    return len(list(near_duplicates(joined(*skills), embedder)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Multithreading", "Multi-threading"),
        ("Cost Optimisation of Clouds", "Cost Optimization of Clouds"),
        ("RESTful Web Services", "REST Web Services"),
    ],
)
def test_two_names_of_one_thing_are_a_pair(embedder: MiniLMEmbedder, first: str, second: str) -> None:
    assert pairs(embedder, first, second) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("User Acceptance Testing", "Site Acceptance Testing"),
        ("Terraform", "Terraform Cloud"),
        ("ISO 9001 Audits", "ISO 27001 Audits"),
        ("BuildKit", "Buildkite"),
        ("C++", "C"),
        ("C-CDA", "CCDA"),
    ],
)
def test_two_things_of_one_family_are_none(embedder: MiniLMEmbedder, first: str, second: str) -> None:
    assert pairs(embedder, first, second) == 0
