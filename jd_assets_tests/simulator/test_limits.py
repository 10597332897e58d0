"""Rate limits: what is allowed passes, what is not is told when to come back, and the headers say how it stands."""

from __future__ import annotations

import time
from typing import Any

import openai
import pytest

from jd_assets_tests.simulator.asking import ask, connect, messages, outcomes
from jd_assets_tests.simulator.client import Simulator, too_early
from jd_assets_tests.simulator.limits import duration
from jd_assets_tests.simulator.script import Fault, Limits


def _headers(sdk: openai.OpenAI, posting: str = "one") -> Any:
    return sdk.chat.completions.with_raw_response.create(model="gpt-6-luna", messages=messages(posting)).headers


def test_without_limits_there_are_no_limit_headers(simulator: Simulator) -> None:
    assert not [name for name in _headers(connect(simulator)) if name.startswith("x-ratelimit")]


def test_the_headers_say_limit_rest_and_when_it_is_full_again(simulator: Simulator) -> None:
    simulator.script(limits=Limits(requests_per_minute=60, tokens_per_minute=60_000))
    headers = _headers(connect(simulator))
    used = simulator.requests()[0].counted_tokens
    assert headers["x-ratelimit-limit-requests"] == "60"
    assert headers["x-ratelimit-remaining-requests"] == "59"
    assert 0 < float(headers["x-ratelimit-reset-requests"].removesuffix("ms").removesuffix("s")) <= 1000
    assert headers["x-ratelimit-limit-tokens"] == "60000"
    assert 60_000 - used <= int(headers["x-ratelimit-remaining-tokens"]) < 60_000


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.0121, "13ms"), (8.64, "8.64s"), (1.0, "1s"), (360, "6m0s"), (61.2, "1m2s")]
)
def test_times_are_written_as_openai_writes_them(seconds: float, written: str) -> None:
    assert duration(seconds) == written


def test_more_requests_than_allowed_are_told_when_to_come_back_and_pass_then(simulator: Simulator) -> None:
    simulator.script(limits=Limits(requests_per_minute=40, burst_seconds=3))
    sdk = connect(simulator)
    assert outcomes(sdk, 2) == ["good", "good"]
    with pytest.raises(openai.RateLimitError) as refused:
        ask(sdk)
    headers = refused.value.response.headers
    assert headers["x-ratelimit-remaining-requests"] == "0" and headers["retry-after"] in "12"
    wait = int(headers["retry-after-ms"]) / 1000
    assert 0 < wait <= 1.5
    time.sleep(wait)
    ask(sdk)


def test_over_time_no_more_tokens_pass_than_the_limit_and_the_burst(simulator: Simulator) -> None:
    simulator.script(limits=Limits(tokens_per_minute=30_000, burst_seconds=1))  # a bucket holds more than a request
    sdk = connect(simulator)
    began = time.monotonic()
    for _ in range(4):
        outcomes(sdk, 20)
    passed = sum(hit.counted_tokens for hit in simulator.requests() if hit.status == 200)
    assert passed <= 500 * (time.monotonic() - began + 1)
    assert all(hit.code == "rate_limit_exceeded" for hit in simulator.requests() if hit.status != 200)


def test_tokens_are_counted_as_used_or_as_announced(simulator: Simulator) -> None:
    sdk = connect(simulator)
    simulator.script(limits=Limits(tokens_per_minute=100_000))
    used = ask(sdk, max_completion_tokens=3_000).usage
    simulator.script(limits=Limits(tokens_per_minute=100_000, counted="announced"))
    ask(sdk, max_completion_tokens=3_000)
    assert [hit.counted_tokens for hit in simulator.requests()] == [used and used.total_tokens, 3_000]


def test_each_model_has_limits_of_its_own(simulator: Simulator) -> None:
    simulator.script(limits=Limits(requests_per_minute=6, burst_seconds=10))
    sdk = connect(simulator)
    ask(sdk)
    sdk.embeddings.create(model="text-embedding-3-small", input="text")
    assert outcomes(sdk, 1) == ["RateLimitError"]


def test_a_request_before_the_deadline_is_found_and_one_after_it_is_not(simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="rate_limited", retry_after=1.0, marker="SLOW-DOWN"),))
    sdk = connect(simulator)
    with pytest.raises(openai.RateLimitError):
        ask(sdk, "SLOW-DOWN")
    ask(sdk, "hasty")
    time.sleep(1.05)
    ask(sdk, "patient")
    hits = simulator.requests()
    assert [(early.number, refusal.number) for early, refusal in too_early(hits)] == [(2, 1)]
    assert too_early(hits, same_body=True) == []
    assert too_early(hits, grace=1.0) == []
