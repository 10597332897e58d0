"""The whole pipeline before an endpoint over HTTP: what it billed is what the reports say, and nothing comes twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from jd_assets.engines.openai.config import Budget, Endpoint, Limits
from jd_assets.errors import BudgetSpent, SettingsError
from jd_assets.tasks.enrich import Enrich
from jd_assets.tasks.registry import TASKS
from jd_assets.workbench import Workbench
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.script import Fault, Script
from jd_assets_tests.small_world import WordEmbedder, World, posting
from jd_assets_tests.tasks.answering import models

TASK_OF = {kind.schema.__name__: kind.name for kind in TASKS}
TITLES = ["Backend Engineer", "Data Analyst", "Frontend Engineer", "Blimp Pilot"]
DUTIES = ["Count the tickets sold", "Paint maps of the harbour", "Answer letters of members", "Mend the old catalogue"]
POISON = "quicksand"

Open = Callable[..., Workbench]  # with changes of the configuration


def records(count: int) -> list[dict[str, str]]:
    """Postings of which no two are alike."""
    skills = ["Java", "SQL", "Redis", "React", "Tableau"]
    return [
        posting(
            f"{key}",
            TITLES[key % 4],
            [skills[key % 5], skills[(key + 1 + key // 5) % 5]],
            f"{DUTIES[key % 3]} in hall {key} and {DUTIES[(key + 1) % 4].lower()} of year {1900 + 7 * key}",
        )
        for key in range(count)
    ]


@pytest.fixture
def reopen(world: World, simulator: Simulator) -> Iterator[Open]:
    """Opens the world's workbench anew, as a new process would: all tasks asked of the simulator."""
    config = replace(
        models(model="gpt-6-luna"),
        endpoint=Endpoint(base_url=simulator.url, api_key_env=""),
        limits=Limits(max_attempts=6),
    )
    with ExitStack() as opened:

        def again(**changes: Any) -> Workbench:
            world.bench = Workbench(world.store, world.settings, WordEmbedder(), replace(config, **changes))
            opened.callback(world.bench.close)
            return world.bench

        again()
        yield again


def asked(simulator: Simulator, after: int = 0) -> Counter[str]:
    """How often each task was asked."""
    return Counter(TASK_OF[hit.schema_name or ""] for hit in simulator.asked(after=after))


def test_a_run_costs_what_the_endpoint_billed_and_a_second_one_nothing(
    world: World, simulator: Simulator, reopen: Open
) -> None:
    dump = world.write(records(10))
    reports = world.run(dump)
    known = len(simulator.requests())
    assert sum(row["model_calls"] for row in reports.values()) == len(simulator.asked())
    assert sum((row["cost_usd"] for row in reports.values()), Decimal(0)) == simulator.bill().total > 0
    assert asked(simulator)["nano_parse"] == asked(simulator)["extract_skills"] == 10
    assert asked(simulator)["describe_new_skill"] == 1  # Redis, whoever names it
    assert not world.store.unanswered.listed(dump)
    reopen()
    again = world.run(dump)
    assert len(simulator.requests()) == known
    assert {row["computed"] for row in again.values()} == {0}


def test_an_edited_prompt_is_paid_for_in_its_own_task_alone(
    world: World, simulator: Simulator, reopen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = world.write(records(6))
    world.run(dump)
    before = len(simulator.requests())
    old = Enrich(world.library).instructions
    monkeypatch.setattr(Enrich, "instructions", property(lambda task: f"{old}\nBe brief."))
    reopen()
    world.run(dump)
    assert set(asked(simulator, after=before)) == {"enrich"}
    known = len(simulator.requests())
    monkeypatch.setattr(Enrich, "instructions", property(lambda task: old))
    reopen()
    reports = world.run(dump)  # the old prompt's answers are still there
    assert len(simulator.requests()) == known
    assert reports["client_enrichment"]["cache_hits"] > 0
    assert reports["client_enrichment"]["cost_usd"] == 0


def test_faults_are_outlived_and_poison_is_left_out_by_name(world: World, simulator: Simulator, reopen: Open) -> None:
    good = records(8)
    bad = [
        posting(f"{POISON} {number}", "Data Analyst", ["SQL"], f"Report on {number * 17} dunes") for number in (1, 2)
    ]
    simulator.script(
        Script(
            faults=(
                Fault(kind="refusal", marker=POISON, schema_name="NamedSkills"),
                Fault(kind="server_error", share=0.1),
                Fault(kind="truncated", share=0.05, billed=True),
                Fault(kind="rate_limited", share=0.05, retry_after=0.05),
            )
        )
    )
    dump = world.write([*good, *bad])
    reports = world.run(dump)
    dropped = world.store.unanswered.listed(dump)
    postings = world.rows()["postings"]
    assert {(drop.stage, drop.kind) for drop in dropped} == {("extracted_skills", "refusal")}
    assert {postings[drop.posting_id]["dump_key"] for drop in dropped} == {record["id"] for record in bad}
    assert len(world.rows()["role_decisions"]) == 8
    assert sum(row["model_calls"] for row in reports.values()) == len(simulator.asked())
    simulator.script(Script())
    known = len(simulator.requests())
    reopen()
    assert world.run(dump)["extracted_skills"]["unanswered"] == 2
    assert len(simulator.requests()) == known


def test_a_spent_budget_stops_the_run_and_the_next_one_carries_on(
    world: World, simulator: Simulator, reopen: Open
) -> None:
    dump = world.write(records(10))
    cap = Decimal("0.002")
    reopen(budget=Budget(usd_per_run=cap))
    with pytest.raises(BudgetSpent):
        world.run(dump)
    paid, known = simulator.bill().total, len(simulator.asked())
    assert 0 < paid <= cap
    reopen()
    reports = world.run(dump)
    assert sum(row["cache_hits"] for row in reports.values()) > 0
    assert len(world.rows()["client_enrichment"]) == 10
    hits = simulator.asked()
    assert len({hit.body for hit in hits}) == len(hits) > known  # nothing was paid twice


def test_without_a_key_nothing_begins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    bench = world.bench = Workbench(world.store, world.settings, WordEmbedder(), models(model="gpt-6-luna"))
    world.bench.load_library(world.library)
    with pytest.raises(SettingsError, match="OPENAI_API_KEY is not set"):
        _ = bench.stages
