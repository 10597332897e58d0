"""The engine against the simulator: whatever goes wrong, every question gets its due, and every cent is on record."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from jd_assets.engines.openai.config import Budget, Endpoint, Limits, TaskConfig
from jd_assets.engines.openai.engine import ModelEngine
from jd_assets.engines.questions import Answer, Asking, Unanswered, asking
from jd_assets.errors import BudgetSpent, ModelAccessError, ModelUnavailable, SettingsError
from jd_assets.store import Store
from jd_assets_tests.engines.openai.asking import (
    ENVIRON,
    KEY,
    MODEL,
    SYSTEM,
    Duty,
    OpenEngine,
    config,
    posting,
    question,
    questions,
    values,
)
from jd_assets_tests.simulator.client import Simulator, too_early
from jd_assets_tests.simulator.script import Fault, FaultKind

WIDE = (
    Fault(kind="rate_limited", share=0.025),
    Fault(kind="rate_limited", share=0.025, retry_after=0.2),
    Fault(kind="server_error", share=0.01),
    Fault(kind="cut", share=0.01),
    Fault(kind="truncated", share=0.01),
    Fault(kind="broken_body", share=0.005),
    Fault(kind="html", share=0.005),
    Fault(kind="schema_invalid", share=0.01),
    Fault(kind="invalid_json", share=0.01),
    Fault(kind="refusal", share=0.01, per="body"),
    Fault(kind="length", share=0.01, per="body"),
    Fault(kind="content_filter", share=0.005, per="body"),
)


def test_answers_come_in_the_order_of_their_questions(open_engine: OpenEngine) -> None:
    with open_engine() as engine:
        results = engine.answer(questions(150))
    for number, value in enumerate(values(results)):
        assert isinstance(value, Duty)
        assert value.quote in posting(number)


def test_no_question_no_thread_no_connection(open_engine: OpenEngine) -> None:
    with open_engine() as engine:
        assert engine.answer([]) == []
        assert not engine.started


def test_through_all_faults_each_hit_has_one_row_and_the_cost_is_the_bill(
    open_engine: OpenEngine, simulator: Simulator, store: Store
) -> None:
    simulator.script(faults=WIDE, seed=3)
    wanted = questions(600)
    with open_engine() as engine:
        results = engine.answer(wanted)
    lines, hits, bill = store.calls.lines(), simulator.asked(), simulator.bill()
    assert sorted(int(hit.client_request_id or 0) for hit in hits) == sorted(line.call_id for line in lines)
    assert {hit.request_id: hit.charge.cost for hit in hits if hit.charge} == {
        line.request_id: line.cost_usd for line in lines if line.cost_usd
    }
    total = store.calls.totals("model")[0]
    assert (total.key, total.cost_usd, total.attempts) == (MODEL, bill.total, len(hits))
    assert total.unknown_costs == sum(hit.fault in ("cut", "truncated", "broken_body", "html") for hit in hits)
    fault_of = {hit.client_request_id: hit.fault for hit in hits}
    last = {line.posting_id: fault_of[str(line.call_id)] for line in lines if line.status == "answered"}
    poisoned = {posting_id: fault for posting_id, fault in last.items() if fault is not None}
    found = zip(wanted, results, strict=True)
    unanswered = {asked.posting_id: result for asked, result in found if isinstance(result, Unanswered)}
    assert {
        posting_id: result.kind.replace("invalid_schema", "schema_invalid") for posting_id, result in unanswered.items()
    } == poisoned
    assert {"refusal", "length", "content_filter"} <= set(poisoned.values())
    assert all(result.reason for result in unanswered.values())
    assert not too_early(hits, grace=0.1)


def test_asking_again_costs_nothing(open_engine: OpenEngine, simulator: Simulator, store: Store) -> None:
    with open_engine() as engine:
        first = engine.answer(questions(60))
    asked = len(simulator.requests())
    with open_engine() as engine:
        again = engine.answer(questions(60))
    assert values(again) == values(first)
    assert all(isinstance(result, Answer) and result.cached for result in again)
    assert len(simulator.requests()) == asked
    assert store.calls.totals("task")[0].cache_hits == 60


def test_equal_questions_are_asked_once(open_engine: OpenEngine, simulator: Simulator) -> None:
    with open_engine() as engine:
        results = engine.answer([question(1)] * 30)
    assert len(simulator.asked()) == 1
    assert sum(isinstance(result, Answer) and result.cached for result in results) == 29


def test_another_model_parameter_or_prompt_is_another_request(open_engine: OpenEngine, simulator: Simulator) -> None:
    for changed in (
        {},
        {"defaults": TaskConfig("openai", MODEL, {"temperature": 0.5})},
        {"defaults": TaskConfig("openai", "text-embedding-3-small")},
    ):
        with open_engine(**changed, budget=Budget()) as engine:
            engine.answer([question(1)])
    with open_engine() as engine:
        engine.answer([question(1, system=SYSTEM + " Be brief.")])
    assert len(simulator.asked()) == 4


def test_a_faulty_answer_is_repaired_once_with_its_faults_named(
    open_engine: OpenEngine, simulator: Simulator, store: Store
) -> None:
    wrong = {"quote": "nobody wrote this", "managing": True}
    simulator.script(faults=(Fault(kind="literal", answer=wrong, times=1),), keep_bodies=True)
    with open_engine() as engine:
        (result,) = engine.answer([question(1)])
    assert isinstance(result, Answer)
    first, repair = store.calls.lines()
    assert first.outcome == "check_failed" and repair.outcome == "accepted"
    assert repair.repairs == first.request_hash and repair.request_hash == result.request_hash
    assert "nobody wrote this' does not stand in the posting" in repair.messages


def test_what_cannot_be_repaired_is_unanswered_with_its_reason(open_engine: OpenEngine, simulator: Simulator) -> None:
    simulator.script(
        faults=(Fault(kind="schema_invalid", marker="Posting 1."), Fault(kind="refusal", marker="Posting 2."))
    )
    with open_engine() as engine:
        good, schema, refused = engine.answer(questions(3))
    assert isinstance(good, Answer)
    assert isinstance(schema, Unanswered) and schema.kind == "invalid_schema"
    assert isinstance(refused, Unanswered) and refused.kind == "refusal"
    assert len(simulator.asked()) == 1 + 2 + 1


def test_a_question_that_the_endpoint_does_not_take_stops_nobody_else(
    open_engine: OpenEngine, simulator: Simulator
) -> None:
    simulator.script(faults=(Fault(kind="bad_request", marker="Posting 1."),))
    with open_engine() as engine:
        good, refused = engine.answer(questions(2))
    assert isinstance(good, Answer)
    assert refused == Unanswered("bad_request", f"{simulator.url} answered 400: Invalid request.")


@pytest.mark.parametrize("kind", ["unauthorized", "quota", "model_not_found"])
def test_refused_access_stops_at_once_and_says_what_to_do(
    open_engine: OpenEngine, simulator: Simulator, kind: FaultKind
) -> None:
    simulator.script(faults=(Fault(kind=kind),))
    with open_engine() as engine, pytest.raises(ModelAccessError, match=r"check|raise"):
        engine.answer(questions(200))
    assert len(simulator.asked()) == 1


def test_access_lost_on_the_way_keeps_what_was_answered(
    open_engine: OpenEngine, simulator: Simulator, store: Store
) -> None:
    simulator.script(quota_usd=Decimal("0.001"), latency_seconds=0.02)
    with open_engine() as engine, pytest.raises(ModelAccessError, match="quota"):
        engine.answer(questions(300))
    answered = store.calls.totals("task")[0].answered
    assert answered > 10
    simulator.script(quota_usd=None)
    before = len(simulator.asked())
    with open_engine() as engine:
        assert len(values(engine.answer(questions(300)))) == 300
    assert len(simulator.asked()) - before == 300 - answered
    assert store.calls.totals("model")[0].cost_usd == simulator.bill().total


def test_an_endpoint_that_stays_down_is_unavailable(open_engine: OpenEngine, simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="server_error"),))
    with open_engine(limits=Limits(max_attempts=2)) as engine, pytest.raises(ModelUnavailable, match="2 attempts"):
        engine.answer(questions(50))


def test_nobody_listening_is_unavailable_and_free(open_engine: OpenEngine, store: Store) -> None:
    nowhere = Endpoint(base_url="http://127.0.0.1:9/v1")
    with open_engine(endpoint=nowhere, limits=Limits(max_attempts=2)) as engine, pytest.raises(ModelUnavailable):
        engine.answer(questions(2))
    # An attempt that the run's end overtook was never sent.
    assert {line.error for line in store.calls.lines() if line.status != "unsent"} == {"connection_refused"}
    assert store.calls.spent("").day == 0


def test_a_slow_answer_is_given_up_and_its_reservation_stays(
    open_engine: OpenEngine, simulator: Simulator, store: Store
) -> None:
    simulator.script(faults=(Fault(kind="slow", seconds=5, times=1),))
    with open_engine(endpoint=Endpoint(base_url=simulator.url, timeout_seconds=0.3)) as engine:
        values(engine.answer([question(1)]))
    lost, good = store.calls.lines()
    assert (lost.error, lost.cost_usd) == ("timeout", None)
    assert good.cost_usd is not None and store.calls.spent("").day > good.cost_usd


def test_a_budget_is_never_exceeded_nearly_used_up_and_the_next_run_carries_on(
    open_engine: OpenEngine, simulator: Simulator, store: Store
) -> None:
    simulator.script(latency_seconds=0.01)
    cap = Decimal("0.003")
    with open_engine(budget=Budget(usd_per_run=cap)) as engine:
        asking.set(Asking("run-1", "dump", "nano_parse"))
        with pytest.raises(BudgetSpent, match="raise it"):
            engine.answer(questions(400))
        spent = simulator.bill().total
        assert cap * Decimal("0.8") < spent <= cap
        assert store.calls.spent("run-1").run == spent
        assert store.calls.of_stage("run-1", "nano_parse", "dump").cost_usd == spent
        asked = len(simulator.asked())
        asking.set(Asking("run-2", "dump", "nano_parse"))
        with pytest.raises(BudgetSpent):
            engine.answer(questions(400))
        assert store.calls.of_stage("run-2", "nano_parse", "dump").cache_hits == asked


def test_a_day_s_budget_counts_all_runs(open_engine: OpenEngine, simulator: Simulator) -> None:
    with open_engine(budget=Budget(usd_per_day=Decimal("0.002"))) as engine:
        for run in ("run-1", "run-2"):
            asking.set(Asking(run, "", ""))
            with pytest.raises(BudgetSpent):
                engine.answer(questions(400, system=run))
    assert simulator.bill().total <= Decimal("0.002")


def test_a_budget_with_a_model_of_unknown_price_is_refused(store: Store) -> None:
    unknown = config("http://127.0.0.1:9/v1", defaults=TaskConfig("openai", "home-made"))
    with ModelEngine(store.calls, unknown, ENVIRON):
        pass
    with pytest.raises(SettingsError, match=r'prices\."home-made"'):
        ModelEngine(
            store.calls,
            config(unknown.endpoint.base_url, defaults=unknown.defaults, budget=Budget(Decimal(1))),
            ENVIRON,
        )


def test_two_runs_that_want_the_same_answers_pay_once(store: Store, second_store: Store, simulator: Simulator) -> None:
    simulator.script(latency_seconds=0.05)

    def run(own: Store) -> list[Answer | Unanswered]:
        with ModelEngine(own.calls, config(simulator.url), ENVIRON) as engine:
            return engine.answer(questions(150))

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(run, (store, second_store))
    assert values(first) == values(second)
    assert len(simulator.asked()) == 150
    cached = Counter(result.cached for result in (*first, *second) if isinstance(result, Answer))
    assert cached == {True: 150, False: 150}


def test_the_key_appears_nowhere(
    store: Store, simulator: Simulator, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echoed = {"quote": f"my key is {KEY}", "managing": True}
    simulator.script(api_key="sk-another-key-000000", faults=(Fault(kind="literal", answer=echoed),))
    wanted = config(simulator.url, limits=Limits(max_attempts=1))
    with ModelEngine(store.calls, wanted, ENVIRON) as engine:
        with pytest.raises(ModelAccessError) as refused:
            engine.answer(questions(3))
        simulator.script(api_key=KEY)
        results = engine.answer(questions(3))
        texts = [
            repr(engine),
            repr(wanted),
            repr(vars(engine)["_config"]),
            repr(refused.value),
            repr(results),
            caplog.text,
        ]
    with store.database.transaction() as conn:
        for table in ("calls", "requests", "call_uses"):
            texts += [str(row) for row in conn.execute(f"SELECT * FROM jd.{table}")]
    assert len(texts) > 10
    for text in texts:
        assert KEY not in text and KEY[:8] not in text and KEY[-4:] not in text
