"""A dry run asks nothing and writes nothing, and what it says a run would need is what the run then needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from jd_assets.engines.openai.config import EmbedderConfig, Endpoint, ModelsConfig, PriceOverride, TaskConfig
from jd_assets.forecast import Forecast, forecast
from jd_assets.ingest import STAGE
from jd_assets.workbench import Workbench
from jd_assets_tests.cli.conftest import Command, jd_assets
from jd_assets_tests.installation import Installation
from jd_assets_tests.installation_fixtures import dagster_template, installation
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.small_world import WordEmbedder, posting

__all__ = ["dagster_template", "installation", "jd_assets"]

MODEL = "gpt-6-luna"
PRICE = PriceOverride(Decimal("0.10"), Decimal("0.50"), Decimal("0.01"), Decimal("0.125"))
COUNT = 9


@pytest.fixture
def models(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> ModelsConfig:
    monkeypatch.setenv("TEST_KEY", "sk-test-0123456789abcdef")
    return ModelsConfig(
        endpoint=Endpoint(base_url=simulator.url, api_key_env="TEST_KEY"),
        defaults=TaskConfig(engine="openai", model=MODEL),
        prices={MODEL: PRICE},
    )


@pytest.fixture
def world(installation: Installation, models: ModelsConfig) -> Iterator[Installation]:
    ask(installation, models)
    yield installation
    installation.bench.close()


def ask(world: Installation, models: ModelsConfig) -> None:
    """Let the world's tasks be answered so."""
    world.bench.close()
    world.bench = Workbench(world.store, world.settings, WordEmbedder(), models)


def records(start: int = 0, count: int = COUNT) -> list[dict[str, str]]:
    titles = ["Backend Engineer", "Data Analyst", "Blimp Pilot"]
    return [posting(str(key), titles[key % 3], ["Java", "SQL", "Zorbix"]) for key in range(start, start + count)]


def look(world: Installation, *dumps: str) -> Forecast:
    refs = {dump.key: dump for dump in world.store.dumps.registered()}
    return forecast(world.bench, [refs[dump] for dump in dumps])


def calls_of(found: Forecast) -> dict[str, int]:
    return {needs.task: needs.calls for needs in found.tasks if needs.calls}


def really_made(world: Installation, run: str) -> dict[str, int]:
    return {total.key: total.attempts for total in world.store.calls.totals("task", run_id=run) if total.attempts}


def rows_gone(world: Installation) -> None:
    with world.store.database.transaction() as conn:
        conn.execute("UPDATE jd.stage_rows SET input_hash = 'another' WHERE stage <> %s", [STAGE])
        conn.execute("DELETE FROM jd.checkpoints WHERE stage <> %s", [STAGE])


def test_a_dry_run_asks_nothing_and_writes_nothing(world: Installation, simulator: Simulator) -> None:
    key = world.write(records())
    before = world.outcome(), world.store.dumps.waiting(), world.store.library.versions()
    found = look(world, key)
    assert found.dumps[0].postings == COUNT and found.dumps[0].calls == sum(calls_of(found).values()) >= COUNT * 4
    assert (world.outcome(), world.store.dumps.waiting(), world.store.library.versions()) == before
    assert simulator.requests() == [] and world.store.calls.lines() == []


def test_what_depends_on_no_other_answer_is_forecast_to_the_call(world: Installation) -> None:
    key = world.write(records())
    found = look(world, key)
    world.run(key)
    made = really_made(world, "run-1")
    for task in ("nano_parse", "extract_skills", "decide_role"):
        assert calls_of(found)[task] == made[task] == COUNT
    assert {needs.task: needs.guessed for needs in found.tasks}["nano_parse"] == 0
    assert {needs.task: needs.guessed for needs in found.tasks}["decide_role"] == COUNT
    # The simulator's answers are close to the rules': so are the guesses.
    assert abs(sum(calls_of(found).values()) - sum(made.values())) <= COUNT


def test_after_the_run_nothing_is_left_to_ask(world: Installation) -> None:
    key = world.write(records())
    world.run(key)
    found = look(world, key)
    assert found.dumps[0].unchanged or found.dumps[0].calls == 0
    assert calls_of(found) == {}


def test_answers_in_the_ledger_are_taken_off(world: Installation, simulator: Simulator) -> None:
    key = world.write(records())
    world.run(key)
    rows_gone(world)
    paid = len(simulator.requests())
    found = look(world, key)
    assert calls_of(found) == {} and sum(needs.cached for needs in found.tasks) >= COUNT * 4
    assert all(needs.usd == needs.usd_at_most == 0 for needs in found.tasks)
    world.run(key)
    assert len(simulator.requests()) == paid


def test_a_change_of_one_task_is_forecast_as_that_tasks_calls(world: Installation, models: ModelsConfig) -> None:
    key = world.write(records())
    world.run(key)
    ask(world, replace(models, tasks={"enrich": replace(models.defaults, parameters={"temperature": 0.5})}))
    found = look(world, key)
    world.run(key)
    assert calls_of(found) == really_made(world, "run-2")
    assert set(calls_of(found)) == {"enrich"}
    assert [needs.guessed for needs in found.tasks if needs.calls] == [0]


def test_only_new_postings_of_a_changed_dump_are_asked_about(world: Installation) -> None:
    world.run(world.write(records()))
    key = world.write(records(count=COUNT + 3))
    found = look(world, key)
    assert calls_of(found)["nano_parse"] == 3
    world.run(key)
    assert really_made(world, "run-2")["nano_parse"] == 3


def test_repeats_are_asked_about_once_also_in_dumps_that_were_never_run(world: Installation) -> None:
    first = world.write(records(), day="2026-01-01")
    repeats = [{**record, "id": f"repost {record['id']}"} for record in records(count=4)]
    second = world.write([*repeats, *records(count=2)], day="2026-01-02")
    found = look(world, first, second)
    assert calls_of(found)["nano_parse"] == COUNT
    assert [one.calls for one in found.dumps][1] == 0


def test_dollars_come_near_the_bill_and_the_most_is_never_below_it(world: Installation, simulator: Simulator) -> None:
    world.run(world.write(records(), board="first"))
    before = simulator.bill().total
    key = world.write(records(100, 30), board="second")
    found = look(world, key)
    world.run(key)
    paid = simulator.bill().total - before
    expected = sum((needs.usd or Decimal(0) for needs in found.tasks), Decimal(0))
    at_most = sum((needs.usd_at_most or Decimal(0) for needs in found.tasks), Decimal(0))
    assert {needs.task for needs in found.tasks if needs.measured} >= {"nano_parse", "extract_skills", "decide_role"}
    assert paid * Decimal("0.7") < expected < paid * Decimal("1.5") and at_most > paid


def test_vectors_of_the_endpoint_are_counted_and_not_asked_for(
    world: Installation, models: ModelsConfig, simulator: Simulator
) -> None:
    model = "text-embedding-3-small"
    price = PriceOverride(Decimal("0.02"), Decimal(0), Decimal("0.02"), Decimal("0.02"))
    ask(world, replace(models, embedder=EmbedderConfig("openai", model), prices={**models.prices, model: price}))
    found = look(world, world.write(records(count=2)))
    (vectors,) = (needs for needs in found.tasks if needs.task == "embed")
    assert found.embedder_stands_in and simulator.requests() == []
    assert vectors.questions > 10 and vectors.calls == 1 and vectors.input_tokens > 50 and vectors.usd


def test_batches_cost_half(world: Installation) -> None:
    world.write(records(count=3))
    dumps = world.store.dumps.registered()
    whole, half = (forecast(world.bench, dumps, batched=batched).tasks for batched in (False, True))
    assert [needs.usd for needs in whole] == [needs.usd * 2 for needs in half if needs.usd is not None]
    assert [needs.calls for needs in whole] == [needs.calls for needs in half]


def test_an_unknown_price_is_no_price(world: Installation, models: ModelsConfig) -> None:
    ask(world, replace(models, prices={}, defaults=replace(models.defaults, model="nobody-lists-this")))
    found = look(world, world.write(records(count=2)))
    assert {(needs.usd, needs.usd_at_most) for needs in found.tasks} == {(None, None)}


def test_what_the_rules_are_sure_of_is_not_asked(world: Installation, models: ModelsConfig) -> None:
    ask(world, replace(models, defaults=replace(models.defaults, engine="cascade", threshold=0.0)))
    found = look(world, world.write(records()))
    assert calls_of(found) == {} and found.kept_by_rules > 0


MODELS_FILE = """
[endpoint]
base_url = "http://127.0.0.1:9/v1"
[budget]
usd_per_run = 0.001
[tasks.nano_parse]
engine = "openai"
model = "gpt-6-luna"
"""


@pytest.fixture
def nobody_answers(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that nobody serves, and no key for it: the dry run needs neither."""
    file = installation.folder / "models.toml"
    file.write_text(MODELS_FILE)
    monkeypatch.setenv("JD_ASSETS_MODELS", str(file))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_the_command_prints_calls_and_dollars(
    installation: Installation, nobody_answers: None, jd_assets: Command
) -> None:
    file = installation.settings.dumps_dir / "board_2026-01-01.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records()))
    (installation.settings.dumps_dir / "bad_2026-01-01.jsonl").write_text("[]")
    said = jd_assets("run", "--dry-run", str(file))
    assert said.code == 0, said.err
    shown = " ".join(said.out.split())
    assert (
        f"nano_parse {COUNT} 0 {COUNT} 0" in shown and "Calls of gpt-6-luna" in shown and "Nothing was asked" in shown
    )
    assert "A run stops there" in shown
    found: dict[str, Any] = json.loads(jd_assets("run", "--dry-run", str(file), "--json").out)
    assert found["total"]["calls"] == COUNT and Decimal(found["total"]["usd"]) > 0
    assert installation.store.dumps.registered() == []
