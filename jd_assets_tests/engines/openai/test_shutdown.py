"""Shutdown dates: a model that is gone is asked nothing, one that soon will be is named once, silence is no fault."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jd_assets.engines.openai import batch_endpoint, client
from jd_assets.engines.openai.batch import BatchEngine
from jd_assets.engines.openai.config import EmbedderConfig, TaskConfig
from jd_assets.engines.openai.embedder import OpenAIEmbedder
from jd_assets.errors import ModelAccessError
from jd_assets.store import Store
from jd_assets_tests.engines.openai.asking import ENVIRON, MODEL, OpenEngine, config, question, questions, values
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.script import BatchScript, Fault, FaultKind

LOOKUP = f"/v1/models/{MODEL}"
EMBEDDING_MODEL = "text-embedding-3-small"


def day(days: int) -> str:
    """The date so many days from today."""
    return str(datetime.now(UTC).date() + timedelta(days))


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@contextmanager
def batching(store: Store, simulator: Simulator) -> Iterator[BatchEngine]:
    with BatchEngine(store.calls, store.batches, config(simulator.url), ENVIRON) as engine:
        yield engine


def test_a_model_that_is_gone_stops_the_run_with_nothing_asked(
    open_engine: OpenEngine, simulator: Simulator, store: Store
) -> None:
    gone = day(-1)
    simulator.script(shutdown_dates={MODEL: gone})
    with open_engine() as engine:
        for _ in range(2):  # it stays gone
            with pytest.raises(ModelAccessError) as stopped:
                engine.answer(questions(200))
            for word in (MODEL, gone, simulator.url, "name another model in the models file (defaults.model)"):
                assert word in str(stopped.value)
    assert {hit.path for hit in simulator.requests()} == {LOOKUP} and store.calls.lines() == []


def test_a_batch_is_not_begun_for_a_model_that_is_gone(store: Store, simulator: Simulator) -> None:
    simulator.script(shutdown_dates={MODEL: day(-1)})
    with batching(store, simulator) as engine, pytest.raises(ModelAccessError, match="was shut down"):
        engine.answer(questions(5))
    assert [hit.path for hit in simulator.requests()] == [LOOKUP]
    assert store.calls.lines() == [] and store.batches.open(simulator.url) == []


def test_a_model_of_vectors_that_is_gone_stops_the_run_too(open_engine: OpenEngine, simulator: Simulator) -> None:
    simulator.script(shutdown_dates={EMBEDDING_MODEL: day(-1)})
    with (
        open_engine(embedder=EmbedderConfig("openai", EMBEDDING_MODEL)) as engine,
        pytest.raises(ModelAccessError, match=r"\(embedder\.model\)"),
    ):
        OpenAIEmbedder(engine, EMBEDDING_MODEL).embed(["a text"])
    assert simulator.asked() == []


@pytest.mark.parametrize("days", [0, 10, 29])
def test_a_model_that_soon_will_be_gone_is_looked_up_and_named_once_and_the_work_goes_on(
    open_engine: OpenEngine, simulator: Simulator, caplog: pytest.LogCaptureFixture, days: int
) -> None:
    last = day(days)
    simulator.script(shutdown_dates={MODEL: last})
    with open_engine() as engine:
        values(engine.answer(questions(80)))
        values(engine.answer(questions(20, system="Another question.")))
    (said,) = warnings(caplog)
    for word in (MODEL, last, simulator.url, "name another model in the models file (defaults.model)"):
        assert word in said
    assert len(simulator.requests(LOOKUP)) == 1 and len(simulator.asked()) == 100


def test_batches_name_it_once_too(store: Store, simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    simulator.script(shutdown_dates={MODEL: day(10)}, batch=BatchScript(seconds=0))
    with batching(store, simulator) as engine:
        values(engine.answer(questions(5)))
        values(engine.answer(questions(10)))
    assert len(warnings(caplog)) == len(simulator.requests(LOOKUP)) == 1


def test_each_model_is_looked_up_and_the_settings_that_name_it_are_told(
    open_engine: OpenEngine, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.script(shutdown_dates={EMBEDDING_MODEL: day(10)})  # which answers questions as well
    other = TaskConfig("openai", EMBEDDING_MODEL)
    whole = config(simulator.url)
    follows = replace(whole.defaults, parameters={"seed": 1})  # has its model from the defaults
    tasks = {"enrich": other, "decide_role": other, "extract_skills": follows}
    with open_engine(replace(whole, tasks=tasks)) as engine:
        values(engine.answer([question(1, task=task) for task in ("nano_parse", *tasks)]))
    (said,) = warnings(caplog)
    assert "(tasks.enrich.model, tasks.decide_role.model)" in said
    looked_up = sorted(hit.path for hit in simulator.requests() if hit not in simulator.asked())
    assert looked_up == [LOOKUP, f"/v1/models/{EMBEDDING_MODEL}"]


@pytest.mark.parametrize("said", [{}, {MODEL: None}, {MODEL: ""}, {MODEL: "soon"}, {MODEL: "2020-13-45"}])
def test_no_date_is_no_news(
    open_engine: OpenEngine, simulator: Simulator, caplog: pytest.LogCaptureFixture, said: dict[str, str | None]
) -> None:
    simulator.script(shutdown_dates=said)
    with open_engine() as engine:
        values(engine.answer(questions(3)))
    assert warnings(caplog) == []


def test_a_date_that_is_far_off_is_no_news(
    open_engine: OpenEngine, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.script(shutdown_dates={MODEL: day(60)})
    with open_engine() as engine:
        values(engine.answer(questions(3)))
    assert warnings(caplog) == []


@pytest.mark.parametrize(
    "kind", ["model_not_found", "unauthorized", "server_error", "cut", "truncated", "broken_body", "html", "slow"]
)
@pytest.mark.parametrize("batched", [False, True])
def test_a_lookup_that_fails_says_nothing_and_stops_nothing(
    open_engine: OpenEngine,
    store: Store,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    kind: FaultKind,
    batched: bool,
) -> None:
    for module in (client, batch_endpoint):
        monkeypatch.setattr(module, "LOOKUP_SECONDS", 0.3)
    fault = Fault(kind=kind, path=LOOKUP, method="GET", seconds=1)  # it hides a date that would stop the run
    simulator.script(shutdown_dates={MODEL: day(-1)}, faults=(fault,), batch=BatchScript(seconds=0))
    with batching(store, simulator) if batched else open_engine() as engine:
        values(engine.answer(questions(3)))
    assert simulator.requests(LOOKUP) and warnings(caplog) == []


def test_a_run_that_has_all_its_answers_looks_nothing_up(
    open_engine: OpenEngine, store: Store, simulator: Simulator
) -> None:
    with open_engine() as engine:
        first = values(engine.answer(questions(5)))
    simulator.script(shutdown_dates={MODEL: day(-1)})
    before = len(simulator.requests())
    with open_engine() as engine:
        assert values(engine.answer(questions(5))) == first
    with batching(store, simulator) as engine:
        assert values(engine.answer(questions(5))) == first
    assert len(simulator.requests()) == before
