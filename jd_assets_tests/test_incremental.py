"""The promise of the project: an incremental run after any change gives exactly what a run from nothing gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jd_assets.stages.registry import STAGES
from jd_assets_tests.small_world import SKILLS, OpenWorld, World, posting

STAGE_NAMES = [stage.name for stage in STAGES]


def test_running_a_dump_again_computes_no_row_and_writes_none(world: World) -> None:
    dump = world.write([posting(str(number)) for number in range(5)])
    world.run(dump)
    again = world.run(dump)
    assert {(report["computed"], report["written"]) for report in again.values()} == {(0, 0)}
    assert all(report["unchanged"] == 5 for report in again.values())


def test_a_changed_posting_recomputes_only_its_own_rows(world: World) -> None:
    records = [posting(str(number)) for number in range(5)]
    dump = world.write(records)
    world.run(dump)
    world.write([*records[:-1], posting("4", skills=["Python", "PostgreSQL", "Tableau"])])
    changed = world.run(dump)
    assert {changed[name]["computed"] for name in STAGE_NAMES} == {1}


def test_a_change_that_alters_no_answer_stops_where_it_stops_mattering(world: World) -> None:
    records = [posting(str(number)) for number in range(3)]
    dump = world.write(records)
    world.run(dump)
    world.write([*records[:-1], {**records[-1], "url": "https://example.org/new"}])
    changed = world.run(dump)
    assert changed["nano_parse"]["computed"] == 1
    assert changed["nano_parse"]["written"] == 0
    assert changed["role_centroids"]["written"] == 0


def test_adding_an_alias_changes_only_the_postings_that_contain_it(world: World) -> None:
    with_word = posting("1", skills=["Java", "relational things"])
    dump = world.write([posting("0"), with_word, posting("2")])
    world.run(dump)
    before = world.rows()["extracted_skills"]
    world.add_alias("relational things", "sql")
    reports = world.run(dump)
    after = world.rows()["extracted_skills"]
    assert [posting_id for posting_id in after if after[posting_id] != before[posting_id]]
    assert reports["extracted_skills"]["computed"] == 1
    assert reports["skill_matches"]["computed"] == 1
    assert reports["nano_parse"]["computed"] == 0
    assert reports["role_decisions"]["computed"] <= 1


def test_a_posting_seen_in_two_dumps_is_one_row(world: World) -> None:
    first = world.write([posting("1"), posting("2")], day="2026-01-01")
    second = world.write([posting("2"), posting("3")], day="2026-01-02")
    world.run(first, second)
    assert len(world.rows()["role_decisions"]) == 3
    assert sum(centroid.n for centroid in world.store.centroids.of("words/64").values()) <= 3


def test_a_posting_dropped_from_one_dump_lives_on_in_the_other(world: World) -> None:
    first = world.write([posting("1"), posting("2", skills=["Go"])], day="2026-01-01")
    second = world.write([posting("2", skills=["Python"]), posting("3")], day="2026-01-02")
    world.run(first, second)
    world.write([posting("3")], day="2026-01-02")
    world.run(second)
    world.run(first)
    skills = [row["final_skills"] for row in world.rows()["extracted_skills"].values()]
    assert len(skills) == 3
    assert not any(skill["name"] == "Python" for row in skills for skill in row)


def test_a_posting_that_a_newer_dump_says_as_an_older_one_does_again_goes_over_to_that(open_world: OpenWorld) -> None:
    older, newer = [posting("1", skills=["Go"])], [posting("1", skills=["Python"])]
    with open_world() as world:
        first, second = world.write(older, day="2026-01-01"), world.write(newer, day="2026-01-02")
        world.run(first, second)
        world.write(older, day="2026-01-02")
        world.run(second)
        grown = world.outcome()
        assert world.store.rows.heads("postings", first).keys() == world.rows()["postings"].keys()
    with open_world() as fresh:
        fresh.run(fresh.write(older, day="2026-01-01"), fresh.write(older, day="2026-01-02"))
        assert grown == fresh.outcome()


def test_near_duplicates_share_the_judgement_of_their_first(world: World) -> None:
    first = posting("1")
    first["description"] += "\n".join(
        f"• Own part number {number} of the booking system and its tests" for number in range(30)
    )
    repost = {**first, "id": "2", "location": "Chennai, India", "description": first["description"] + "\nApply soon."}
    dump = world.write([first, repost])
    reports = world.run(dump)
    decisions = world.rows()["role_decisions"]
    shared = [row["shared_from"] for row in decisions.values() if row["shared_from"]]
    assert len(shared) == 1
    assert shared[0] in decisions
    assert reports["role_decisions"]["shared"] == 1


def test_review_items_count_distinct_postings_and_keep_their_state(world: World) -> None:
    dump = world.write([posting("1", title="Blimp Pilot"), posting("2", title="Blimp Pilot")])
    world.run(dump)
    items = world.store.review.items()
    for item in items:
        world.store.review.decide(item.kind, item.subject, "rejected", "tester")
    world.write([posting("1", title="Blimp Pilot"), posting("2", title="Blimp Pilot"), posting("3")])
    world.run(dump)
    kept = {(item.kind, item.subject): item.state for item in world.store.review.items()}
    assert all(kept[item.kind, item.subject] == "rejected" for item in items)


def test_the_past_can_be_read_back(world: World) -> None:
    dump = world.write([posting("1", skills=["Java"])])
    world.run(dump)
    world.write([posting("1", skills=["Python"])])
    world.run(dump)
    (then,) = world.store.rows.at_run("extracted_skills", "run-1")
    (now,) = world.store.rows.at_run("extracted_skills", "run-2")
    assert b'"Java"' in then.payload
    assert b'"Java"' not in now.payload
    assert then.superseded_by == now.row_id


# --- the promise, over random changes -------------------------------------------------------------------------------

KEYS = [str(number) for number in range(6)]
DAYS = ["2026-01-01", "2026-01-02"]
WORDS = [*(names[0] for names, _ in SKILLS.values()), "message brokers", "relational things", "Kubernetes"]
TITLES = ["Backend Engineer", "Data Analyst", "Frontend Engineer", "Blimp Pilot", "Software Engineer"]
RECORDS = st.builds(
    posting,
    st.sampled_from(KEYS),
    st.sampled_from(TITLES),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True),
    st.sampled_from(["", "Prepare reports and dashboards for managers", "Build screens that people like to use"]),
)
DUMP = st.lists(RECORDS, max_size=5, unique_by=lambda record: record["id"])
CHANGE = st.one_of(
    st.tuples(st.just("dump"), st.sampled_from(DAYS), DUMP),
    st.tuples(st.just("alias"), st.sampled_from(WORDS), st.sampled_from(sorted(SKILLS))),
    st.tuples(st.just("again"), st.sampled_from(DAYS), st.just(None)),
)


def check_promise(
    open_world: OpenWorld, start: dict[str, list[dict[str, str]]], changes: list[tuple[str, str, object]]
) -> None:
    """Apply changes one by one, running after each; then compare with a run from nothing over the final state."""
    dumps = {day: [*records, posting(f"base {day}")] for day, records in start.items()}
    with open_world() as grown:
        keys = {day: grown.write(records, day=day) for day, records in dumps.items()}
        grown.run(*keys.values())
        for kind, where, what in changes:
            if kind == "dump":
                assert isinstance(what, list)
                dumps[where] = [*what, posting(f"base {where}")]
                grown.write(dumps[where], day=where)
            elif kind == "alias" and not any(row.alias == where for row in grown.library.skill_aliases):
                grown.add_alias(where, str(what))
            grown.run(*keys.values())
        outcome, library = grown.outcome(), grown.library
    with open_world() as fresh:
        fresh.library = library
        fresh.run(*[fresh.write(records, day=day) for day, records in dumps.items()])
        assert outcome == fresh.outcome()


START = st.fixed_dictionaries(dict.fromkeys(DAYS, DUMP))
SHARED_FIXTURE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=8, deadline=None, suppress_health_check=SHARED_FIXTURE)
@given(START, st.lists(CHANGE, min_size=1, max_size=3))
def test_an_incremental_run_equals_a_run_from_nothing(
    open_world: OpenWorld, start: dict[str, list[dict[str, str]]], changes: list[tuple[str, str, object]]
) -> None:
    check_promise(open_world, start, changes)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=SHARED_FIXTURE)
@given(START, st.lists(CHANGE, min_size=1, max_size=6))
def test_an_incremental_run_equals_a_run_from_nothing_over_many_changes(
    open_world: OpenWorld, start: dict[str, list[dict[str, str]]], changes: list[tuple[str, str, object]]
) -> None:
    check_promise(open_world, start, changes)


def test_the_order_of_dumps_does_not_matter_to_what_a_posting_says(open_world: OpenWorld, tmp_path: Path) -> None:
    old, new = [posting("1", skills=["Java"])], [posting("1", skills=["Python"])]
    worlds = []
    for order in ((0, 1), (1, 0)):
        with open_world() as made:
            dumps = [made.write(old, day="2026-01-01"), made.write(new, day="2026-01-02")]
            made.run(*(dumps[number] for number in order))
            worlds.append(made.rows()["extracted_skills"])
    assert worlds[0] == worlds[1]
