from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.records import NanoParse, RoleEvidence, RoleSignals, SkillMatch, SkillMatches
from jd_assets.stages.base import Upstream
from jd_assets_tests.library.builders import dimension, joined, role, shuffled, with_tables
from jd_assets_tests.stages.asking import answer, ask, posting
from jd_assets_tests.stages.worked_library import LIBRARY, SERVICE_DUTIES, text

TOP = 5
KRAS = ("Write programs", "Test programs", "Bind flowers", "Carry stones")


def match(name: str, *dimensions: str, primary: bool = False) -> SkillMatch:
    return SkillMatch(
        term=name,
        is_primary=primary,
        status="in_library" if dimensions else "new",
        skill=name if dimensions else None,
        dimensions=dimensions,
    )


def signals(
    title: str = "",
    duties: tuple[str, ...] = (),
    matches: tuple[SkillMatch, ...] = (),
    library: object = LIBRARY,
    aliases: tuple[str, ...] = (),
    JD_type: str = "pass",
) -> RoleSignals:
    parse = NanoParse(JD_type=JD_type, role=title or None, role_aliases=aliases, duties=duties)
    item = Upstream(posting("text", title), nano_parse=parse, skill_matches=SkillMatches(matches=matches))
    found: RoleSignals = answer(library, "role_signals", item)  # type: ignore[arg-type]
    return found


# --- alias ----------------------------------------------------------------------------------------------------------


def test_a_title_that_is_an_alias_scores_one_and_names_the_alias() -> None:
    (signal,) = signals("reporting analyst").alias_match_roles
    assert (signal.role, signal.score, signal.matched_alias) == ("analyst", 1.0, "Reporting Analyst")
    assert signal.display_name == "Data Analyst"


def test_a_role_alias_of_the_posting_counts_as_its_title_does() -> None:
    (signal,) = signals("Number Wizard", aliases=("Data Analyst",)).alias_match_roles
    assert signal.role == "analyst"


def test_a_title_of_two_roles_names_both() -> None:
    assert [signal.role for signal in signals("Software Engineer").alias_match_roles] == ["backend", "tester"]


def test_an_alias_inside_a_longer_title_is_evidence_but_no_alias_signal() -> None:
    found = signals("Payments Data Analyst")
    assert found.alias_match_roles == ()
    (evidence,) = [item for item in found.evidence if item.contained]
    assert (evidence.role, evidence.alias) == ("analyst", 0.0)
    assert evidence.contained == pytest.approx(2 / 3, abs=1e-4)


def test_a_generic_name_leaves_room_for_an_alias_inside_the_title() -> None:
    item = Upstream(
        posting("text", "Software Engineer, Java Developer"),
        nano_parse=NanoParse(JD_type="pass", role="Software Engineer"),
    )
    found = {item.role: item for item in answer(STACKS, "role_signals", item).evidence}
    assert (found["backend"].alias > 0, found["java"].contained) == (True, 0.5)
    item = replace(item, nano_parse=NanoParse(JD_type="pass", role="Backend Developer"))
    assert not any(item.contained for item in answer(STACKS, "role_signals", item).evidence)


# --- skills ---------------------------------------------------------------------------------------------------------


def test_the_skill_score_is_matched_over_all_final_skills_known_or_not() -> None:
    matches = (match("a", "services"), match("b", "databases"), match("c", "reports"), match("new"))
    found = {signal.role: signal for signal in signals(matches=matches).skill_match_roles}
    assert (found["backend"].score, found["analyst"].score) == (0.5, 0.25)
    assert (found["backend"].matched_count, found["backend"].total_count) == (2, 4)
    assert found["backend"].matched_skills == ("a", "b")
    assert "tester" not in found


def test_two_of_seven_is_rounded_to_four_places() -> None:
    matches = (match("a", "reports"), match("b", "reports"), *(match(f"new {number}") for number in range(5)))
    assert signals(matches=matches).skill_match_roles[0].score == 0.2857


def test_a_primary_skill_speaks_louder_in_the_evidence() -> None:
    def weights(*, primary: bool) -> dict[str, float]:
        matches = (match("a", "reports", primary=primary), match("b", "tests"))
        return {item.role: item.skill for item in signals(matches=matches).evidence}

    loud, plain = weights(primary=True), weights(primary=False)
    assert loud["analyst"] > plain["analyst"] == plain["tester"] > loud["tester"]


# A role, a speciality bound to the stack java, and one that is bound to none.
STACKS = with_tables(
    joined(
        role("backend", "Software Engineer", "Backend Developer", dimensions=["services"]),
        role("java", "Java Developer", dimensions=["java-things"], parent="backend"),
        role("keeper", "Service Keeper", dimensions=["services"], parent="backend"),
    ),
    {
        "dimensions": [
            dimension("services"),
            dimension("java-things").model_copy(update={"stack": "java"}),
            dimension("web-things").model_copy(update={"stack": "web"}),
        ]
    },
)


def evidence(title: str, *matches: SkillMatch) -> dict[str, RoleEvidence]:
    return {item.role: item for item in signals(title, matches=matches, library=STACKS).evidence}


def test_one_skill_makes_no_stack_sure_and_several_make_it_surer() -> None:
    one = evidence("Florist", match("a", "java-things", primary=True))["java"].stack
    two = evidence("Florist", match("a", "java-things", primary=True), match("b", "java-things"))["java"].stack
    mixed = evidence("Florist", match("a", "java-things", primary=True), match("b", "web-things"))["java"].stack
    assert (one, two, mixed) == (0.5, 0.6, 0.4)


def test_behind_a_generic_title_the_stack_counts_double() -> None:
    skills = (match("a", "java-things"), match("b", "web-things", primary=True))
    assert evidence("Backend Developer", *skills)["java"].stack == 0.2
    assert evidence("Software Engineer", *skills)["java"].stack == 0.4


def test_only_a_speciality_bound_to_a_stack_inherits_the_title_of_the_role_above() -> None:
    found = evidence("Backend Developer", match("a", "java-things"), match("b", "services"))
    assert (found["backend"].alias, found["java"].inherited, found["keeper"].inherited) == (1.0, 1.0, 0.0)


# --- duties ---------------------------------------------------------------------------------------------------------


def test_the_kra_score_is_the_mean_of_the_three_best_sentences() -> None:
    library = joined(role("coder", "Coder", kras=KRAS[:2]))
    (signal,) = signals(duties=KRAS, library=library).kra_match_roles
    best = sorted((match.similarity for match in signal.kra_matches), reverse=True)
    assert len(signal.kra_matches) == 3
    assert signal.score == pytest.approx(sum(best) / 3, abs=1e-4)
    assert best[:2] == [1.0, 1.0]


def test_one_kra_may_serve_several_sentences_each_shown_verbatim() -> None:
    library = joined(role("coder", "Coder", kras=["Write programs"]))
    (signal,) = signals(duties=("Write good programs", "Write programs"), library=library).kra_match_roles
    assert {(match.sentence, match.kra) for match in signal.kra_matches} == {
        ("Write good programs", "Write programs"),
        ("Write programs", "Write programs"),
    }


def test_the_best_similarity_is_told() -> None:
    assert signals(duties=("Prepare reports and dashboards for managers",)).best_kra_similarity == 1.0
    assert signals().best_kra_similarity is None


# --- all three ------------------------------------------------------------------------------------------------------


def test_each_signal_names_five_roles_at_most_the_best_first() -> None:
    library = joined(
        *(
            role(f"r{number}", "Coder", dimensions=["things"], kras=[f"Write programs of kind {number}"])
            for number in range(8)
        )
    )
    found = signals("Coder", ("Write programs of kind 3",), (match("a", "things"),), library=library)
    assert [signal.role for signal in found.skill_match_roles] == ["r0", "r1", "r2", "r3", "r4"], "equal ones by name"
    assert len(found.alias_match_roles) == TOP
    assert found.kra_match_roles[0].role == "r3"
    scores = [signal.score for signal in found.kra_match_roles]
    assert len(scores) == TOP
    assert scores == sorted(scores, reverse=True)


def test_a_rejected_posting_has_no_signals() -> None:
    assert signals("Data Analyst", KRAS, (match("a", "reports"),), JD_type="not_english") == RoleSignals()


def test_a_library_without_roles_has_no_signals() -> None:
    assert signals("Data Analyst", KRAS, (match("a", "reports"),), library=joined()) == RoleSignals()


MATCHES = st.lists(
    st.builds(
        match,
        st.sampled_from("abc"),
        st.sampled_from(["services", "reports", "tests", "java-things"]),
        primary=st.booleans(),
    ),
    max_size=5,
).map(tuple)
TITLES = st.sampled_from(["Data Analyst", "Software Engineer", "Senior Java Backend Developer", "Pilot", ""])
DUTIES = st.lists(st.sampled_from([*SERVICE_DUTIES, *KRAS]), max_size=4).map(tuple)


@settings(max_examples=25, deadline=None)
@given(TITLES, DUTIES, MATCHES, st.integers(0, 2))
def test_all_figures_lie_within_their_bounds_whatever_the_order_of_rows(
    title: str, duties: tuple[str, ...], matches: tuple[SkillMatch, ...], seed: int
) -> None:
    found = signals(title, duties, matches)
    for signal in (*found.alias_match_roles, *found.skill_match_roles, *found.kra_match_roles):
        assert 0 < signal.score <= 1
    for item in found.evidence:
        assert all(0 <= value <= 1 for value in (item.alias, item.contained, item.skill, item.kra))
        assert -1 <= item.title <= 1.0001
    assert len({item.role for item in found.evidence}) == len(found.evidence)
    assert signals(title, duties, matches, library=shuffled(LIBRARY, seed)) == found


def test_a_whole_posting_gets_all_three_signals() -> None:
    found = ask(LIBRARY, text(SERVICE_DUTIES, ["Kafka", "Redis"]), "Backend Developer").role_signals
    assert found.alias_match_roles[0].role == "backend"
    assert found.skill_match_roles[0].role == "backend"
    assert found.kra_match_roles[0].role == "backend"
    assert {match.sentence for match in found.kra_match_roles[0].kra_matches} == set(SERVICE_DUTIES)
