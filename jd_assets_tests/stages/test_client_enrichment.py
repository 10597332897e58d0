from __future__ import annotations

import csv
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.model import Taxonomy
from jd_assets.records import (
    AiIndex,
    ClientEnrichment,
    KraMatch,
    NanoParse,
    RoleDecision,
    RoleSignal,
    RoleSignals,
    Section,
    SectionKind,
    SkillMatch,
    SkillMatches,
)
from jd_assets.settings import Settings
from jd_assets.stages.base import Upstream
from jd_assets.stages.client_enrichment import AI_DIMENSIONS, AI_WEIGHTS, MATURITY, SPARSE_BELOW, UNALIGNED
from jd_assets_tests.library.builders import joined, role, shuffled
from jd_assets_tests.stages.asking import answer, ask, posting
from jd_assets_tests.stages.worked_library import LIBRARY as WORKED
from jd_assets_tests.stages.worked_library import SERVICE_DUTIES, text

FLAGS = {
    "ai_title_match": "title_match",
    "ai_skill": "has_ai_skill",
    "ai_primary": "ai_skill_primary",
    "ai_secondary": "ai_skill_secondary",
    "ai_team": "on_ai_team",
    "builds_ai": "builds_ai_products",
}
LIBRARY = joined(
    role(
        "coder",
        "Coder",
        dimensions={"containers": "core", "java-ecosystem": "common"},
        kras=["Write programs", "Amend programs"],
        baseline={"nature_of_work": "Programming", "ai_skill": True, "ai_secondary": True},
    ),
    role("tester", "Tester", dimensions=["tests"], baseline={"nature_of_work": "Testing"}),
    role("bare", "Bare", dimensions=["containers"]),
)


def match(name: str, *dimensions: str, primary: bool = False) -> SkillMatch:
    return SkillMatch(
        term=name, is_primary=primary, status="in_library", skill=name, display_name=name, dimensions=dimensions
    )


def enriched(
    *matches: SkillMatch,
    chosen: str | None = "coder",
    title: str = "Coder",
    description: str = "Some words.",
    section: SectionKind = "responsibilities",
    duties: tuple[str, ...] = (),
    signals: RoleSignals | None = None,
    library: Taxonomy = LIBRARY,
) -> ClientEnrichment:
    item = Upstream(
        posting(description, title),
        nano_parse=NanoParse(
            JD_type="pass",
            role=title,
            duties=duties,
            sections=(Section(kind=section, heading=None, start=0, end=len(description)),),
        ),
        skill_matches=SkillMatches(matches=matches),
        role_signals=signals or RoleSignals(),
        role_decisions=RoleDecision(case="UNIQUE_ALIAS", role=chosen, specific_role=chosen),
    )
    found: ClientEnrichment = answer(library, "client_enrichment", item)
    return found


def ai(*matches: SkillMatch, **fields: Any) -> AiIndex:
    index = enriched(*matches, **fields).ai_index
    assert index is not None
    return index


def duty_signal(slug: str, sentence: str) -> RoleSignals:
    found = KraMatch(sentence=sentence, kra="Write programs", similarity=0.8)
    return RoleSignals(kra_match_roles=(RoleSignal(role=slug, display_name=slug, score=0.8, kra_matches=(found,)),))


THREE = (match("Docker", "containers"), match("Helm", "containers"), match("Java", "java-ecosystem"))


def test_a_posting_without_a_role_is_not_enriched() -> None:
    assert enriched(*THREE, chosen=None) == ClientEnrichment()


# --- nature of work and maturity ------------------------------------------------------------------------------------


def test_the_nature_of_work_is_that_of_the_role_nearest_by_duties_with_a_quote() -> None:
    nature = enriched(signals=duty_signal("tester", "Test them all")).nature_of_work
    assert nature is not None
    assert (nature.label, nature.quote, nature.source) == ("Testing", "Test them all", "jd")


def test_without_duties_it_is_that_of_the_roles_baseline() -> None:
    nature = enriched().nature_of_work
    assert nature is not None
    assert (nature.label, nature.quote, nature.source) == ("Programming", None, "role_baseline")


def test_the_maturity_is_the_one_most_skills_speak_for() -> None:
    maturity = enriched(*THREE).tech_stack_maturity
    assert maturity is not None
    assert (maturity.label, maturity.source) == ("Modern Cloud Native", "jd")
    assert maturity.reasoning == "2 of 3 skills speak for it: Docker, Helm."


def test_a_sparse_posting_takes_the_roles_maturity() -> None:
    found = enriched(*THREE[: SPARSE_BELOW - 1])
    assert found.sparse
    assert found.tech_stack_maturity is not None
    assert (found.tech_stack_maturity.label, found.tech_stack_maturity.source) == ("Mature Enterprise", "role_baseline")


def test_skills_that_say_nothing_of_maturity_leave_it_to_the_role() -> None:
    found = enriched(*(match(name, "other") for name in "abc")).tech_stack_maturity
    assert found is not None
    assert found.source == "role_baseline"


def test_a_role_without_a_baseline_leaves_open_what_the_posting_does_not_say() -> None:
    found = enriched(chosen="bare")
    assert (found.nature_of_work, found.tech_stack_maturity, found.kra_description) == (None, None, None)
    assert found.ai_index is not None
    assert found.ai_index.source == "jd"


def test_every_dimension_of_the_word_lists_is_one_of_the_projects_library() -> None:
    with (Settings.load({}).taxonomy_dir / "dimensions.csv").open(newline="", encoding="utf-8") as file:
        known = {row["slug"] for row in csv.DictReader(file)}
    assert frozenset(AI_DIMENSIONS).union(*MATURITY.values()) <= known


# --- AI index -------------------------------------------------------------------------------------------------------


def test_the_weights_make_five() -> None:
    assert round(sum(AI_WEIGHTS.values()), 2) == 5.0


def test_has_ai_skill_alone_is_a_fifth() -> None:
    index = ai(*THREE, description="Know PyTorch.")
    assert index.has_ai_skill
    assert index.score == 0.2
    assert index.source == "jd"


@pytest.mark.parametrize(
    ("fields", "flag"),
    [
        ({"title": "AI Engineer"}, "title_match"),
        ({"description": "You join our machine learning team."}, "on_ai_team"),
        ({"description": "You build and ship LLM agents."}, "builds_ai_products"),
    ],
)
def test_each_flag_is_read_off_the_posting(fields: dict[str, str], flag: str) -> None:
    assert getattr(ai(**fields), flag)
    assert not getattr(ai(*THREE), flag)


def test_a_skill_of_an_ai_dimension_raises_the_flag_of_its_rank() -> None:
    primary = ai(*THREE, match("LLMs", "generative-ai-and-llms", primary=True))
    secondary = ai(*THREE, match("LLMs", "generative-ai-and-llms"))
    assert (primary.has_ai_skill, primary.ai_skill_primary, primary.ai_skill_secondary) == (True, True, False)
    assert (secondary.has_ai_skill, secondary.ai_skill_primary, secondary.ai_skill_secondary) == (True, False, True)


def test_a_skill_that_ai_only_uses_is_none_of_ai() -> None:
    sorting = match("Sorting", "data-structures-and-algorithms", "programming-fundamentals", "deep-learning")
    assert not ai(*THREE, sorting).has_ai_skill


def test_what_stands_in_boilerplate_does_not_count() -> None:
    words = "Our AI team builds LLM agents with PyTorch."
    assert ai(*THREE, description=words).score > 0
    boilerplate: tuple[SectionKind, ...] = ("about_company", "benefits", "diversity", "how_to_apply")
    for section in boilerplate:
        assert ai(*THREE, description=words, section=section).score == 0


def test_the_vocabulary_is_counted_by_weight_each_word_once_whatever_its_case() -> None:
    index = ai(description="Copilot, copilot, LangChain, LLM and RAG.")
    assert {name: len(words) for name, words in index.vocabulary.items()} == {
        "assistants": 1,
        "frameworks": 1,
        "models": 2,
    }
    assert index.vocabulary_count == 1 * 1 + 1 * 2 + 2 * 3


def test_a_sparse_posting_without_any_sign_takes_the_roles_flags() -> None:
    index = ai()
    assert (index.source, index.has_ai_skill, index.ai_skill_secondary) == ("role_baseline", True, True)
    assert index.score == 0.5
    assert ai(*THREE).source == "jd"


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries({name: st.booleans() for name in FLAGS}))
def test_the_baselines_index_is_the_sum_of_its_flags_within_0_and_5(baseline: dict[str, bool]) -> None:
    index = ai(library=joined(role("coder", "Coder", baseline=baseline)))
    assert 0 <= index.score <= 5
    wanted = sum(AI_WEIGHTS[flag] for name, flag in FLAGS.items() if baseline[name])
    assert index.score == pytest.approx(wanted, abs=0.005)


WORDS = st.lists(
    st.sampled_from(["AI team", "build", "LLM agents", "PyTorch", "Copilot", "machine learning", "prompt", ".\n"]),
    max_size=8,
).map(" ".join)
SKILLS = st.lists(
    st.builds(
        match,
        st.sampled_from("abcd"),
        st.sampled_from(["containers", "ai-agents", "java-ecosystem", "other", "tests"]),
        primary=st.booleans(),
    ),
    max_size=5,
)


@settings(max_examples=80, deadline=None)
@given(SKILLS, WORDS, st.sampled_from(["AI Engineer", "Coder"]), st.integers(0, 3))
def test_the_index_lies_within_0_and_5_and_equals_the_weights_of_its_flags(
    skills: list[SkillMatch], description: str, title: str, seed: int
) -> None:
    found = enriched(*skills, description=description, title=title)
    index = found.ai_index
    assert index is not None
    assert 0 <= index.score <= 5
    assert index.score == pytest.approx(sum(w for name, w in AI_WEIGHTS.items() if getattr(index, name)), abs=0.005)
    assert index.has_ai_skill or not (index.ai_skill_primary or index.ai_skill_secondary)
    assert enriched(*skills, description=description, title=title, library=shuffled(LIBRARY, seed)) == found


# --- skills and duties ----------------------------------------------------------------------------------------------


def test_skills_are_clustered_by_the_first_dimension_they_share_with_the_role() -> None:
    found = enriched(*THREE, match("Kafka", "other"), match("Both", "other", "java-ecosystem", "containers"))
    assert [(cluster.dimension, cluster.skills) for cluster in found.skill_clusters] == [
        ("containers", ("Docker", "Helm")),
        ("java-ecosystem", ("Java", "Both")),
        (UNALIGNED, ("Kafka",)),
    ]
    assert found.skill_clusters[0].display_name == "Containers"


@settings(max_examples=40, deadline=None)
@given(SKILLS)
def test_every_library_skill_stands_in_exactly_one_cluster(skills: list[SkillMatch]) -> None:
    found = enriched(*skills)
    clustered = [name for cluster in found.skill_clusters for name in cluster.skills]
    assert sorted(clustered) == sorted(match.term for match in skills)
    assert found.evidence == tuple(match.term for match in skills)
    assert found.sparse == (len(skills) < SPARSE_BELOW)


def test_a_new_skill_is_no_evidence() -> None:
    found = enriched(*THREE, SkillMatch(term="Zig", is_primary=True, status="new"))
    assert found.evidence == ("Docker", "Helm", "Java")


def test_the_duties_are_the_postings_own_or_else_typical_of_the_role() -> None:
    own = enriched(duties=("Write it", "Run it"))
    assert (own.kra_description, own.kra_source) == ("• Write it\n• Run it", "jd")
    typical = enriched()
    assert (typical.kra_description, typical.kra_source) == ("• Amend programs\n• Write programs", "role_baseline")


def test_a_whole_posting_is_enriched_from_itself() -> None:
    item = ask(WORKED, text(SERVICE_DUTIES, ["Kafka", "Redis", "PostgreSQL"]), "Backend Developer")
    found: ClientEnrichment = answer(WORKED, "client_enrichment", item)
    assert not found.sparse
    assert found.kra_source == "jd"
    assert found.nature_of_work is not None
    assert found.nature_of_work.label == "Work of backend"
    assert [cluster.dimension for cluster in found.skill_clusters] == ["services", "databases"]
