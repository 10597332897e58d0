"""Models in the pipeline: what is asked, what is asked again, and what becomes of postings without an answer."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from jd_assets.assets.stage_asset import figures, rows_reconcile
from jd_assets.engines.openai.config import TASKS
from jd_assets.engines.questions import Asking, Question, Unanswered
from jd_assets.freshness import Freshness
from jd_assets.judging import StageReport
from jd_assets.stages.registry import STAGES
from jd_assets.tasks.enrich import Enrich
from jd_assets_tests.model_world import offered, wide_library
from jd_assets_tests.small_world import OpenWorld, World, posting
from jd_assets_tests.tasks.answering import InProcess, models, sensible, with_answers

STAGE_NAMES = [stage.name for stage in STAGES]
ONE_A_POSTING = ("nano_parse", "extract_skills", "decide_role", "enrich")


@pytest.fixture
def answerer() -> InProcess:
    return InProcess()


def three() -> list[dict[str, str]]:
    return [
        posting("1"),
        posting("2", "Data Analyst", ["SQL", "Tableau", "Redis"]),
        posting("3", "Frontend Engineer", ["React", "Redis"]),
    ]


def refusing(task: str, key: str) -> Callable[[Question], BaseModel | Unanswered]:
    """A model that refuses one task about the posting in which `key` stands."""

    def says(question: Question) -> BaseModel | Unanswered:
        shown = any(f"posting {key} " in message.content for message in question.messages)
        return Unanswered("refusal", "the model refused") if question.task == task and shown else sensible(question)

    return says


def report(reports: dict[str, dict[str, Any]], stage: str) -> StageReport:
    return StageReport(**{name: reports[stage][name] for name in StageReport.__dataclass_fields__})


# --- what is asked --------------------------------------------------------------------------------------------------


def test_every_posting_is_asked_about_once_a_task_and_a_second_run_asks_nothing(
    world: World, answerer: InProcess
) -> None:
    with_answers(world, models(), answerer)
    dump = world.write(three())
    reports = world.run(dump)
    asked = answerer.counts()
    assert {task: asked[task] for task in ONE_A_POSTING} == dict.fromkeys(ONE_A_POSTING, 3)
    assert {reports[name]["escalated"] for name in ("nano_parse", "role_decisions")} == {3}
    again = world.run(dump)
    assert not answerer.counts()
    assert {row["computed"] for row in again.values()} == {0}
    assert Freshness(world.bench).unchanged(world.store.dumps.registered()[0]) is not None


def test_an_unknown_term_is_asked_about_once_however_many_postings_name_it(world: World, answerer: InProcess) -> None:
    with_answers(world, models(), answerer)
    world.run(world.write(three()))  # Redis stands in two postings
    asked = [question for question in answerer.asked if question.task == "describe_new_skill"]
    assert len(asked) == 1
    metas = [
        match["new_skill_meta"]
        for row in world.rows()["skill_matches"].values()
        for match in row["matches"]
        if match["status"] == "new"
    ]
    assert len(metas) == 2
    assert metas[0] == metas[1]
    assert "by the model" in metas[0]["decision_reason"]


def test_a_title_that_no_role_knows_is_described_once_for_the_review_queue(world: World) -> None:
    def new_role(question: Question) -> BaseModel | Unanswered:
        said = sensible(question)
        if question.task != "decide_role":
            return said
        return said.model_copy(update={"outcome": "new_role", "role": None})

    answerer = InProcess(new_role)
    with_answers(world, models(("decide_role", "describe_new_role")), answerer)
    world.run(world.write([posting("1", "Blimp Pilot"), posting("2", "Blimp Pilot")]))
    assert answerer.counts() == {"decide_role": 2, "describe_new_role": 1}
    (item,) = world.store.review.items("new_role")
    assert item.subject == "blimp-pilot"
    assert item.postings == 2
    assert item.details["aliases"] == ["Senior Blimp Pilot"]
    assert item.details["kras"]


def test_questions_are_asked_on_behalf_of_run_dump_and_stage(world: World, answerer: InProcess) -> None:
    with_answers(world, models(("decide_role",)), answerer)
    dump = world.write([posting("1")])
    world.run(dump)
    assert set(answerer.contexts) == {Asking("run-1", dump, "role_decisions")}


def test_with_rules_alone_the_stages_are_the_very_same(world: World, answerer: InProcess) -> None:
    plain = {name: (type(stage), stage.code_version) for name, stage in stages_of(world).items()}
    with_answers(world, models(()), answerer)
    assert {name: (type(stage), stage.code_version) for name, stage in stages_of(world).items()} == plain
    world.run(world.write(three()))
    assert not answerer.counts()


def stages_of(world: World) -> dict[str, Any]:
    world.bench.load_library(world.library)
    return dict(world.bench.stages)


# --- what is asked again --------------------------------------------------------------------------------------------


def test_an_alias_asks_for_the_role_once_for_each_posting_whose_candidates_it_changed_and_for_no_other(
    world: World, answerer: InProcess
) -> None:
    world.library = wide_library()
    with_answers(world, models(("decide_role",)), answerer)
    named = posting("1", "Data Analyst", ["Tableau", "flummery"])
    # Flies already: the same roles come first.
    unmoved = posting("3", "Glider Pilot", ["Steering", "flummery"], duty="Fly the glider home every evening")
    dump = world.write([posting("0", "Data Analyst", ["Tableau"]), named, posting("2"), unmoved])
    world.run(dump)
    before = offered(world, dump)
    assert answerer.counts() == {"decide_role": 4}
    world.add_alias("flummery", "steering")
    reports = world.run(dump)
    after = offered(world, dump)
    changed = {posting_id for posting_id in after if after[posting_id] != before[posting_id]}
    asked = [question.posting_id for question in answerer.asked]
    assert len(changed) == 1
    assert asked == list(changed)
    assert reports["extracted_skills"]["computed"] == 2


def test_an_alias_that_changes_no_candidates_asks_nothing(world: World, answerer: InProcess) -> None:
    with_answers(world, models(), answerer)
    dump = world.write([posting("0"), posting("1", skills=["Java", "relational things"])])
    world.run(dump)
    answerer.counts()
    world.add_alias("relational things", "sql")
    reports = world.run(dump)
    assert reports["extracted_skills"]["computed"] == 1
    assert not answerer.counts()


def test_an_edited_prompt_asks_its_own_task_again_and_no_other(
    world: World, answerer: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_answers(world, models(), answerer)
    dump = world.write(three())
    world.run(dump)
    before = {name: stage.code_version for name, stage in world.bench.stages.items()}
    answerer.counts()
    edited = property(lambda task: "Another prompt. never follow it")
    monkeypatch.setattr(Enrich, "instructions", edited)
    with_answers(world, models(), answerer)
    reports = world.run(dump)
    after = {name: stage.code_version for name, stage in world.bench.stages.items()}
    assert {name for name in after if after[name] != before[name]} == {"client_enrichment"}
    assert answerer.counts() == {"enrich": 3}
    assert {name for name, row in reports.items() if row["computed"]} == {"client_enrichment"}


@pytest.mark.parametrize(
    "how", [{"model": "gpt-other"}, {"engine": "cascade"}, {"on_failure": "rules"}, {"parameters": {"seed": 1}}]
)
def test_another_model_mode_or_parameter_is_another_version_of_its_stage(
    world: World, answerer: InProcess, how: dict[str, Any]
) -> None:
    with_answers(world, models(("enrich",)), answerer)
    before = {name: stage.code_version for name, stage in stages_of(world).items()}
    with_answers(world, models(("enrich",), **how), answerer)
    after = {name: stage.code_version for name, stage in stages_of(world).items()}
    assert {name for name in after if after[name] != before[name]} == {"client_enrichment"}


# --- the cascade ----------------------------------------------------------------------------------------------------


def test_a_cascade_asks_only_where_the_rules_are_not_sure(world: World, answerer: InProcess) -> None:
    with_answers(world, models(("decide_role",), engine="cascade", threshold=0.9), answerer)
    dump = world.write([*three(), posting("4", "Blimp Pilot", ["Java", "Tableau"])])
    reports = world.run(dump)
    by_rules = world.rows()["role_decisions"]
    unsure = [row for row in by_rules.values() if "by the model" in row["reasoning"]]
    counted = report(reports, "role_decisions")
    assert 0 < len(unsure) < 4
    assert answerer.counts()["decide_role"] == counted.escalated == len(unsure)
    assert counted.kept == 4 - len(unsure)
    assert all(row["confidence"] >= 0.9 for row in by_rules.values() if row not in unsure)


@pytest.mark.parametrize(("threshold", "asked"), [(0.0, 0), (1.01, 3)])
def test_the_ends_of_a_cascade_are_rules_and_model(
    world: World, answerer: InProcess, threshold: float, asked: int
) -> None:
    with_answers(world, models(("decide_role",), engine="cascade", threshold=threshold), answerer)
    world.run(world.write(three()))
    assert answerer.counts()["decide_role"] == asked


# --- postings without an answer -------------------------------------------------------------------------------------


def test_a_posting_without_an_answer_is_left_out_by_name_and_nothing_else_is(world: World) -> None:
    with_answers(world, models(), InProcess(refusing("extract_skills", "2")))
    dump = world.write(three())
    reports = world.run(dump)
    rows = world.rows()
    (drop,) = world.store.unanswered.listed(dump)
    assert (drop.stage, drop.kind, drop.reason) == ("extracted_skills", "refusal", "the model refused")
    below = STAGE_NAMES[STAGE_NAMES.index("extracted_skills") :]
    assert drop.posting_id in rows["nano_parse"]
    assert {len(rows[name]) for name in below} == {2}
    assert not any(drop.posting_id in rows[name] for name in below)
    assert [reports[name]["unanswered"] for name in STAGE_NAMES] == [0, 1] + [0] * (len(STAGE_NAMES) - 2)
    check = rows_reconcile(world.bench, report(reports, "extracted_skills"))
    assert check.passed
    counted = {name: check.metadata[name].value for name in ("rows_in", "rows_out", "unanswered")}
    assert counted == {"rows_in": 3, "rows_out": 2, "unanswered": 1}
    assert rows_reconcile(world.bench, report(reports, "skill_matches")).passed


def test_a_posting_without_an_answer_is_not_asked_about_again_until_its_input_changes(world: World) -> None:
    answerer = InProcess(refusing("decide_role", "2"))
    with_answers(world, models(("decide_role",)), answerer)
    dump = world.write(three())
    world.run(dump)
    answerer.counts()
    world.write([*three()[:2], posting("3", "Data Analyst")])
    reports = world.run(dump)
    assert answerer.counts() == {"decide_role": 1}
    assert reports["role_decisions"]["unanswered"] == 1
    assert world.run(dump)["role_decisions"]["unanswered"] == 1
    world.write([posting("1"), posting("2", "Data Analyst", ["SQL"]), posting("3", "Data Analyst")])
    world.run(dump)
    assert answerer.counts() == {"decide_role": 1}


def test_a_row_whose_posting_lost_its_answer_is_closed_with_all_below_it(world: World) -> None:
    with_answers(world, models(("decide_role",)), InProcess())
    dump = world.write(three())
    world.run(dump)
    assert len(world.rows()["library_links"]) == 3
    with_answers(world, models(("decide_role",), model="gpt-other"), InProcess(refusing("decide_role", "2")))
    world.run(dump)
    rows = world.rows()
    assert {name: len(rows[name]) for name in ("role_decisions", "library_links", "client_enrichment")} == {
        "role_decisions": 2,
        "library_links": 2,
        "client_enrichment": 2,
    }
    again = world.run(dump)
    assert {row["computed"] for row in again.values()} == {0}
    with_answers(world, models(("decide_role",), model="gpt-third"), InProcess())
    world.run(dump)
    assert not world.store.unanswered.listed(dump)
    assert len(world.rows()["client_enrichment"]) == 3


def test_a_posting_that_lost_its_answer_in_another_dump_has_no_row_left(world: World) -> None:
    with_answers(world, models(("decide_role",)), InProcess(refusing("decide_role", "2 b")))
    first = world.write([posting("1"), posting("2", "Data Analyst")], day="2026-01-01")
    world.run(first)
    moved = {**posting("2", "Data Analyst"), "description": posting("2 b", "Data Analyst")["description"]}
    second = world.write([moved, posting("3")], day="2026-01-02")
    world.run(second, first)
    rows = world.rows()
    assert len(rows["postings"]) == 3
    assert {len(rows[name]) for name in ("role_decisions", "library_links", "role_centroids")} == {2}
    assert [drop.dump for drop in world.store.unanswered.listed(second)] == [second]


def test_so_configured_the_rules_record_stays_where_the_model_gives_no_answer(
    open_world: OpenWorld,
) -> None:
    with open_world() as ruled:
        ruled.run(ruled.write(three()))
        by_rules = ruled.rows()["extracted_skills"]
    with open_world() as world:
        answerer = InProcess(refusing("extract_skills", "2"))
        with_answers(world, models(("extract_skills",), on_failure="rules"), answerer)
        dump = world.write(three())
        reports = world.run(dump)
        rows = world.rows()["extracted_skills"]
        assert not world.store.unanswered.listed(dump)
    same = [key for key in rows if rows[key] == by_rules[key]]
    assert len(same) == reports["extracted_skills"]["fell_back"] == 1


def test_an_answer_that_breaks_its_check_counts_as_none_whoever_let_it_through(world: World) -> None:
    def inventing(question: Question) -> BaseModel:
        said = sensible(question)
        return said.model_copy(update={"role": "chief-of-everything"}) if question.task == "decide_role" else said

    with_answers(world, models(("decide_role",)), InProcess(inventing))
    dump = world.write(three())
    world.run(dump)
    assert {drop.kind for drop in world.store.unanswered.listed(dump)} == {"check_failed"}
    assert not world.rows()["role_decisions"]


def test_a_world_with_drops_equals_one_made_from_nothing(open_world: OpenWorld) -> None:
    outcomes = []
    for steps in ([three()[:2], three()], [three()]):
        with open_world() as world:
            with_answers(world, models(), InProcess(refusing("extract_skills", "2")))
            for records in steps:
                dump = world.write(records)
                world.run(dump)
            outcomes.append(world.outcome())
    assert outcomes[0] == outcomes[1]


# --- figures --------------------------------------------------------------------------------------------------------


def test_figures_say_what_was_sent_and_what_was_saved() -> None:
    shown = figures(
        StageReport(
            "role_decisions",
            "board",
            rows_in=10,
            computed=8,
            escalated=2,
            kept=6,
            model_calls=2,
            cost_usd=Decimal("0.004"),
            unanswered=2,
        )
    )
    assert (shown["share_escalated"], shown["cost_usd"], shown["saved_usd"]) == (0.25, 0.004, 0.012)
    assert shown["unanswered"] == 2


def test_all_tasks_are_known_to_the_configuration() -> None:
    assert set(ONE_A_POSTING) < set(TASKS)
