"""How fast models are asked, as tests and `make bench` measure it: the allowance used, and what a call costs us.

What belongs here: figures from a simulator's hits and this process' clocks. What does not: what is asked, and targets.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from jd_assets.engines.openai.engine import ModelEngine
from jd_assets.engines.questions import Question
from jd_assets_tests.simulator.client import Hit, Simulator


@dataclass(frozen=True, slots=True)
class Use:
    """How an endpoint's allowance of tokens was used, after a warm-up; shares of 1."""

    used: float
    refused: float  # of all requests
    seconds: float  # that the use was counted over


@dataclass(frozen=True, slots=True)
class Pace:
    """What calls cost the client."""

    cpu_ms: float  # a call
    calls_a_second: float
    busy: float  # of the machine's cores, by whomever


def use_of(hits: Sequence[Hit], tokens_a_second: float, *, warm_up: float) -> Use:
    """The share of the allowance that requests took which came `warm_up` seconds after the first, or later."""
    start, end = hits[0].received + warm_up, hits[-1].received
    counted = sum(hit.counted_tokens for hit in hits if start <= hit.received < end)
    refused = sum(hit.status == 429 for hit in hits) / len(hits)
    return Use(counted / (end - start) / tokens_a_second, refused, end - start)


def pace_of(engine: ModelEngine, simulator: Simulator, questions: Sequence[Question], *, warm_up: int) -> Pace:
    """Ask everything; the first `warm_up` questions are not counted."""
    engine.answer(questions[:warm_up])
    before = len(simulator.asked())
    psutil.cpu_percent()
    cpu, clock = time.process_time(), time.perf_counter()
    engine.answer(questions[warm_up:])
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - clock
    busy = psutil.cpu_percent() / 100
    calls = len(simulator.asked()) - before
    return Pace(1000 * cpu / calls, calls / seconds, busy)
