"""The books: every request in order, every charge exact."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from openai import NotFoundError, RateLimitError

from jd_assets_tests.simulator.asking import MODEL, ask, connect, messages, outcomes
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.script import Price


def test_the_bill_is_the_price_list_times_the_usage_that_the_answers_told(simulator: Simulator) -> None:
    prices = {MODEL: Price(input=Decimal("0.1"), cached_input=Decimal("0.01"), output=Decimal("0.7"))}
    simulator.script(prices=prices)
    sdk = connect(simulator)
    owed = Decimal(0)
    for number in range(5):
        usage = ask(sdk, f"Posting {number}", messages=messages(f"Posting {number}", system="Rules. " * 2000)).usage
        assert usage is not None and usage.prompt_tokens_details is not None
        cached = usage.prompt_tokens_details.cached_tokens or 0
        owed += (usage.prompt_tokens - cached) * Decimal("0.1") + cached * Decimal("0.01")
        owed += usage.completion_tokens * Decimal("0.7")
    assert simulator.bill().total == owed / 1_000_000
    assert sum(charge.cost for charge in simulator.bill().charges) == simulator.bill().total


def test_a_long_static_part_is_written_once_and_read_from_the_cache_afterwards(simulator: Simulator) -> None:
    sdk = connect(simulator)
    for number in range(3):
        ask(sdk, messages=messages(f"Posting {number}", system="Rules. " * 2000))
    ask(sdk, "a short static part")
    tokens = [(charge.written, charge.cached) for charge in simulator.bill().charges]
    kept = tokens[0][0]
    assert kept >= 1024 and kept % 128 == 0
    assert tokens == [(kept, 0), (0, kept), (0, kept), (0, 0)]


def test_each_request_is_written_down_in_order_with_its_time_and_charge(simulator: Simulator) -> None:
    sdk = connect(simulator)
    first = ask(sdk, "one", extra_headers={"X-Client-Request-Id": "mine"})
    with pytest.raises(NotFoundError):
        ask(sdk, "two", model="gpt-unknown")
    ask(sdk, "one", store=True)
    hits = simulator.requests("/v1/chat/completions")
    assert [(hit.number, hit.status, hit.code, hit.store) for hit in hits] == [
        (1, 200, None, False),
        (2, 404, "model_not_found", False),
        (3, 200, None, True),
    ]
    assert hits[0].client_request_id == "mine"
    assert hits[0].received <= (hits[0].answered or 0) <= hits[1].received
    assert first._request_id == hits[0].request_id == (hits[0].charge and hits[0].charge.request_id)
    assert hits[1].charge is None
    assert [charge.request_id for charge in simulator.bill().charges] == [hits[0].request_id, hits[2].request_id]
    assert simulator.requests(after=2) == hits[2:]


def test_equal_bodies_have_equal_names_and_count_their_attempts(simulator: Simulator) -> None:
    sdk = connect(simulator)
    for posting in ("a", "b", "a"):
        ask(sdk, posting)
    one, other, again = simulator.requests()
    assert one.body == again.body != other.body
    assert [one.attempt, other.attempt, again.attempt] == [1, 1, 2]


def test_when_the_quota_is_used_up_everything_is_insufficient_quota(simulator: Simulator) -> None:
    simulator.script(quota_usd=Decimal("0.0001"))
    sdk = connect(simulator)
    with pytest.raises(RateLimitError) as refused:
        for number in range(20):
            ask(sdk, f"Posting {number}")
    assert refused.value.code == "insufficient_quota"
    assert "retry-after" not in refused.value.response.headers
    bill = simulator.bill()
    assert bill.total - bill.charges[-1].cost < Decimal("0.0001") <= bill.total


def test_an_answer_that_nobody_waited_for_is_billed_and_marked_as_lost(simulator: Simulator) -> None:
    simulator.script(latency_seconds=1)
    assert outcomes(connect(simulator, timeout=0.5), 1) == ["APITimeoutError"]
    time.sleep(0.8)
    bill = simulator.bill()
    assert [charge.delivered for charge in bill.charges] == [False] and bill.lost == bill.total > 0


def test_bodies_are_kept_only_where_the_script_says_so(simulator: Simulator) -> None:
    ask(connect(simulator), "first")
    simulator.script(keep_bodies=True)
    ask(connect(simulator), "second")
    first, second = simulator.requests()
    assert first.text is None
    assert "second" in (second.text or "")


def test_reset_forgets_the_books_and_keeps_the_script(simulator: Simulator) -> None:
    simulator.script(api_key="sk-only")
    ask(connect(simulator, api_key="sk-only"))
    simulator.reset()
    assert simulator.requests() == [] and simulator.bill().total == 0
    assert outcomes(connect(simulator), 1) == ["AuthenticationError"]
