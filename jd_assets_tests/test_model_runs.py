"""Whole runs through models over HTTP: every call accounted for, nothing paid twice, nothing asked without need.

Each claim is made in the small for every change, and on 2,000 postings in slow tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from jd_assets.engines.openai.config import Budget
from jd_assets.errors import BudgetSpent
from jd_assets.store.server import EmbeddedPostgres
from jd_assets.tasks.extract_skills import ExtractSkills
from jd_assets_tests.conftest import world_in
from jd_assets_tests.model_world import (
    LOST,
    STAGE_OF,
    TASK_OF,
    Books,
    asking_of,
    books,
    contests,
    dear,
    neighbours,
    offered,
    poisoned,
    record,
    records,
    wide_library,
)
from jd_assets_tests.simulator.client import Hit, Simulator
from jd_assets_tests.simulator.fixture import running
from jd_assets_tests.simulator.script import Fault, FaultKind, Script
from jd_assets_tests.small_world import World

SHARES: tuple[tuple[FaultKind, float, float | None], ...] = (
    ("rate_limited", 0.025, None),
    ("rate_limited", 0.0225, 0.05),  # seconds to wait, as it says
    ("rate_limited", 0.0025, 0.5),
    ("server_error", 0.01, None),
    ("cut", 0.01, None),
    ("truncated", 0.01, None),
    ("schema_invalid", 0.01, None),
    ("refusal", 0.005, None),
    ("length", 0.005, None),
)
POISON = "quicksand"  # no answer about a posting that names it names its skills
TURNED = "Flummery"  # an unknown skill; another name of a known one later
MOVED = ("Data Analyst", ["Tableau"])  # title and skills of postings for which that opens a new field of work
UNMOVED = ("Glider Pilot", ["Steering"])  # and of others that were in it before
OFTEN = 20  # what is to be expected so often does occur
MOST_RUNS = 8  # that share the work of a budget test
GRACE = 0.05  # seconds between reading a refusal and heeding it: what the loop had begun is done first


def faults(severity: float) -> tuple[Fault, ...]:
    """The faults of every day, so many times as frequent; postings that are poison, and some that are spared."""
    spared = Fault(kind="slow", seconds=0, marker=TURNED)
    poison = Fault(kind="refusal", marker=POISON, schema_name="NamedSkills")
    every_day = (Fault(kind=kind, share=share * severity, retry_after=after) for kind, share, after in SHARES)
    return (spared, poison, *every_day)


@dataclass
class Run:
    """A world that a run went through, in bad weather, and what was on the books then."""

    world: World
    simulator: Simulator
    dump: str
    reports: dict[str, dict[str, Any]]
    books: Books

    def again(self, *, script: Script | None = None) -> tuple[dict[str, dict[str, Any]], list[Hit]]:
        """The reports and the requests of a run in a new process, before a perfect endpoint if no other is given."""
        before = len(self.simulator.requests())
        self.simulator.script(script or Script())
        self.world.reopen(asking_of(self.simulator.url))
        reports = self.world.run(self.dump)
        return reports, self.simulator.requests(after=before)

    def settle(self) -> None:
        """Bring everything back to where the first run left it: answers that were paid once are not paid again."""
        _, hits = self.again()
        assert not hits

    def postings_of(self, hits: Sequence[Hit]) -> list[tuple[str, str]]:
        """Which task each request of a model was for, and which posting."""
        owner = {line.call_id: line.posting_id for line in self.world.store.calls.lines() if line.call_id}
        return [(TASK_OF[hit.schema_name or ""], owner[int(hit.client_request_id or 0)]) for hit in hits if hit.model]


@pytest.fixture(
    scope="module", params=[pytest.param((2_000, 1), marks=pytest.mark.slow, id="2000"), pytest.param((40, 2), id="40")]
)
def run(
    request: pytest.FixtureRequest,
    postgres_server: EmbeddedPostgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Run]:
    """The first run of a world; tests find its rows as it left them, or bring them back."""
    count, severity = request.param
    folder = tmp_path_factory.mktemp("run")
    with (
        running(Script(faults=faults(severity), seed=11), folder) as simulator,
        world_in(postgres_server, migrated_template, folder) as world,
    ):
        world.library = wide_library()
        world.reopen(asking_of(simulator.url))
        poison = [record(10_000 + n, f"{POISON} {n}", skills=["SQL"]) for n in range(3)]
        turned = [
            record(20_000 + n, f"{TURNED} {n}", title, [*skills, TURNED, "SQL"])
            for n, (title, skills) in enumerate([MOVED, UNMOVED] * (2 + count // 200))
        ]
        dump = world.write([*records(count - len(poison) - len(turned)), *poison, *turned])
        reports = world.run(dump)
        found = Run(world, simulator, dump, reports, books(world, simulator, dump))
        yield found


def test_each_hit_of_the_server_has_exactly_one_attempt_row(run: Run) -> None:
    hits, attempts, hit_of = run.books.hits, run.books.attempts, run.books.hit_of
    print(f"{len(hits)} hits", Counter(TASK_OF[hit.schema_name or ""] for hit in hits), Counter(h.fault for h in hits))
    assert sorted(int(hit.client_request_id or 0) for hit in hits) == sorted(line.call_id or 0 for line in attempts)
    for line in attempts:
        hit = hit_of[str(line.call_id)]
        assert line.status == ("answered" if hit.charge is not None else "failed")
        assert line.http_status == (None if hit.fault in LOST else hit.status)
        assert line.request_id == (None if hit.fault in LOST else hit.request_id)
        assert line.task == TASK_OF[hit.schema_name or ""]
    assert sum(report["model_calls"] for report in run.reports.values()) == len(hits)
    assert {TASK_OF[hit.schema_name or ""] for hit in hits} == set(STAGE_OF), "every task was asked"
    assert {hit.fault for hit in hits} >= {kind for kind, share, _ in SHARES if share * len(hits) > OFTEN}
    assert not run.books.sent_too_early(grace=GRACE)


def test_the_cost_is_the_server_s_bill_to_the_last_digit(run: Run) -> None:
    bill, attempts, calls = run.books.bill, run.books.attempts, run.world.store.calls
    print(f"${bill.total} billed for {len(bill.charges)} answers")
    assert {charge.request_id: charge.cost for charge in bill.charges} == {
        line.request_id: line.cost_usd for line in attempts if line.status == "answered"
    }
    assert sum((line.cost_usd or Decimal(0) for line in attempts), Decimal(0)) == bill.total
    assert sum((report["cost_usd"] for report in run.reports.values()), Decimal(0)) == bill.total
    for grouping in ("task", "model", "day", "run_id"):
        totals = calls.totals(grouping)
        assert sum(total.cost_usd for total in totals) == bill.total
        assert sum(total.unknown_costs for total in totals) == sum(hit.fault in LOST for hit in run.books.hits)


def test_poisoned_postings_are_quarantined_with_reasons_and_nothing_else_is(run: Run) -> None:
    drops, rows = run.books.drops, run.world.rows()
    print(f"{len(drops)} of {len(rows['postings'])} quarantined", Counter((drop.stage, drop.kind) for drop in drops))
    assert {(drop.stage, drop.posting_id, drop.kind) for drop in drops} == poisoned(run.books)
    assert all(drop.reason for drop in drops)
    named = {key for key, row in rows["postings"].items() if POISON in row["description"]}
    assert len(named) == 3
    assert {drop.posting_id for drop in drops} >= named
    assert rows["postings"].keys() - rows["client_enrichment"].keys() == {drop.posting_id for drop in drops}


def test_the_same_run_again_asks_nothing(run: Run) -> None:
    run.settle()
    reports, hits = run.again()
    assert not hits
    assert {report["computed"] for report in reports.values()} == {0}


def test_an_edited_prompt_asks_its_own_task_again_and_what_really_changed_below(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.settle()
    before = run.world.rows()
    old = ExtractSkills(run.world.library).instructions
    marker = f"posting {TURNED} 0 on"
    says = Fault(kind="literal", marker=marker, schema_name="NamedSkills", answer={"skills": []})
    with monkeypatch.context() as edit:
        edit.setattr(ExtractSkills, "instructions", property(lambda task: f"{old}\nBe brief."))
        _, hits = run.again(script=Script(faults=(says,)))
        after = run.world.rows()
    asked = run.postings_of(hits)
    own = [posting_id for task, posting_id in asked if task == "extract_skills"]
    below = {posting_id for task, posting_id in asked if task != "extract_skills"}
    extracted = [rows["extracted_skills"] for rows in (before, after)]
    changed = {key for key in extracted[1] if extracted[1][key] != extracted[0].get(key)}
    (marked,) = (key for key, row in after["postings"].items() if marker in row["description"])
    print(f"{len(own)} calls of the task, {len(asked) - len(own)} below, for {len(changed)} changed postings")
    assert sorted(own) == sorted(after["nano_parse"])
    assert marked in changed
    assert below <= changed


def test_an_alias_asks_once_where_it_changed_the_candidates_and_never_elsewhere(run: Run) -> None:
    run.settle()
    before, library = choices(run), run.world.library
    run.world.add_alias(TURNED, "steering")
    _, hits = run.again()
    after = choices(run)
    run.world.library = library
    asked = run.postings_of(hits)
    changed = {task: {key for key in after[task] if after[task][key] != before[task].get(key)} for task in after}
    print({task: f"{len(changed[task])} of {len(after[task])}" for task in after}, len(asked), "calls")
    assert 0 < len(changed["decide_role"]) < len(after["decide_role"])
    for task in ("decide_role", "adjudicate_role"):
        assert sorted(posting_id for name, posting_id in asked if name == task) == sorted(changed[task])
    assert Counter(name for name, _ in asked) == {task: len(keys) for task, keys in changed.items() if keys}


def choices(run: Run) -> dict[str, dict[str, Any]]:
    """What is offered in the questions of each task that offers anything of the library; of terms, in one for all."""
    return {
        "decide_role": offered(run.world, run.dump),
        "adjudicate_role": contests(run.world, run.dump),
        "describe_new_skill": neighbours(run.world.library),
    }


# --- the budget -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "work", "cap"),
    [pytest.param(300, "2.00", "0.50", marks=pytest.mark.slow, id="2.00"), pytest.param(20, "0.12", "0.08", id="0.12")],
)
def test_a_budget_stops_a_run_cleanly_below_its_cap_and_later_runs_carry_on(
    world: World, simulator: Simulator, count: int, work: str, cap: str
) -> None:
    prices, overrides = dear(20)
    simulator.script(prices=prices, latency_seconds=0.01)
    world.library = wide_library()
    dump = world.write(records(count))
    spent: list[Decimal] = []
    for _ in range(MOST_RUNS):
        before = simulator.bill().total
        world.reopen(asking_of(simulator.url, prices=overrides, budget=Budget(usd_per_run=Decimal(cap))))
        try:
            world.run(dump)
        except BudgetSpent as stopped:
            assert "raise it in the models file" in str(stopped)
            over = False
        else:
            over = True
        spent.append(simulator.bill().total - before)
        assert world.store.calls.spent(f"run-{world.runs}").run == spent[-1]
        if over:
            break
    hits, lines, total = simulator.asked(), world.store.calls.lines(), simulator.bill().total
    print(f"${total} of work under a cap of ${cap} a run:", ", ".join(f"${part}" for part in spent))
    assert over and total >= Decimal(work)
    assert all(part <= Decimal(cap) for part in spent)
    assert all(part + dearest(world) > Decimal(cap) for part in spent[:-1]), "what is left pays for no further call"
    assert len({hit.body for hit in hits}) == len(hits), "nothing was paid twice"
    assert {line.status for line in lines} <= {"answered", "unsent"}
    rows = world.rows()
    assert len(rows["postings"]) == len(rows["client_enrichment"]) == count


def dearest(world: World) -> Decimal:
    """What the dearest of all calls could have cost at most."""
    with world.store.database.transaction() as conn:
        (most,) = conn.execute("SELECT max(reserved_usd) FROM jd.calls").fetchone() or (Decimal(0),)
    return Decimal(most)
