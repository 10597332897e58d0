from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.records import (
    NanoParse,
    NewSkillMeta,
    ReviewProposal,
    RoleCandidate,
    RoleDecision,
    RoleSignal,
    RoleSignals,
    SkillMatch,
    SkillMatches,
)
from jd_assets.stages.base import Upstream
from jd_assets_tests.library.builders import joined, role
from jd_assets_tests.stages.asking import answer, ask, posting
from jd_assets_tests.stages.worked_library import LIBRARY as WORKED
from jd_assets_tests.stages.worked_library import SERVICE_DUTIES, SERVICE_SKILLS, text

KRA = "Design and build large server side services"
LIBRARY = joined(role("backend", "Backend Developer", dimensions=["services"], kras=[KRA]), role("bare", "Bare Role"))
SURE = RoleDecision(case="UNIQUE_ALIAS", role="backend", specific_role="backend", confidence=0.95)

NEAR = "Design and build small server side services"
FITTING = "Design and test the small hand held devices"  # shares some words with the KRA: neither near nor far
FAR = "Bind flowers"


def new(name: str) -> SkillMatch:
    meta = NewSkillMeta(
        category="Tool",
        sub_category="Unsorted",
        skill_nature="TOOL",
        volatility="MEDIUM",
        typical_lifespan="MULTI_YEAR",
        version_strategy="UNVERSIONED",
        dimensions=("services",),
        decision="keep",
        decision_reason="for the test",
        nearest_skill="kafka",
        nearest_similarity=0.3,
    )
    return SkillMatch(term=name, is_primary=False, status="new", new_skill_meta=meta)


def near(name: str) -> SkillMatch:
    return SkillMatch(
        term=name,
        is_primary=False,
        status="in_library",
        skill="kafka",
        display_name="Kafka",
        matched_via="embedding_alias",
        alias="Apache Kafka",
        similarity=0.85,
        proposed_alias=name,
    )


def proposals(
    *matches: SkillMatch,
    decision: RoleDecision = SURE,
    duties: tuple[str, ...] = (),
    signals: RoleSignals | None = None,
    title: str = "Backend Developer",
) -> list[ReviewProposal]:
    item = Upstream(
        posting("text", title),
        nano_parse=NanoParse(JD_type="pass", role=title, duties=duties),
        skill_matches=SkillMatches(matches=matches),
        role_signals=signals or RoleSignals(),
        role_decisions=decision,
    )
    return list(answer(LIBRARY, "review_queue", item).proposals)


def test_a_new_skill_is_proposed_with_its_metadata() -> None:
    (proposal,) = proposals(new("Zig"))
    assert (proposal.kind, proposal.subject, proposal.title) == ("new_skill", "zig", "Zig")
    assert proposal.details["category"] == "Tool"
    assert proposal.details["dimensions"] == ["services"]
    assert proposal.details["similarity"] == 0.3


def test_wordings_that_differ_in_case_and_punctuation_are_one_subject() -> None:
    assert len(proposals(new("Zig (language)"), new("zig language"), new("ZIG-Language."))) == 1
    assert len(proposals(new("C++23"), new("C23"))) == 2


def test_a_match_by_embedding_proposes_its_wording_as_an_alias() -> None:
    (proposal,) = proposals(near("kafka streams"))
    assert (proposal.kind, proposal.subject) == ("new_alias", "kafka streams = kafka")
    assert proposal.details == {"skill": "kafka", "nearest_alias": "Apache Kafka", "similarity": 0.85}


def test_a_literal_match_proposes_nothing() -> None:
    assert proposals(SkillMatch(term="Kafka", is_primary=True, status="in_library", skill="kafka")) == []


def test_a_posting_that_is_not_technical_proposes_no_skills() -> None:
    assert proposals(new("Zig"), decision=RoleDecision(case="NOT_TECH")) == []
    assert proposals(new("Zig"), decision=RoleDecision(case="REJECTED")) == []


def test_a_duty_that_no_kra_of_the_role_says_is_proposed_with_its_true_similarity() -> None:
    (proposal,) = proposals(duties=(FITTING,))
    assert (proposal.kind, proposal.title) == ("new_kra", FITTING)
    assert proposal.subject == f"backend: {FITTING.lower()}"
    similarity = proposal.details["best_kra_similarity"]
    assert isinstance(similarity, float)
    assert 0.2 < similarity < 0.5


def test_a_kra_near_an_existing_one_is_not_proposed_nor_is_one_that_is_far_from_all() -> None:
    assert proposals(duties=(NEAR,)) == []
    assert proposals(duties=(KRA,)) == []
    assert proposals(duties=(FAR,)) == []


def test_a_sentence_that_says_nothing_to_do_is_proposed_as_no_kra() -> None:
    assert proposals(duties=(f"You will {FITTING.lower()}", f"Our team: {FITTING.lower()}")) == []


def test_an_unsure_decision_proposes_no_kra() -> None:
    unsure = SURE.model_copy(update={"confidence": 0.2})
    queued = SURE.model_copy(update={"queued": True, "case": "LOW_CONFIDENCE"})
    for decision in (unsure, queued, RoleDecision(case="NOT_TECH")):
        assert proposals(duties=(FITTING,), decision=decision) == []


def test_a_role_without_kras_gets_none_proposed() -> None:
    bare = SURE.model_copy(update={"role": "bare", "specific_role": "bare"})
    assert proposals(duties=(FITTING,), decision=bare) == []


def test_one_posting_proposes_few_kras() -> None:
    many = tuple(f"{FITTING} {letter}" for letter in "abcdefgh")
    assert 0 < len(proposals(duties=many)) <= 2


def test_a_new_role_is_proposed_with_its_nearest_roles_and_skills() -> None:
    candidate = RoleCandidate(role="backend", score=1.0, alias_score=0.0, skill_score=0.5, kra_score=0.0)
    decision = RoleDecision(
        case="NEW_ROLE",
        is_new_role=True,
        new_role_slug="blimp-pilot",
        new_role_display_name="Blimp Pilot",
        queued=True,
        candidates=(candidate,),
    )
    known = SkillMatch(term="kafka", is_primary=True, status="in_library", skill="kafka", display_name="Kafka")
    (proposal,) = proposals(known, decision=decision)
    assert (proposal.kind, proposal.subject, proposal.title) == ("new_role", "blimp-pilot", "Blimp Pilot")
    assert proposal.details == {"nearest_roles": ["backend"], "skills": ["Kafka"]}


def test_a_collision_is_logged_with_its_title_roles_and_aliases() -> None:
    decision = SURE.model_copy(
        update={"alias_collision_detected": True, "collision_roles": ("backend", "tester"), "case": "ALIAS_COLLISION"}
    )
    signals = RoleSignals(
        alias_match_roles=tuple(
            RoleSignal(role=slug, display_name=slug, score=1.0, matched_alias="Software Engineer")
            for slug in ("backend", "tester")
        )
    )
    (proposal,) = proposals(decision=decision, signals=signals, title="Software Engineer")
    assert (proposal.kind, proposal.subject) == ("alias_collision", "software engineer: backend, tester")
    assert proposal.details["roles"] == ["backend", "tester"]


def test_a_collision_in_a_whole_posting_is_logged() -> None:
    item = ask(WORKED, text(SERVICE_DUTIES, SERVICE_SKILLS), "Software Engineer")
    logged = [(one.kind, one.subject) for one in answer(WORKED, "review_queue", item).proposals]
    assert logged == [("alias_collision", "software engineer: backend, tester"), ("new_skill", "server side")]


WORDS = st.sampled_from(["Zig", "zig", "ZIG", "Nim", "nim lang", "Nim-Lang", "Nim (lang)", "C++"])
MATCHES = st.lists(st.tuples(st.sampled_from([new, near]), WORDS), max_size=6).map(
    lambda drawn: [make(word) for make, word in drawn]
)
DUTIES = st.lists(st.sampled_from([NEAR, FITTING, FITTING.upper(), f"{FITTING}.", FAR]), max_size=5).map(tuple)


@settings(max_examples=50, deadline=None)
@given(MATCHES, DUTIES, st.booleans())
def test_proposals_are_unique_per_kind_and_subject_and_in_a_stable_order(
    matches: list[SkillMatch], duties: tuple[str, ...], queued: bool
) -> None:
    found = proposals(*matches, duties=duties, decision=SURE.model_copy(update={"queued": queued}))
    keys = [(proposal.kind, proposal.subject) for proposal in found]
    assert keys == sorted(set(keys))
    assert all(proposal.subject.strip() and proposal.title for proposal in found)
