from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets.records import DecisionCase, RoleDecision
from jd_assets.stages.base import Upstream
from jd_assets_tests.library.builders import joined, role, shuffled
from jd_assets_tests.stages.asking import ask, stages
from jd_assets_tests.stages.worked_library import LIBRARY, SERVICE_DUTIES, SERVICE_SKILLS, text

RIVALS = joined(
    *(role(f"rival-{number}", f"Widget Keeper {number}", domain=f"Domain {number}") for number in range(2)), LIBRARY
)
TWINS = joined(
    *(role(f"twin-{number}", f"Widget Keeper {number}", dimensions=["services"]) for number in range(9)), LIBRARY
)


KEEPER = role("a-keeper", "Widget Keeper 2", dimensions=["services"])
OUTSIDE = [role(f"outside-{number}", f"Widget Keeper {number}", domain=OUTSIDE_TECHNOLOGY) for number in range(2)]


def decide(
    title: str,
    duties: Sequence[str] = (),
    skills: Sequence[str] = (),
    library: Taxonomy = LIBRARY,
    **fields: Any,
) -> RoleDecision:
    return ask(library, text(duties, skills), title, **fields).role_decisions


def unique_alias() -> RoleDecision:
    return decide("Backend Developer", SERVICE_DUTIES, SERVICE_SKILLS)


def domain() -> RoleDecision:
    return decide("Payments Backend Developer", skills=SERVICE_SKILLS)


def alias_collision() -> RoleDecision:
    return decide("Software Engineer", SERVICE_DUTIES, SERVICE_SKILLS)


def sub_role() -> RoleDecision:
    return decide(
        "Backend Developer",
        ["Write and tune Java programs on the virtual machine"],
        ["Java", "Maven", "Gradle"],
    )


def signals() -> RoleDecision:
    return decide("Widget Keeper", library=RIVALS)


def new_role() -> RoleDecision:
    return decide("Blimp Pilot", skills=["Kafka", "Redis", "Nginx", "Envoy", "Consul"])


def low_confidence() -> RoleDecision:
    return decide("Widget Keeper", skills=["Kafka", "Redis", "Nginx"], library=TWINS)


def not_tech() -> RoleDecision:
    return decide("Florist", ["Bind flowers into bouquets for customers"])


def rejected() -> RoleDecision:
    return decide("Backend Developer", SERVICE_DUTIES, flags=("not_english",))


CASES = {
    "UNIQUE_ALIAS": unique_alias,
    "DOMAIN": domain,
    "ALIAS_COLLISION": alias_collision,
    "SUB_ROLE": sub_role,
    "SIGNALS": signals,
    "NEW_ROLE": new_role,
    "LOW_CONFIDENCE": low_confidence,
    "NOT_TECH": not_tech,
    "REJECTED": rejected,
}


@pytest.mark.parametrize("case", get_args(DecisionCase))
def test_every_case_of_the_closed_set_is_reached_and_named(case: str) -> None:
    decision = CASES[case]()
    assert decision.case == case
    assert decision.reasoning


def test_a_decision_names_role_scores_margin_and_what_matched() -> None:
    decision = unique_alias()
    assert (decision.role, decision.display_name, decision.domain) == ("backend", "Backend Developer", "Software")
    assert (decision.sub_role, decision.specific_role) == (None, "backend")
    assert decision.matched_skills == ("Kafka", "Redis")
    assert decision.matched_dimensions == ("services",)
    assert set(decision.matched_kras) == {
        "Design and build server side services",
        "Keep services running day and night",
    }
    assert decision.candidates[0].role == "backend"
    assert decision.margin == pytest.approx(decision.candidates[0].score - decision.candidates[1].score, abs=1e-3)
    assert 0.5 < decision.confidence <= 1
    assert not decision.queued


def test_skills_and_duties_decide_a_collision_and_it_is_logged() -> None:
    decision = alias_collision()
    assert decision.role == "backend"
    assert decision.alias_collision_detected
    assert decision.collision_roles == ("backend", "tester")
    other = decide("Software Engineer", ["Write and run tests of every release"])
    assert other.role == "tester"
    assert other.alias_collision_detected


def test_a_title_of_one_role_is_no_collision() -> None:
    decision = unique_alias()
    assert not decision.alias_collision_detected
    assert decision.collision_roles == ()


def test_a_sub_role_is_named_below_its_role() -> None:
    decision = sub_role()
    assert (decision.role, decision.sub_role, decision.specific_role) == ("backend", "java-backend", "java-backend")
    assert decision.display_name == "Backend Developer"


def test_a_new_role_is_queued_with_a_name_and_no_role_is_chosen() -> None:
    decision = new_role()
    assert decision.queued
    assert decision.is_new_role
    assert (decision.new_role_slug, decision.new_role_display_name) == ("blimp-pilot", "Blimp Pilot")
    assert (decision.role, decision.specific_role, decision.sub_role) == (None, None, None)
    assert decision.candidates


def test_a_decision_of_low_confidence_is_queued_with_the_best_role() -> None:
    decision = low_confidence()
    assert decision.queued
    assert not decision.is_new_role
    assert decision.specific_role is not None
    assert decision.confidence < 0.5


@pytest.mark.parametrize("make", [not_tech, rejected, lambda: decide("Blimp Pilot")])
def test_what_is_not_technical_or_not_judged_has_no_role_and_is_not_queued(make: Any) -> None:
    decision = make()
    assert decision.case in ("NOT_TECH", "REJECTED")
    assert (decision.domain, decision.role, decision.specific_role, decision.display_name) == (None, None, None, None)
    assert not decision.queued


def test_occupations_outside_technology_count_as_one_answer() -> None:
    alone = decide("Widget Keeper", library=joined(KEEPER, LIBRARY))
    together = decide("Widget Keeper", library=joined(KEEPER, *OUTSIDE, LIBRARY))
    assert (alone.specific_role, together.specific_role) == ("a-keeper", None)
    assert together.candidates[0].role == "a-keeper"
    assert together.case == "NOT_TECH"
    assert together.confidence > 0.5


def test_the_next_best_role_is_another_one_even_where_several_outside_technology_win_together() -> None:
    library = joined(KEEPER, *OUTSIDE, LIBRARY)
    reasoning = decide("Widget Keeper", library=library).reasoning
    chosen, _, rival = reasoning.removeprefix(f"Domain={OUTSIDE_TECHNOLOGY}; ").partition("; next best: ")
    assert rival
    assert rival.removesuffix(" [NOT_TECH].") != chosen.partition(":")[0]


def test_a_library_without_roles_decides_nothing() -> None:
    assert decide("Backend Developer", SERVICE_DUTIES, library=Taxonomy()).case == "NOT_TECH"


def test_a_duplicate_takes_the_decision_and_says_from_whom() -> None:
    stage = stages(LIBRARY)["role_decisions"]
    decision = unique_alias()
    adopted = stage.adopt(decision, "first")
    assert stage.shares_judgement
    assert adopted.shared_from == "first"
    assert adopted.model_copy(update={"shared_from": None}) == decision


TITLES = st.sampled_from(
    ["Backend Developer", "Software Engineer", "Data Analyst", "Senior Java Backend Developer", "Florist", "Pilot", ""]
)
DUTIES = st.lists(st.sampled_from([*SERVICE_DUTIES, "Bind flowers into bouquets for customers"]), max_size=3)
SKILLS = st.lists(st.sampled_from(["Kafka", "Java", "Tableau", "Go", "Redis", "Maven", "Looker"]), max_size=5)


@settings(max_examples=40, deadline=None)
@given(TITLES, DUTIES, SKILLS)
def test_every_decision_keeps_its_own_promises(title: str, duties: list[str], skills: list[str]) -> None:
    item = ask(LIBRARY, text(duties, skills), title)
    decision = item.role_decisions
    slugs = {entry.slug: entry for entry in LIBRARY.roles}
    assert 0 <= decision.confidence <= 1
    assert decision.margin >= 0 or not decision.candidates
    assert decision.queued == (decision.case in ("LOW_CONFIDENCE", "NEW_ROLE"))
    assert (
        (decision.role is None)
        == (decision.specific_role is None)
        == (decision.case in ("NEW_ROLE", "NOT_TECH", "REJECTED"))
    )
    assert decision.is_new_role == (decision.case == "NEW_ROLE") == (decision.new_role_slug is not None)
    assert decision.alias_collision_detected == (len(decision.collision_roles) > 1)
    if decision.specific_role is not None:
        chosen = slugs[decision.specific_role]
        assert decision.role == (chosen.parent or chosen.slug)
        assert decision.sub_role == (chosen.slug if chosen.parent else None)
        assert decision.domain == chosen.domain
    names = {match.display_name or match.term for match in item.skill_matches.matches}
    assert set(decision.matched_skills) <= names


@settings(max_examples=15, deadline=None)
@given(TITLES, DUTIES, SKILLS, st.integers(0, 2))
def test_the_order_of_the_librarys_rows_never_matters(
    title: str, duties: list[str], skills: list[str], seed: int
) -> None:
    assert decide(title, duties, skills, shuffled(LIBRARY, seed)) == decide(title, duties, skills)


def test_evidence_for_a_role_is_never_asked_of_another_posting() -> None:
    items: list[Upstream] = [
        ask(LIBRARY, text(SERVICE_DUTIES, SERVICE_SKILLS), "Backend Developer"),
        ask(LIBRARY, text(), "Florist"),
    ]
    stage = stages(LIBRARY)["role_decisions"]
    facts = stage.gather(items)
    assert [stage.judge(item, fact) for item, fact in zip(items, facts, strict=True)] == [
        item.role_decisions for item in items
    ]
