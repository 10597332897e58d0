from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.model import Taxonomy
from jd_assets.records import ExtractedSkill, ExtractedSkills, SkillMatch, SkillMatches, Span
from jd_assets.stages.base import Upstream
from jd_assets_tests.library.builders import joined, role, shuffled, skill
from jd_assets_tests.stages.asking import answer, ask, posting, stages
from jd_assets_tests.stages.worked_library import LIBRARY

STORES = joined(
    skill(
        "store",
        "distributed data store",
        "DDS",
        dimensions=["stores", "services"],
        category="Software",
        sub_category="Database",
        nature="SYSTEM",
        volatility="MEDIUM",
        lifespan="MULTI_YEAR",
    ),
    skill("kafka", "Kafka", "Apache Kafka", dimensions=["services"]),
    role("keeper", "Store Keeper", dimensions=["stores"]),
    role("server", "Server", dimensions=["services"]),
)


def term(name: str, *, primary: bool = False) -> ExtractedSkill:
    span = Span(field="description", start=0, end=len(name))
    return ExtractedSkill(
        name=name, is_primary=primary, spans=(span,), section="other", origin="pattern", why="for the test"
    )


def matched(*terms: ExtractedSkill, library: Taxonomy = STORES) -> SkillMatches:
    item = Upstream(posting("text"), extracted_skills=ExtractedSkills(final_skills=terms))
    result: SkillMatches = answer(library, "skill_matches", item)
    return result


def one(name: str, library: Taxonomy = STORES) -> SkillMatch:
    (match,) = matched(term(name), library=library).matches
    return match


def test_a_literal_name_is_matched_by_its_alias_with_everything_the_library_knows() -> None:
    assert one("apache-kafka") == SkillMatch(
        term="apache-kafka",
        is_primary=False,
        status="in_library",
        skill="kafka",
        display_name="Kafka",
        matched_via="alias",
        alias="Apache Kafka",
        match_strategy="CASE_INSENSITIVE",
        dimensions=("services",),
        alias_skipped_reason="alias_text already exists for this canonical skill",
    )


def test_a_near_name_is_matched_by_embedding_and_proposes_an_alias() -> None:
    match = one("big distributed data store")
    assert (match.status, match.skill, match.matched_via) == ("in_library", "store", "embedding_alias")
    assert match.proposed_alias == "big distributed data store"
    assert match.alias == "distributed data store"
    assert match.similarity is not None
    assert match.alias_skipped_reason is None
    assert match.new_skill_meta is None


def test_a_name_that_is_near_nothing_is_a_new_skill_to_keep() -> None:
    match = one("flower binding")
    assert (match.status, match.skill, match.matched_via, match.alias, match.proposed_alias) == (
        "new",
        None,
        None,
        None,
        None,
    )
    meta = match.new_skill_meta
    assert meta is not None
    assert (meta.decision, meta.category, meta.skill_nature) == ("keep", "Concept", "CONCEPT")
    assert meta.dimensions == ()
    assert meta.nearest_similarity == match.similarity


def test_a_name_that_is_near_a_skill_but_not_it_takes_over_its_metadata_as_a_merge() -> None:
    norm = skill(
        "iso-9001",
        "ISO 9001 quality audit certificate",
        dimensions=["audits", "quality"],
        category="Standard",
        sub_category="Quality Norm",
        nature="STANDARD",
        volatility="MEDIUM",
        lifespan="MULTI_YEAR",
    )
    meta = one("ISO 27001 quality audit certificate", joined(STORES, norm)).new_skill_meta
    assert meta is not None, "two numbers are never the same thing"
    assert (meta.decision, meta.nearest_skill) == ("merge", "iso-9001")
    assert (meta.category, meta.sub_category, meta.skill_nature) == ("Standard", "Quality Norm", "STANDARD")
    assert (meta.volatility, meta.typical_lifespan) == ("MEDIUM", "MULTI_YEAR")
    assert meta.dimensions == ("audits", "quality")
    assert "ISO 9001" in meta.decision_reason


@pytest.mark.parametrize("name", ["Zig and Nim", "Zig/Nim", "Zig & Nim", "Zig, Nim", "Zig OR Nim"])
def test_a_name_of_several_skills_is_to_be_split(name: str) -> None:
    meta = one(name).new_skill_meta
    assert meta is not None
    assert meta.decision == "split"


@pytest.mark.parametrize(("name", "strategy"), [("Zig 4", "VERSIONED"), ("Zig", "UNVERSIONED")])
def test_a_name_with_a_number_has_versions(name: str, strategy: str) -> None:
    meta = one(name).new_skill_meta
    assert meta is not None
    assert meta.version_strategy == strategy


def test_two_wordings_of_a_skill_are_one_match_primary_if_either_is() -> None:
    (match,) = matched(term("Kafka"), term("Apache Kafka", primary=True)).matches
    assert (match.term, match.is_primary) == ("Kafka", True)
    (new,) = matched(term("Zig"), term("ZIG")).matches
    assert (new.term, new.is_primary) == ("Zig", False)


def test_a_new_skill_is_never_taken_for_a_library_skill_whose_slug_it_looks_like() -> None:
    library = joined(skill("zig", "The Zig language"), skill("kafka", "Kafka"))
    statuses = [match.status for match in matched(term("The Zig language"), term("zig"), library=library).matches]
    assert statuses == ["in_library", "new"]


def test_candidate_roles_are_those_that_share_a_dimension_with_a_matched_skill() -> None:
    assert matched(term("Kafka")).candidate_roles == ("server",)
    assert matched(term("DDS")).candidate_roles == ("keeper", "server")
    assert matched(term("flower binding")).candidate_roles == ()


def test_an_empty_library_makes_every_term_new() -> None:
    match = one("Kafka", Taxonomy())
    assert match.status == "new"
    assert match.new_skill_meta is not None
    assert match.new_skill_meta.nearest_skill is None


TERMS = st.lists(
    st.sampled_from(["Kafka", "Apache Kafka", "DDS", "distributed data store", "graph store", "Zig", "zig", "R/C"]),
    max_size=8,
    unique=True,
)


@settings(max_examples=40, deadline=None)
@given(TERMS, st.integers())
def test_one_status_per_skill_and_the_order_of_the_librarys_rows_never_matters(names: list[str], seed: int) -> None:
    found = matched(*(term(name) for name in names))
    skills = [match.skill for match in found.matches if match.skill]
    assert len(skills) == len(set(skills))
    assert {match.term for match in found.matches} <= set(names)
    for match in found.matches:
        assert (match.status == "new") == (match.skill is None) == (match.new_skill_meta is not None)
    assert matched(*(term(name) for name in names), library=shuffled(STORES, seed)) == found


@settings(max_examples=15, deadline=None)
@given(TERMS)
def test_a_batch_answers_as_its_postings_do_alone(names: list[str]) -> None:
    items = [Upstream(posting("text"), extracted_skills=ExtractedSkills(final_skills=(term(name),))) for name in names]
    stage: Any = stages(STORES)["skill_matches"]
    assert list(stage.gather(items)) == [stages(shuffled(STORES, 1))["skill_matches"].gather([i])[0] for i in items]


def test_what_was_extracted_from_a_posting_is_matched_to_the_very_skill_that_was_found() -> None:
    item = ask(LIBRARY, "Requirements\n• C++, Go, Node.js and REST APIs in the daily work", "Java Developer")
    found = {match.term: match.skill for match in item.skill_matches.matches}
    wanted = {"C++": "cpp", "Go": "go", "Node.js": "node", "REST APIs": "rest", "Java": "java"}
    assert wanted.items() <= found.items()
