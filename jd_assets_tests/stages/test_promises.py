"""What holds for every stage: judging is pure and never sees the library; facts come from the declared tables."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.hashing import digest
from jd_assets.library.model import TABLES, Dimension, Guard, Kra, RoleAlias, SkillAlias, Taxonomy
from jd_assets.records import Posting
from jd_assets.stages.base import Upstream
from jd_assets.stages.registry import STAGES
from jd_assets_tests.library.builders import joined, role, shuffled, skill, with_tables
from jd_assets_tests.stages.asking import ask, posting, stages
from jd_assets_tests.stages.worked_library import LIBRARY, SERVICE_DUTIES, text

NAMES = [stage.name for stage in STAGES]
LINES = [
    "Responsibilities",
    "Requirements",
    "About us",
    *(f"• {duty}" for duty in SERVICE_DUTIES),
    "• Write and tune Java programs on the virtual machine",
    "• 3+ years with Java, Go, Kafka and Spring Boot; Terraform is a plus",
    "• Tableau, Looker or Qlik, REST APIs, C++ and AWS",
    "• Kafka, Postgrez, Redis",
    "We are an AI team that builds LLM agents.",
]
TITLES = ["Backend Developer", "Software Engineer", "Senior Data Analyst", "Florist", "Blimp Pilot", ""]
POSTINGS = st.builds(
    posting, st.lists(st.sampled_from(LINES), min_size=3, max_size=8).map("\n".join), st.sampled_from(TITLES)
)


@lru_cache(maxsize=256)
def read(item: Posting) -> Upstream:
    return ask(LIBRARY, item.description, item.title)


# Another library in every table: what a stage does not read may say anything.
OTHER = replace(
    joined(
        skill("other", "Kafka", "Java", "Postgres", "Backend", dimensions=["others"], guard="case"),
        role("backend", "Florist", "Backend Developer", dimensions=["others"], kras=["Bind flowers"], baseline={}),
    ),
    dimensions=tuple(row.model_copy(update={"display_name": "Other", "stack": "other"}) for row in LIBRARY.dimensions),
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(item=POSTINGS)
def test_judging_is_pure_deterministic_and_never_sees_the_library(name: str, item: Posting) -> None:
    upstream = read(item)
    facts = stages(LIBRARY)[name].gather([upstream])[0]
    record = stages(LIBRARY)[name].judge(upstream, facts)
    assert stages(LIBRARY)[name].judge(upstream, facts) == record
    assert stages(Taxonomy())[name].judge(upstream, facts) == record


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(item=POSTINGS)
def test_facts_come_from_the_declared_tables_alone(name: str, item: Posting) -> None:
    upstream = read(item)
    stage = stages(LIBRARY)[name]
    undeclared = [table for table in TABLES if table not in stage.library_parts]
    elsewhere = with_tables(LIBRARY, {table: OTHER.entries(table) for table in undeclared})
    assert digest(stages(elsewhere)[name].gather([upstream])) == digest(stage.gather([upstream]))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10, deadline=None)
@given(item=POSTINGS, seed=st.integers(0, 1))
def test_the_order_of_the_librarys_rows_never_matters_to_facts(name: str, item: Posting, seed: int) -> None:
    upstream = read(item)
    same = stages(shuffled(LIBRARY, seed))[name].gather([upstream])
    assert digest(same) == digest(stages(LIBRARY)[name].gather([upstream]))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10, deadline=None)
@given(items=st.lists(POSTINGS, min_size=1, max_size=4))
def test_a_batch_gets_the_facts_that_its_postings_get_alone(name: str, items: list[Posting]) -> None:
    upstream = [read(item) for item in items]
    stage = stages(LIBRARY)[name]
    assert digest(list(stage.gather(upstream))) == digest([stage.gather([one])[0] for one in upstream])


ELSEWHERE = replace(
    LIBRARY,
    skill_aliases=(
        *LIBRARY.skill_aliases,
        SkillAlias(alias="Zzyzx", skill="kafka", type="SYNONYM", strategy="CASE_INSENSITIVE"),
    ),
    guards=(*LIBRARY.guards, Guard(alias="Zzyzx", rule="case", reason="a place")),
    dimensions=(
        *LIBRARY.dimensions,
        Dimension(slug="places", display_name="Places", rationale="", difficulty_hint="well_known"),
    ),
    role_aliases=(*LIBRARY.role_aliases, RoleAlias(alias="Zzyzx", role="florist")),
    role_kras=(*LIBRARY.role_kras, Kra(role="florist", kra="Zzyzx")),
)


@pytest.mark.parametrize("name", ["nano_parse", "extracted_skills", "skill_matches", "role_decisions", "library_links"])
@settings(max_examples=10, deadline=None)
@given(item=POSTINGS)
def test_facts_do_not_change_with_entries_that_the_posting_does_not_touch(name: str, item: Posting) -> None:
    upstream = read(item)
    assert digest(stages(ELSEWHERE)[name].gather([upstream])) == digest(stages(LIBRARY)[name].gather([upstream]))


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_reads_only_stages_before_it(name: str) -> None:
    before = {"postings", *NAMES[: NAMES.index(name)]}
    assert set(stages(LIBRARY)[name].reads) <= before


@pytest.mark.parametrize("name", NAMES)
def test_a_record_is_read_back_from_its_json(name: str) -> None:
    upstream = ask(LIBRARY, text(SERVICE_DUTIES, ["Kafka", "Java", "Terraform"]), "Software Engineer")
    stage = stages(LIBRARY)[name]
    record = stage.judge(upstream, stage.gather([upstream])[0])
    assert type(record) is stage.output
    assert stage.output.model_validate_json(record.model_dump_json()) == record


def test_stages_have_code_versions_of_their_own_that_do_not_depend_on_the_library() -> None:
    versions = {name: stage.code_version for name, stage in stages(LIBRARY).items()}
    assert len(set(versions.values())) == len(NAMES)
    assert versions == {name: stage.code_version for name, stage in stages(Taxonomy()).items()}
