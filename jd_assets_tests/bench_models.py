"""The model path of `make bench`: real postings before a simulated endpoint in a process of its own.

Prints how much of an endpoint's allowance is used, what a call costs of our own CPU, how many calls a second go
through, and what a thousand postings cost by each engine, by the price list. Nothing leaves the machine. What the
simulated model says is shorter and simpler than what a real one would say: the dollars are those of its answers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jd_assets.engines.openai.config import Endpoint, ModelsConfig, TaskConfig
from jd_assets.engines.openai.engine import ModelEngine
from jd_assets.engines.questions import Question
from jd_assets.records import Posting
from jd_assets.settings import Settings
from jd_assets.stages.base import Tally, Upstream
from jd_assets.store import Store
from jd_assets.store.server import EmbeddedPostgres
from jd_assets.workbench import Workbench
from jd_assets_tests.listening import Listener
from jd_assets_tests.measuring import measured, verdict
from jd_assets_tests.pacing import Pace, Use, pace_of, use_of
from jd_assets_tests.simulator.client import Simulator, too_early
from jd_assets_tests.simulator.fixture import running
from jd_assets_tests.simulator.script import Limits, Script

MODEL = "gpt-6-luna"
TASK, STAGE = "nano_parse", "nano_parse"  # the task with the longest questions and answers
TOKENS_A_SECOND, WARM_UP_SECONDS = 60_000, 5.0
IN_FLIGHT, LATENCY = 64, 0.2
RATED, WARM_UP, CALLED = 800, 200, 2_400  # postings
GRACE = 0.05  # seconds: what was on its way when the endpoint said "wait"
LEAST_USED, MOST_REFUSED, MOST_CPU_MS, LEAST_SHARE = 0.95, 0.01, 3.0, 0.9
ENGINES = ("rules", "openai", "cascade")


@dataclass(frozen=True, slots=True)
class Spending:
    """What one engine's run took."""

    engine: str
    postings: int
    calls: int
    usd: float

    @property
    def usd_per_thousand(self) -> float:
        return 1000 * self.usd / self.postings


@dataclass(frozen=True, slots=True)
class Models:
    """All figures."""

    use: Use
    early: int  # requests before a retry-after deadline
    pace: Pace  # with IN_FLIGHT calls at a time
    spending: Sequence[Spending]


def measure(server: EmbeddedPostgres, file: str) -> Models:
    """Measure on the postings that are in the store, and run the dump in `file` again with each engine."""
    with tempfile.TemporaryDirectory(prefix="jd_assets_bench_models_") as name:
        folder = Path(name)
        with running(Script(), folder) as simulator:
            with Store.open(Settings.load()) as store:
                questions = questions_of(store, RATED + WARM_UP + CALLED)
                use, early = within_allowance(store, simulator, questions[:RATED])
                simulator.script(Script(latency_seconds=LATENCY))
                with ModelEngine(store.calls, config(simulator.url)) as engine:
                    pace = pace_of(engine, simulator, questions[RATED:], warm_up=WARM_UP)
            simulator.script(Script())
            spending = [spending_of(engine, server, simulator, folder, file) for engine in ENGINES]
    return Models(use, early, pace, spending)


def questions_of(store: Store, count: int) -> list[Question]:
    """The questions of TASK about so many postings, in no order that tells of their dumps."""
    listener = Listener()
    bench = Workbench(store, Settings.load(), None, config("http://unused"), listener)
    ids = sorted({posting_id for dump in store.dumps.registered() for posting_id in store.rows.heads(STAGE, dump.key)})
    payloads = store.rows.payloads("postings", ids[:count])
    upstreams = [Upstream(Posting.model_validate_json(payloads[posting_id])) for posting_id in ids[:count]]
    stage = bench.stages[STAGE]
    stage.judge_batch(list(zip(upstreams, stage.gather(upstreams), strict=True)), Tally())
    return listener.questions


def config(url: str) -> ModelsConfig:
    """TASK answered by MODEL at `url`."""
    asked = TaskConfig(engine="openai", model=MODEL)
    return ModelsConfig(endpoint=Endpoint(base_url=url, api_key_env=""), tasks={TASK: asked})


def within_allowance(store: Store, simulator: Simulator, questions: Sequence[Question]) -> tuple[Use, int]:
    """Ask within an allowance of tokens: how it is used, and how many requests come before a retry-after deadline."""
    allowed = Limits(tokens_per_minute=TOKENS_A_SECOND * 60, burst_seconds=2)
    simulator.script(limits=allowed, latency_seconds=LATENCY, latency_spread=0.3)
    with ModelEngine(store.calls, config(simulator.url)) as engine:
        engine.answer(questions)
    hits = simulator.asked()
    return use_of(hits, TOKENS_A_SECOND, warm_up=WARM_UP_SECONDS), len(too_early(hits, grace=GRACE))


def spending_of(engine: str, server: EmbeddedPostgres, simulator: Simulator, folder: Path, file: str) -> Spending:
    """Run the dump in `file` with all tasks answered by one engine; what is kept of other engines is not used."""
    models = folder / f"{engine}.toml"
    models.write_text(
        f'[endpoint]\nbase_url = "{simulator.url}"\napi_key_env = ""\n'
        f'[defaults]\nengine = "{engine}"\nmodel = "{MODEL}"\nseed = {ENGINES.index(engine) + 1}\n'
    )
    os.environ["JD_ASSETS_MODELS"] = str(models)
    (dump,) = measured(server, ["run", "--json", file]).outcome
    stages: Sequence[dict[str, Any]] = dump["stages"].values()
    calls, usd = (sum(figures.get(name, 0) for figures in stages) for name in ("model_calls", "cost_usd"))
    return Spending(engine, dump["postings"], calls, usd)


def report(found: Models) -> None:
    """Print the table."""
    use, pace, most = found.use, found.pace, IN_FLIGHT / LATENCY
    print(f"\nmodels: a simulated endpoint, {IN_FLIGHT} calls in flight, {LATENCY:g} s each\n")
    verdict("share of the token allowance used", use.used, ">=", LEAST_USED, use.used >= LEAST_USED)
    verdict("share of 429 answers", use.refused, "<", MOST_REFUSED, use.refused < MOST_REFUSED)
    verdict("requests before a retry-after deadline", found.early, "<=", 0, found.early == 0)
    verdict("CPU-ms a call", pace.cpu_ms, "<=", MOST_CPU_MS, pace.cpu_ms <= MOST_CPU_MS)
    verdict("calls a second", pace.calls_a_second, ">=", LEAST_SHARE * most, pace.calls_a_second >= LEAST_SHARE * most)
    print(f"    {'the cores were busy':41}{100 * pace.busy:8.0f} %")
    for one in found.spending:
        print(
            f"{f'$ per 1,000 postings, {one.engine}':45}{one.usd_per_thousand:8.3f}   "
            f"{one.calls / one.postings:.1f} calls a posting of {MODEL}, {one.postings} postings"
        )
