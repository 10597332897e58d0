"""Faults: each kind does what its name says, as often as its share says, and the same way every time."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import openai
import pytest

from jd_assets_tests.simulator.asking import POSTING, Reading, ask, connect, messages, outcomes
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.fixture import StartSimulator
from jd_assets_tests.simulator.script import Fault, Script


@pytest.mark.parametrize(
    ("kind", "error", "status", "code"),
    [
        ("rate_limited", openai.RateLimitError, 429, "rate_limit_exceeded"),
        ("quota", openai.RateLimitError, 429, "insufficient_quota"),
        ("server_error", openai.InternalServerError, 500, None),
        ("overloaded", openai.InternalServerError, 503, "overloaded"),
        ("unauthorized", openai.AuthenticationError, 401, "invalid_api_key"),
        ("model_not_found", openai.NotFoundError, 404, "model_not_found"),
        ("bad_request", openai.BadRequestError, 400, None),
    ],
)
def test_refusals_have_the_status_and_code_of_the_real_endpoint_and_cost_nothing(
    simulator: Simulator, kind: Any, error: type[openai.APIStatusError], status: int, code: str | None
) -> None:
    simulator.script(faults=(Fault(kind=kind),))
    with pytest.raises(error) as refused:
        ask(connect(simulator))
    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert "x-request-id" in refused.value.response.headers
    assert "retry-after" not in refused.value.response.headers
    assert simulator.bill().charges == ()
    assert [hit.fault for hit in simulator.requests()] == [kind]


def test_a_bad_key_is_named_in_part_as_the_real_endpoint_does(simulator: Simulator) -> None:
    simulator.script(api_key="sk-good")
    with pytest.raises(openai.AuthenticationError, match=r"sk-test-\*+6789"):
        ask(connect(simulator))


@pytest.mark.parametrize(("wait", "headers"), [(2.0, ("2", None)), (1.25, ("2", "1250"))])
def test_retry_after_is_sent_and_written_down(
    simulator: Simulator, wait: float, headers: tuple[str, str | None]
) -> None:
    simulator.script(faults=(Fault(kind="rate_limited", retry_after=wait),))
    with pytest.raises(openai.RateLimitError) as refused:
        ask(connect(simulator))
    sent = refused.value.response.headers
    assert (sent["retry-after"], sent.get("retry-after-ms")) == headers
    assert simulator.requests()[0].retry_after == wait


@pytest.mark.parametrize("kind", ["cut", "truncated"])
def test_a_lost_answer_is_a_broken_connection_and_costs_only_where_the_script_says_so(
    simulator: Simulator, kind: Any
) -> None:
    simulator.script(faults=(Fault(kind=kind, times=1), Fault(kind=kind, times=1, billed=True)))
    for _ in range(2):
        with pytest.raises(openai.APIConnectionError):
            ask(connect(simulator))
    bill = simulator.bill()
    assert [hit.charge is not None for hit in simulator.requests()] == [False, True]
    assert bill.total == bill.lost > 0
    assert [charge.delivered for charge in bill.charges] == [False]


def test_a_broken_body_and_a_page_of_html_come_as_complete_answers(simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="broken_body", times=1), Fault(kind="html", times=1)))
    sdk = connect(simulator)
    broken = sdk.chat.completions.with_raw_response.create(model="gpt-6-luna", messages=messages())
    page = sdk.chat.completions.with_raw_response.create(model="gpt-6-luna", messages=messages())
    with pytest.raises(ValueError):
        json.loads(broken.text)
    assert "<html>" in page.text and page.headers["content-type"].startswith("text/html")


def test_useless_answers_are_of_no_use_each_in_its_way_and_are_billed(simulator: Simulator) -> None:
    kinds: list[Any] = ["refusal", "length", "content_filter", "invalid_json", "schema_invalid"]
    simulator.script(faults=tuple(Fault(kind=kind, times=1) for kind in kinds))
    choices = [ask(connect(simulator)).choices[0] for _ in kinds]
    contents = dict(zip(kinds, (choice.message.content for choice in choices), strict=True))
    assert [choice.finish_reason for choice in choices] == ["stop", "length", "content_filter", "stop", "stop"]
    assert choices[0].message.refusal and contents["refusal"] is None and contents["content_filter"] is None
    for kind in ("length", "invalid_json"):
        with pytest.raises(ValueError):
            json.loads(contents[kind] or "")
    assert isinstance(json.loads(contents["schema_invalid"] or ""), dict)
    with pytest.raises(ValueError):
        Reading.model_validate_json(contents["schema_invalid"] or "")
    assert len(simulator.bill().charges) == len(kinds)


def test_an_invented_answer_fits_the_schema_and_stands_nowhere_in_the_posting(simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="invented"),))
    read = Reading.model_validate_json(ask(connect(simulator)).choices[0].message.content or "")
    assert read.skills and not any(text in POSTING for text in [read.quote, *(skill.name for skill in read.skills)])


def test_a_literal_answer_is_given_word_for_word(simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="literal", answer={"role": "invented"}, schema_name="Reading"),))
    assert ask(connect(simulator)).choices[0].message.content == '{"role":"invented"}'


def test_a_slow_answer_is_good_and_late(simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="slow", seconds=0.5, times=1),))
    assert outcomes(connect(simulator, timeout=5), 1) == ["good"]
    hit = simulator.requests()[0]
    assert (hit.answered or 0) - hit.received >= 0.5


def test_a_marked_posting_fares_badly_at_every_attempt_and_no_other_does(simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="refusal", marker="POISON"),))
    sdk = connect(simulator)
    asked = [ask(sdk, text).choices[0] for text in ("good", "a POISON posting", "a POISON posting", "good, too")]
    assert [choice.message.refusal is not None for choice in asked] == [False, True, True, False]


def test_shares_are_shares_of_the_requests(simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="rate_limited", share=0.2), Fault(kind="server_error", share=0.1)))
    counted = Counter(outcomes(connect(simulator), 400))
    assert 55 <= counted["RateLimitError"] <= 105
    assert 20 <= counted["InternalServerError"] <= 60


def test_a_retry_draws_again_unless_the_fault_is_of_the_body(simulator: Simulator) -> None:
    sdk = connect(simulator)
    simulator.script(faults=(Fault(kind="server_error", share=0.5, per="attempt"),))
    attempts = [outcomes(sdk, 20) for _ in range(3)]
    simulator.script(faults=(Fault(kind="server_error", share=0.5, per="body"),))
    bodies = [outcomes(sdk, 20) for _ in range(3)]
    assert attempts[0] != attempts[1] != attempts[2]
    assert bodies[0] == bodies[1] == bodies[2] and len(set(bodies[0])) == 2


def test_a_run_can_be_repeated_exactly_in_another_process_and_another_seed_is_another_run(
    start_simulator: StartSimulator,
) -> None:
    def run(seed: int) -> list[tuple[list[str], Decimal]]:
        script = Script(seed=seed, faults=(Fault(kind="server_error", share=0.3), Fault(kind="refusal", share=0.2)))
        with start_simulator(script) as simulator:
            sdk = connect(simulator)
            return [(outcomes(sdk, 30), simulator.bill().total) for _ in range(2)]

    assert run(1) == run(1) != run(2)


def test_latency_is_kept_and_spread_evenly(simulator: Simulator) -> None:
    simulator.script(latency_seconds=0.2, latency_spread=0.5)
    outcomes(connect(simulator), 24)
    took = sorted((hit.answered or 0) - hit.received for hit in simulator.requests())
    assert 0.1 <= took[0] < 0.18 and took[-1] > 0.22


def test_management_calls_can_fail_too(simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="server_error", path="/v1/models", method="GET", times=1),))
    sdk = connect(simulator)
    assert outcomes(sdk, 1) == ["good"]
    with pytest.raises(openai.InternalServerError):
        sdk.models.list()
    assert [model.id for model in sdk.models.list()] == ["gpt-6-luna", "text-embedding-3-small"]


def test_announced_shutdown_dates_stand_in_the_list_of_models(simulator: Simulator) -> None:
    simulator.script(shutdown_dates={"gpt-6-luna": "2027-01-31"})
    assert connect(simulator).models.retrieve("gpt-6-luna").shutdown_date == "2027-01-31"


def test_a_wrong_script_is_refused_and_changes_nothing(simulator: Simulator) -> None:
    with pytest.raises(ValueError):
        simulator.script(fault=())
    assert outcomes(connect(simulator), 1, messages=messages(POSTING)) == ["good"]
