"""Batches: half the price, any order, unfinished parts, and nothing asked twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from jd_assets.engines.openai import batch_caller
from jd_assets.engines.openai.batch import BatchEngine
from jd_assets.engines.openai.config import Budget, Limits, ModelsConfig, PriceOverride, TaskConfig
from jd_assets.engines.openai.engine import ModelEngine
from jd_assets.engines.openai.estimate import Estimator
from jd_assets.engines.questions import Answer, Asking, Unanswered, asking
from jd_assets.errors import BudgetSpent, ModelAccessError, ModelUnavailable, PermanentError, SettingsError
from jd_assets.store import Store
from jd_assets.store.calls import CallLine
from jd_assets_tests.engines.openai.asking import ENVIRON, KEY, MODEL, config, questions
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.script import BatchScript, Fault

PRICES = {MODEL: PriceOverride(Decimal("0.10"), Decimal("0.50"), Decimal("0.01"), Decimal("0.125"))}
CHAT, BATCHES, FILES = "/v1/chat/completions", "/v1/batches", "/v1/files"

Opened = Callable[..., BatchEngine]


@pytest.fixture
def models(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> ModelsConfig:
    monkeypatch.setattr(batch_caller, "FIRST_WAIT", 0.02)  # batches of tests are done in no time
    simulator.script(batch=BatchScript(seconds=0.1))
    return config(simulator.url, prices=PRICES)


@pytest.fixture
def opened(store: Store, models: ModelsConfig) -> Iterator[Opened]:
    """Opens engines, on behalf of a run."""
    made: list[BatchEngine] = []
    token = asking.set(Asking("run-1", "dump", "nano_parse"))

    def open_one(**changes: Any) -> BatchEngine:
        made.append(BatchEngine(store.calls, store.batches, replace(models, **changes), ENVIRON))
        return made[-1]

    yield open_one
    asking.reset(token)
    for engine in made:
        engine.close()


def paid(store: Store) -> list[CallLine]:
    return [line for line in store.calls.lines() if not line.cached and line.status == "answered"]


def submitted(simulator: Simulator) -> int:
    """How many batches the endpoint was given."""
    return sum(hit.method == "POST" for hit in simulator.requests(BATCHES))


def no_batch_is_left(store: Store, models: ModelsConfig) -> bool:
    return store.batches.open(models.endpoint.base_url) == []


def test_answers_come_at_half_price_to_the_last_digit(opened: Opened, store: Store, simulator: Simulator) -> None:
    answers = opened().answer(questions(25))
    assert all(isinstance(answer, Answer) and not answer.cached for answer in answers)
    bill = simulator.bill()
    assert len(bill.charges) == 25 and all(charge.batch for charge in bill.charges)
    assert sum(line.cost_usd or 0 for line in paid(store)) == bill.total > 0
    assert store.calls.spent("run-1").run == bill.total
    assert submitted(simulator) == 1 and simulator.requests(CHAT) == []
    assert all(line.batch for line in paid(store))


def test_each_answer_goes_to_its_question(
    opened: Opened, store: Store, models: ModelsConfig, simulator: Simulator
) -> None:
    batched = [answer.value for answer in opened().answer(questions(25)) if isinstance(answer, Answer)]
    with store.database.transaction() as conn:
        conn.execute("DELETE FROM jd.call_uses")
        conn.execute("DELETE FROM jd.calls")
    with ModelEngine(store.calls, models, ENVIRON) as online:
        assert [answer.value for answer in online.answer(questions(25)) if isinstance(answer, Answer)] == batched


def test_what_is_kept_is_not_asked_again_whoever_asked(
    opened: Opened, store: Store, models: ModelsConfig, simulator: Simulator
) -> None:
    with ModelEngine(store.calls, models, ENVIRON) as online:
        online.answer(questions(10))
    first = opened().answer(questions(15))
    assert [answer.cached for answer in first if isinstance(answer, Answer)] == [True] * 10 + [False] * 5
    assert len(simulator.bill().charges) == 15
    again = opened().answer(questions(15))
    assert all(isinstance(answer, Answer) and answer.cached for answer in again)
    with ModelEngine(store.calls, models, ENVIRON) as online:
        assert all(isinstance(answer, Answer) and answer.cached for answer in online.answer(questions(15)))
    assert len(simulator.bill().charges) == 15 and submitted(simulator) == 1


def test_equal_questions_are_asked_once(opened: Opened, simulator: Simulator) -> None:
    answers = opened().answer([*questions(3), *questions(3)])
    assert [answer.cached for answer in answers if isinstance(answer, Answer)] == [False] * 3 + [True] * 3
    assert len(simulator.bill().charges) == 3


def test_faulty_answers_are_repaired_once_in_a_second_batch(opened: Opened, store: Store, simulator: Simulator) -> None:
    faults = (Fault(kind="schema_invalid", share=0.4), Fault(kind="refusal", share=0.1))
    simulator.script(batch=BatchScript(seconds=0), faults=faults)
    answers = opened().answer(questions(40))
    kinds = {answer.kind for answer in answers if isinstance(answer, Unanswered)}
    assert kinds == {"invalid_schema", "refusal"}  # those whose repair was faulty again, and those that refused
    lines = paid(store)
    repairs = [line for line in lines if line.repairs]
    assert submitted(simulator) == 2 and len(lines) == 40 + len(repairs) and repairs
    assert {line.repairs for line in repairs} == {
        line.request_hash for line in lines if line.outcome == "invalid_schema" and not line.repairs
    }
    assert sum(line.cost_usd or 0 for line in lines) == simulator.bill().total


def test_failed_requests_are_asked_again_in_another_batch(
    opened: Opened, store: Store, models: ModelsConfig, simulator: Simulator
) -> None:
    simulator.script(batch=BatchScript(seconds=0), faults=(Fault(kind="server_error", share=0.4),))
    assert all(isinstance(answer, Answer) for answer in opened().answer(questions(30)))
    failed = [line for line in store.calls.lines() if line.status == "failed"]
    assert failed and {line.error for line in failed} == {"server_error"} and {line.cost_usd for line in failed} == {0}
    assert len(simulator.bill().charges) == 30 and submitted(simulator) > 1
    assert no_batch_is_left(store, models)


def test_the_finished_part_of_an_expired_batch_is_taken_in_and_the_rest_asked_again(
    opened: Opened, store: Store, simulator: Simulator
) -> None:
    simulator.script(batch=BatchScript(seconds=0, expired_share=0.5))
    assert all(isinstance(answer, Answer) for answer in opened().answer(questions(30)))
    expired = [line for line in store.calls.lines() if line.error == "batch_expired"]
    assert expired and {(line.status, line.cost_usd) for line in expired} == {("unsent", Decimal(0))}
    bill = simulator.bill()
    assert len(bill.charges) == 30 and sum(line.cost_usd or 0 for line in paid(store)) == bill.total
    assert store.calls.spent("run-1").run == bill.total


def test_a_request_that_cannot_be_answered_is_named_and_the_others_are_answered(
    opened: Opened, simulator: Simulator
) -> None:
    fault = Fault(kind="bad_request", marker="Posting 3.")
    simulator.script(batch=BatchScript(seconds=0), faults=(fault,))
    answers = opened().answer(questions(6))
    assert [isinstance(answer, Answer) for answer in answers] == [True] * 3 + [False] + [True] * 2


def test_files_hold_one_model_and_no_more_than_allowed(
    opened: Opened, store: Store, models: ModelsConfig, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_caller, "AT_ONCE", 4)
    monkeypatch.setattr(batch_caller, "MOST_REQUESTS", 8)
    other = replace(models.defaults, model="other")
    simulator.script(batch=BatchScript(seconds=0.1), prices={MODEL: _price(), "other": _price()})
    engine = opened(tasks={"enrich": other}, prices={**PRICES, "other": PRICES[MODEL]})
    answers = engine.answer([*questions(20), *questions(5, task="enrich")])
    assert all(isinstance(answer, Answer) for answer in answers)
    sizes: dict[str, set[str]] = {}
    for line in paid(store):
        sizes.setdefault(line.batch or "", set()).add(line.request_hash)
    assert sorted(len(names) for names in sizes.values()) == [4, 5, 8, 8] and submitted(simulator) == 4


def _price() -> dict[str, str]:
    return {"input": "0.10", "cached_input": "0.01", "output": "0.50", "cache_write": "0.125"}


def test_the_budget_is_kept_before_anything_is_submitted(
    opened: Opened, store: Store, models: ModelsConfig, simulator: Simulator
) -> None:
    cap = Decimal("0.0004")
    engine = opened(budget=Budget(usd_per_run=cap))
    with pytest.raises(BudgetSpent):
        engine.answer(questions(60))
    bill = simulator.bill()
    assert 0 < bill.total <= cap and len(bill.charges) < 60
    assert store.calls.spent("run-1").run == bill.total == sum(line.cost_usd or 0 for line in paid(store))
    assert no_batch_is_left(store, models)
    answers = opened().answer(questions(60))  # the next run carries on
    assert sum(answer.cached for answer in answers if isinstance(answer, Answer)) == len(bill.charges)
    assert len(simulator.bill().charges) == 60


@pytest.mark.parametrize("kind", ["cut", "truncated", "html", "broken_body"])
@pytest.mark.parametrize("path", [BATCHES, FILES])
def test_a_creation_whose_answer_was_lost_is_found_and_not_repeated(
    opened: Opened, store: Store, simulator: Simulator, kind: Any, path: str
) -> None:
    fault = Fault(kind=kind, path=path, times=1, billed=True)
    simulator.script(batch=BatchScript(seconds=0), faults=(fault,))
    assert all(isinstance(answer, Answer) for answer in opened().answer(questions(5)))
    assert sum(hit.method == "POST" for hit in simulator.requests(path)) == 1
    assert len(simulator.bill().charges) == 5


def test_an_endpoint_that_refuses_says_what_to_do(
    opened: Opened, store: Store, models: ModelsConfig, simulator: Simulator
) -> None:
    simulator.script(api_key="sk-another-0123456789")
    with pytest.raises(ModelAccessError, match="OPENAI_API_KEY") as refused:
        opened().answer(questions(2))
    assert KEY not in str(refused.value)
    simulator.script(batch=BatchScript(seconds=0), api_key=None)
    with pytest.raises(ModelAccessError, match="model_not_found"):
        opened(defaults=TaskConfig(engine="openai", model="unknown"), prices={}).answer(questions(2))
    assert all(isinstance(answer, Answer) for answer in opened().answer(questions(2)))
    assert no_batch_is_left(store, models) and len(simulator.bill().charges) == 2


def test_an_endpoint_that_is_down_is_tried_for_a_while(opened: Opened, simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="overloaded", path=FILES, method="GET"),))
    with pytest.raises(ModelUnavailable, match="given up after 2 attempts"):
        opened(limits=Limits(max_attempts=2)).answer(questions(2))


def test_a_missing_key_is_one_clear_error(store: Store, models: ModelsConfig) -> None:
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        BatchEngine(store.calls, store.batches, models, {})


def test_the_key_is_nowhere(opened: Opened, store: Store, simulator: Simulator) -> None:
    engine = opened()
    engine.answer(questions(2))
    assert KEY not in repr(engine) and KEY not in repr(store.calls.lines())


def test_an_online_engine_does_not_pay_for_what_lies_in_a_batch(
    opened: Opened, store: Store, models: ModelsConfig, simulator: Simulator
) -> None:
    simulator.script(batch=BatchScript(seconds=2))
    batch = opened()
    running = threading.Thread(target=lambda: batch.answer(questions(5)))
    running.start()
    while not submitted(simulator):
        running.join(0.05)
    with ModelEngine(store.calls, models, ENVIRON) as online, pytest.raises(PermanentError, match="--batch"):
        online.answer(questions(5))
    forecast = Estimator(store.calls, models)
    forecast.answer(questions(7))
    assert (forecast.needs["nano_parse"].cached, forecast.needs["nano_parse"].calls) == (5, 2)
    running.join()
    with ModelEngine(store.calls, models, ENVIRON) as online:
        assert all(isinstance(answer, Answer) and answer.cached for answer in online.answer(questions(5)))
    assert len(simulator.bill().charges) == 5 and simulator.requests(CHAT) == []


def test_two_processes_that_want_the_same_share_one_batch(opened: Opened, simulator: Simulator) -> None:
    simulator.script(batch=BatchScript(seconds=1))
    results: list[list[Answer | Unanswered]] = []
    engines = [opened(), opened()]
    threads = [
        threading.Thread(target=lambda engine=engine: results.append(engine.answer(questions(8)))) for engine in engines
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2 and all(isinstance(answer, Answer) for answers in results for answer in answers)
    assert submitted(simulator) == 1 and len(simulator.bill().charges) == 8
