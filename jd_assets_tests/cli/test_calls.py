"""Every model call is shown, and the sums are those of the rows: to the last digit of the endpoint's bill."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from jd_assets.engines.openai.config import load_models
from jd_assets.workbench import Workbench
from jd_assets_tests.cli.conftest import PRICES, Command
from jd_assets_tests.installation import Installation
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.fixture import running
from jd_assets_tests.simulator.script import Fault, Script
from jd_assets_tests.small_world import WordEmbedder, posting

KEY = "sk-test-0123456789abcdef"
FAULTS = (
    Fault(kind="server_error", share=0.2),
    Fault(kind="schema_invalid", share=0.3, schema_name="DecidedRole"),
    Fault(kind="refusal", schema_name="NamedSkills", marker="posting 5 on"),
)
MODELS = (
    """
[endpoint]
base_url = "{url}"
api_key_env = "TEST_KEY"
[defaults]
engine = "openai"
model = "gpt-6-luna"
"""
    + PRICES
)
SUMMED = ("input_tokens", "cached_tokens", "output_tokens")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running(Script(faults=FAULTS), tmp_path_factory.mktemp("endpoint")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def asked(
    shared_installation: Installation, endpoint: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """An installation after two runs: the second found every answer in the ledger."""
    file = tmp_path_factory.mktemp("models") / "models.toml"
    file.write_text(MODELS.format(url=endpoint.url))
    world = shared_installation
    titles = ["Backend Engineer", "Data Analyst", "Blimp Pilot"]
    key = world.write([posting(str(number), titles[number % 3], ["Java", "SQL", "Zorbix"]) for number in range(8)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_KEY", KEY)
        for _ in range(2):
            world.bench = Workbench(world.store, world.settings, WordEmbedder(), load_models(file))
            world.run(key)
            world.bench.close()
            with world.store.database.transaction() as conn:  # the rows go, the ledger stays
                conn.execute("UPDATE jd.stage_rows SET input_hash = 'another', upstream_hash = 'another'")
                conn.execute("DELETE FROM jd.unanswered")
                conn.execute("DELETE FROM jd.checkpoints")
    return world


def parsed(jd_assets: Command, *arguments: str) -> Any:
    said = jd_assets(*arguments, "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_sums_equal_the_rows_and_the_bill(asked: Installation, endpoint: Simulator, jd_assets: Command) -> None:
    found = parsed(jd_assets, "calls")
    paid = [line for line in found["calls"] if not line["cached"]]
    assert len(paid) == len(endpoint.requests("/v1/chat/completions")) and len(paid) < len(found["calls"])
    assert sum(Decimal(line["cost_usd"]) for line in paid) == endpoint.bill().total > 0
    for totals in found["totals"].values():
        assert sum(Decimal(total["cost_usd"]) for total in totals) == endpoint.bill().total
        assert sum(total["attempts"] for total in totals) == len(paid)
        assert sum(total["cache_hits"] for total in totals) == len(found["calls"]) - len(paid)
        for name in SUMMED:
            assert sum(total[name] for total in totals) == sum(line[name] for line in found["calls"])


@pytest.mark.parametrize(
    "filters", [("--task", "decide_role"), ("--run", "run-2"), ("--run", "run-1", "--task", "enrich")]
)
def test_sums_equal_the_rows_of_a_run_or_task(
    asked: Installation, jd_assets: Command, filters: tuple[str, ...]
) -> None:
    found = parsed(jd_assets, "calls", *filters)
    assert found["calls"]
    wanted = dict(zip(filters[::2], filters[1::2], strict=True))
    for line in found["calls"]:
        assert line["task"] == wanted.get("--task", line["task"])
        assert line["run_id"] == wanted.get("--run", line["run_id"])
    for totals in found["totals"].values():
        assert sum(Decimal(total["cost_usd"]) for total in totals) == sum(
            Decimal(line["cost_usd"]) for line in found["calls"]
        )
        assert sum(total["attempts"] + total["cache_hits"] for total in totals) == len(found["calls"])


def test_the_second_run_paid_nothing_and_shows_the_answers_it_took_over(
    asked: Installation, jd_assets: Command
) -> None:
    lines = parsed(jd_assets, "calls", "--run", "run-2")["calls"]
    assert lines and all(line["cached"] and line["cost_usd"] in ("0", 0) and line["raw"] for line in lines)


def test_the_calls_of_a_posting_come_in_pipeline_order_with_prompt_and_answer(
    asked: Installation, jd_assets: Command
) -> None:
    first = min(parsed(jd_assets, "calls", "--task", "enrich")["calls"], key=lambda line: line["posting_id"])
    lines = parsed(jd_assets, "calls", first["posting_id"][:12])["calls"]
    order = ["nano_parse", "extracted_skills", "skill_matches", "role_decisions", "client_enrichment"]
    for run in ("run-1", "run-2"):
        stages = [order.index(line["stage"]) for line in lines if line["run_id"] == run]
        assert stages == sorted(stages) and len(set(stages)) >= 4
    said = jd_assets("calls", first["posting_id"][:12])
    assert said.code == 0 and "> system:" in said.out and '"description":' in said.out and "cache hit, $0" in said.out
    longest = max((message["content"] for line in lines for message in line["messages"]), key=len)
    assert longest not in said.out and longest in jd_assets("calls", first["posting_id"][:12], "--full").out


def test_only_the_newest_calls_are_shown_but_all_are_summed(asked: Installation, jd_assets: Command) -> None:
    said = jd_assets("calls", "--limit", "3")
    assert said.out.count(" by gpt-6-luna, posting ") == 3 and "the newest 3" in said.out
    everything = parsed(jd_assets, "calls")
    assert parsed(jd_assets, "calls", "--limit", "3")["totals"] == everything["totals"]
    assert parsed(jd_assets, "calls", "--limit", "3")["calls"] == everything["calls"][-3:]


def test_a_posting_or_run_that_is_not_there_is_named(asked: Installation, jd_assets: Command) -> None:
    assert "run" in jd_assets("calls", "--run", "nosuch").err and jd_assets("calls", "nosuch").code == 2


def test_the_trace_shows_under_each_stage_the_calls_that_led_to_it(asked: Installation, jd_assets: Command) -> None:
    decided = parsed(jd_assets, "calls", "--task", "decide_role", "--run", "run-1")["calls"]
    repaired = {line["posting_id"] for line in decided if line["repairs"] and line["outcome"] == "accepted"}
    assert repaired
    found = parsed(jd_assets, "trace", min(repaired))
    assert found["postings"][0]["calls"] == []
    calls = found["role_decisions"][-1]["calls"]
    assert {line["task"] for line in calls} >= {"decide_role"} and any(line["repairs"] for line in calls)
    said = " ".join(jd_assets("trace", min(repaired)).out.split())  # lines break where the terminal ends
    assert "repairs an earlier answer, accepted" in said and "invalid_schema" in said
    assert "tokens in" in said and "0 calls, $0" in said  # the postings' own block


def test_the_trace_says_why_adjudication_was_asked_for(asked: Installation, jd_assets: Command) -> None:
    for line in parsed(jd_assets, "calls", "--task", "adjudicate_role", "--run", "run-1")["calls"]:
        if line["outcome"] == "accepted":
            said = " ".join(jd_assets("trace", line["posting_id"]).out.split())
            assert "read again because" in said and "adjudicate_role by gpt-6-luna" in said
            return
    pytest.fail("nothing was adjudicated")


def test_the_trace_says_why_there_is_no_row_and_which_calls_were_in_vain(
    shared_installation: Installation, asked: Installation, jd_assets: Command
) -> None:
    (line,) = (
        line
        for line in parsed(jd_assets, "calls", "--task", "extract_skills", "--run", "run-1")["calls"]
        if line["outcome"] == "refusal"
    )
    with asked.store.database.transaction() as conn:
        conn.execute(
            "INSERT INTO jd.unanswered (stage, posting_id, dump, run_id, input_hash, kind, reason) "
            "VALUES ('extracted_skills', %s, %s, 'run-1', 'x', 'refusal', 'the model refused')",
            [line["posting_id"], line["dump"]],
        )
    said = jd_assets("trace", line["posting_id"]).out
    assert "extracted_skills: no row: refusal, the model refused" in said
    assert "refusal: the model refused" in said and "skill_matches: no row" in said


def test_the_key_is_in_nothing_that_is_shown(asked: Installation, jd_assets: Command) -> None:
    assert KEY not in jd_assets("calls", "--full", "--limit", "0").out and KEY not in jd_assets("calls", "--json").out


def test_without_calls_it_says_so(installation: Installation, jd_assets: Command) -> None:
    assert "No model was asked" in jd_assets("calls").out
    assert parsed(jd_assets, "calls") == {"calls": [], "totals": {"task": [], "model": [], "day": []}}
