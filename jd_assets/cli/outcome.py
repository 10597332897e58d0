"""What became of each dump of a `jd-assets run`, and how it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import orjson

from jd_assets.assets.stage_asset import figures
from jd_assets.automation.local import failure_of
from jd_assets.cli.output import console, table
from jd_assets.judging import StageReport
from jd_assets.records import DumpRef
from jd_assets.store import Store

SUMMED = {
    "computed",
    "written",
    "superseded",
    "retired",
    "seconds",
    "cpu_seconds",
    "model_calls",
    "cache_hits",
    "cost_usd",
}


@dataclass
class DumpOutcome:
    """What became of one dump. records = postings + known_elsewhere + same_key + quarantined.

    status: done, unchanged (there was nothing to do), failed (its run failed) or refused (it is no dump).
    computed, unchanged and written count rows of all stages; seconds is their sum; stages holds each one's figures.
    """

    dump: str
    path: str
    status: str = "done"
    reason: str = ""
    records: int = 0
    postings: int = 0
    known_elsewhere: int = 0
    same_key: int = 0
    quarantined: int = 0
    computed: int = 0
    unchanged: int = 0
    written: int = 0
    seconds: float = 0.0
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_trouble(self) -> bool:
        return self.status in ("failed", "refused")

    def after(self, earlier: DumpOutcome | None) -> DumpOutcome:
        """This outcome with the work of an earlier run of the same dump added; unchanged is what both left alone."""
        if earlier is None:
            return self
        for stage, before in earlier.stages.items():
            now = self.stages.setdefault(stage, before)
            if now is not before:
                now |= {name: now[name] + before[name] for name in SUMMED & before.keys() & now.keys()}
                now |= {name: before[name] for name in {"unchanged"} & before.keys()}
        return _summed(self)


def ran(dump: DumpRef, result: dg.ExecuteInProcessResult) -> DumpOutcome:
    """The outcome of a Dagster run."""
    outcome = DumpOutcome(dump.key, dump.path)
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        values = {name: entry.value for name, entry in materialization.metadata.items()}
        outcome.stages[materialization.asset_key.path[-1]] = values
    reason = failure_of(result)
    if reason is not None:
        outcome.status, outcome.reason = "failed", reason
    return _summed(outcome)


def unchanged(dump: DumpRef, reports: Sequence[StageReport]) -> DumpOutcome:
    """The outcome for a dump with nothing to do."""
    stages = {report.stage: figures(report) for report in reports}
    return _summed(DumpOutcome(dump.key, dump.path, "unchanged", stages=stages))


def _summed(outcome: DumpOutcome) -> DumpOutcome:
    outcome.computed = outcome.unchanged = outcome.written = 0
    outcome.seconds = 0.0
    read = outcome.stages.get("postings", {})
    outcome.records, outcome.same_key = read.get("records", 0), read.get("same_key", 0)
    outcome.postings, outcome.known_elsewhere = read.get("rows_in", 0), read.get("known_elsewhere", 0)
    outcome.quarantined = read.get("quarantined", 0)
    for values in outcome.stages.values():
        outcome.computed += values.get("computed", 0)
        outcome.unchanged += values.get("unchanged", 0)
        outcome.written += values.get("written", 0)
        outcome.seconds += values.get("seconds", 0.0)
    outcome.seconds = round(outcome.seconds, 3)
    return outcome


def show(store: Store, outcomes: Sequence[DumpOutcome]) -> None:
    """Print what a person wants to know after a run: dumps, troubles, roles, and what waits for review."""
    columns = ["dump", "records", "postings", "known", "repeats", "bad", "computed", "kept", "s"]
    rows = [
        (
            o.dump or Path(o.path).name,
            *(o.records, o.postings, o.known_elsewhere, o.same_key, o.quarantined),
            *(o.computed, o.unchanged, round(o.seconds, 1)),
        )
        for o in outcomes
    ]
    console.print(table("Dumps", columns, rows))
    for outcome in outcomes:
        if outcome.is_trouble:
            name = Path(outcome.path).name
            console.print(f"{name} {outcome.status}: {outcome.reason}", markup=False, highlight=False, soft_wrap=True)
    asked = _asked(outcomes)
    if asked:
        console.print(table("Model calls", ["stage", "calls", "cached", "unanswered", "cost"], asked))
    roles = Counter(role for o in outcomes if not o.is_trouble for role in _roles(store, o.dump))
    console.print(table("Roles", ["role", "postings"], roles.most_common(12)))
    items = [(kind, count) for (kind, state), count in store.review.counts().items() if state == "pending"]
    console.print(table("Waiting for review", ["kind", "items"], items))
    console.print("Next: jd-assets status · jd-assets trace POSTING · jd-assets export decisions · jd-assets dev")


def _asked(outcomes: Sequence[DumpOutcome]) -> list[tuple[str, int, int, int, str]]:
    """For each stage that asked a model: calls, answers from the cache, postings without an answer, dollars."""
    sums: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        for stage, figures_of in outcome.stages.items():
            counted = {name: figures_of.get(name, 0) for name in ("model_calls", "cache_hits", "unanswered")}
            if any(counted.values()):
                sums.setdefault(stage, Counter()).update(counted, cost_usd=figures_of.get("cost_usd", 0.0))
    return [
        (stage, own["model_calls"], own["cache_hits"], own["unanswered"], f"${own['cost_usd']:.4f}")
        for stage, own in sums.items()
    ]


def _roles(store: Store, dump: str) -> list[str]:
    payloads = store.rows.payloads("role_decisions", list(store.rows.heads("role_decisions", dump)))
    decisions = [orjson.loads(payload) for payload in payloads.values()]
    return [one["display_name"] or f"({one['case'].lower().replace('_', ' ')})" for one in decisions]
