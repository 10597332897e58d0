from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.records import LibraryLinks, NewSkillMeta, RoleDecision, SkillMatch, SkillMatches
from jd_assets.stages.base import Upstream
from jd_assets_tests.library.builders import joined, role, shuffled
from jd_assets_tests.stages.asking import answer, posting

LIBRARY = joined(
    role("backend", "Backend Developer", dimensions=["services", "databases"]),
    role("analyst", "Data Analyst", dimensions=["reports"]),
)
CHOSEN = RoleDecision(case="UNIQUE_ALIAS", role="backend", specific_role="backend", confidence=0.9)
QUEUED = RoleDecision(case="LOW_CONFIDENCE", role="backend", specific_role="backend", queued=True)
NEW_ROLE = RoleDecision(case="NEW_ROLE", is_new_role=True, new_role_slug="pilot", queued=True)
NONE = RoleDecision(case="NOT_TECH")


def known(name: str, *dimensions: str) -> SkillMatch:
    return SkillMatch(term=name, is_primary=False, status="in_library", skill=name, dimensions=dimensions)


def new(name: str, *dimensions: str) -> SkillMatch:
    meta = NewSkillMeta(
        category="Concept",
        sub_category="Unsorted",
        skill_nature="CONCEPT",
        volatility="MEDIUM",
        typical_lifespan="MULTI_YEAR",
        version_strategy="UNVERSIONED",
        dimensions=dimensions,
        decision="keep",
        decision_reason="for the test",
        nearest_skill=None,
        nearest_similarity=None,
    )
    return SkillMatch(term=name, is_primary=False, status="new", new_skill_meta=meta)


def links(*matches: SkillMatch, decision: RoleDecision = CHOSEN, seed: int | None = None) -> LibraryLinks:
    item = Upstream(posting("text"), skill_matches=SkillMatches(matches=matches), role_decisions=decision)
    library = LIBRARY if seed is None else shuffled(LIBRARY, seed)
    found: LibraryLinks = answer(library, "library_links", item)
    return found


def proposed(found: LibraryLinks) -> list[tuple[str, str, str | None]]:
    return [(proposal.kind, proposal.subject, proposal.dimension) for proposal in found.proposals]


def test_there_is_one_item_for_each_skill_and_dimension() -> None:
    found = links(known("kafka", "services", "clouds"), known("sql", "databases"))
    assert [(item.skill, item.dimension) for item in found.items] == [
        ("kafka", "services"),
        ("kafka", "clouds"),
        ("sql", "databases"),
    ]


def test_a_dimension_under_the_chosen_role_is_saved() -> None:
    (item,) = links(known("kafka", "services")).items
    assert item.matched_chosen_role
    assert item.skill_dimension_saved
    assert item.role_dimension_saved
    assert item.skipped_reason is None
    assert item.outcome_line == "Existing dimension link · Role↔dimension saved"


def test_a_dimension_outside_the_chosen_role_is_skipped_and_says_so() -> None:
    (item,) = links(known("tableau", "reports")).items
    assert not item.matched_chosen_role
    assert item.skill_dimension_saved
    assert not item.role_dimension_saved
    assert item.skipped_reason == "dimension not under chosen role"
    assert item.skipped_reason in item.outcome_line


def test_a_new_skill_is_proposed_with_its_dimensions_and_nothing_is_saved() -> None:
    found = links(new("zig", "services"))
    (item,) = found.items
    assert (item.skill, item.tag) == ("zig", "new")
    assert not item.skill_dimension_saved
    assert not item.role_dimension_saved
    assert item.outcome_line.startswith("Proposed dimension link")
    assert proposed(found) == [
        ("canonical_skill_proposed", "zig", None),
        ("dimension_skill_link_proposed", "zig", "services"),
    ]


def test_without_a_chosen_role_no_role_link_is_saved() -> None:
    found = links(known("kafka", "services"), decision=NONE)
    assert (found.role, found.resolution, found.role_dimension_saved) == (None, "none", 0)
    assert found.items[0].skipped_reason == "no role was chosen"


def test_a_decision_that_waits_for_review_saves_no_role_link() -> None:
    found = links(known("kafka", "services"), decision=QUEUED)
    assert (found.role, found.skill_dimension_saved, found.role_dimension_saved) == ("backend", 1, 0)
    assert found.items[0].skipped_reason == "the role waits for review"


def test_the_resolution_says_whether_the_role_is_in_the_library() -> None:
    assert links().resolution == "in_db"
    assert links(decision=NEW_ROLE).resolution == "new"
    assert links(decision=NONE).resolution == "none"


def test_a_dimension_that_three_skills_share_outside_the_role_is_proposed_for_it() -> None:
    three = [known(name, "reports") for name in ("tableau", "looker", "qlik")]
    assert proposed(links(*three)) == [("role_dimension_link_proposed", "backend", "reports")]
    assert proposed(links(*three[:2])) == []
    assert proposed(links(*three, decision=QUEUED)) == [], "an unsure decision proposes nothing for its role"


DIMENSIONS = st.lists(st.sampled_from(["services", "databases", "reports", "clouds"]), max_size=3, unique=True)
MATCHES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.booleans(), DIMENSIONS), max_size=6, unique_by=lambda drawn: drawn[0]
).map(lambda drawn: [(known if is_known else new)(name, *dims) for name, is_known, dims in drawn])


@settings(max_examples=60, deadline=None)
@given(MATCHES, st.sampled_from([CHOSEN, QUEUED, NEW_ROLE, NONE]), st.integers(0, 3))
def test_the_counters_are_those_of_the_items_and_nothing_is_both_saved_and_skipped(
    matches: list[SkillMatch], decision: RoleDecision, seed: int
) -> None:
    found = links(*matches, decision=decision)
    assert found.skill_dimension_saved == sum(item.skill_dimension_saved for item in found.items)
    assert found.role_dimension_saved == sum(item.role_dimension_saved for item in found.items)
    assert found.skipped == sum(item.skipped_reason is not None for item in found.items)
    assert found.role_dimension_saved + found.skipped == len(found.items)
    assert all(item.role_dimension_saved <= item.matched_chosen_role for item in found.items)
    assert len(set(proposed(found))) == len(found.proposals)
    assert links(*matches, decision=decision, seed=seed) == found
