"""The computing part of a stage's run over a dump: postings in, new rows, kept rows and drops out.

What belongs here: gathering, judging, and taking over a duplicate's answer. What does not: which postings have to be
looked at, and writing what came of it (`pipeline.py`); how a stage answers (`stages/`, `tasks/`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from jd_assets.engines.questions import Unanswered
from jd_assets.hashing import digest
from jd_assets.records import Record
from jd_assets.stages.base import Stage, Tally, Upstream
from jd_assets.stages.registry import RECORD_OF
from jd_assets.store import Store
from jd_assets.store.rows import NewRow, RowHead
from jd_assets.store.unanswered import Drop


@dataclass
class StageReport:
    """What one run of one stage over one dump did. `rows_in` = computed + unchanged + unanswered."""

    stage: str
    dump: str
    rows_in: int = 0
    computed: int = 0
    unchanged: int = 0
    written: int = 0
    superseded: int = 0
    retired: int = 0
    shared: int = 0
    unanswered: int = 0  # postings without a row, because a model gave no answer that counts
    escalated: int = 0  # postings about which a model was asked
    kept: int = 0  # questions that the rules' answer was sure enough to spare
    fell_back: int = 0  # postings that kept the rules' record without an answer, as configured
    cache_hits: int = 0
    model_calls: int = 0  # attempts that were sent
    cost_usd: Decimal = Decimal(0)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    data_version: str = ""
    code_version: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return self.rows_in / self.seconds if self.seconds else 0.0

    @property
    def saved_usd(self) -> Decimal:
        """What the spared questions would have cost, at this run's cost a call; 0 where no call tells."""
        return self.cost_usd / self.model_calls * self.kept if self.model_calls else Decimal(0)


@dataclass(slots=True)
class Work:
    """One posting that has to be looked at."""

    posting_id: str
    upstream_hash: str
    head: RowHead | None
    leader: str | None  # the posting whose answer it takes over, if any


class Judging:
    """The computing part of one run: collects new rows, and rows that stay although they were looked at."""

    def __init__(
        self, store: Store, stage: Stage[Any, Any], dump: str, run_id: str, report: StageReport, *, needed: Set[str]
    ) -> None:
        self.store, self.stage, self.dump, self.run_id = store, stage, dump, run_id
        self.report, self._needed = report, needed
        self.new_rows: list[NewRow] = []
        self.kept: dict[str, str] = {}  # rows that stay, with the upstream hash they were looked at under
        self.records: dict[str, Record] = {}
        self.drops: dict[str, Drop] = {}  # postings without a row
        self.tally = Tally()

    def judge(self, batch: Sequence[Work]) -> None:
        """Gather facts for the batch and judge the postings whose input hash changed."""
        upstreams = self._load([item.posting_id for item in batch])
        known = self.store.unanswered.of(self.stage.name, [w.posting_id for w in batch]) if self.stage.asks else {}
        changed: list[tuple[Work, str]] = []
        inputs: list[tuple[Upstream, Any]] = []
        for item, upstream, facts in zip(batch, upstreams, self.stage.gather(upstreams), strict=True):
            input_hash = digest(self.stage.code_version, item.upstream_hash, facts)
            if item.head is not None and item.head.input_hash == input_hash:
                self.report.unchanged += 1
                self._keep(item)
                continue
            drop = known.get(item.posting_id)
            if drop is not None and drop.input_hash == input_hash:
                self.drops[item.posting_id] = replace(drop, dump=self.dump)
                continue
            changed.append((item, input_hash))
            inputs.append((upstream, facts))
        judged = self.stage.judge_batch(inputs, self.tally)
        for (item, input_hash), result in zip(changed, judged, strict=True):
            if isinstance(result, Unanswered):
                self.drops[item.posting_id] = Drop(
                    self.stage.name, item.posting_id, self.dump, self.run_id, input_hash, result.kind, result.reason
                )
            else:
                self._offer(item, input_hash, result)

    def share(self, followers: Sequence[Work], leader_heads: Mapping[str, RowHead]) -> None:
        """Let duplicates take over the answer of their cluster's first posting."""
        fresh = {row.posting_id: row.output_hash for row in self.new_rows}
        taken: list[tuple[Work, str]] = []
        alone: list[Work] = []
        for item in followers:
            leader_output = fresh.get(item.leader or "")
            if leader_output is None and item.leader and item.leader in leader_heads:
                leader_output = leader_heads[item.leader].output_hash
            if leader_output is None:
                alone.append(item)  # its leader has not come to this stage yet: judged for itself
                continue
            input_hash = digest(self.stage.code_version, "shared", item.leader, leader_output)
            if item.head is not None and item.head.input_hash == input_hash:
                self.report.unchanged += 1
                self._keep(item)
            else:
                taken.append((item, input_hash))
        for batch in batches(alone, self.stage.batch):
            self.judge(batch)
        stored = self.store.rows.payloads(
            self.stage.name, {item.leader for item, _ in taken if item.leader and item.leader not in self.records}
        )
        known = {leader: self.stage.output.model_validate_json(payload) for leader, payload in stored.items()}
        for item, input_hash in taken:
            leader = item.leader or ""
            self.report.shared += 1
            self._offer(item, input_hash, self.stage.adopt(self.records.get(leader) or known[leader], leader))

    def _keep(self, item: Work) -> None:
        if item.head and (item.head.upstream_hash, item.head.dump) != (item.upstream_hash, self.dump):
            self.kept[item.posting_id] = item.upstream_hash

    def _offer(self, item: Work, input_hash: str, record: Record) -> None:
        self.report.computed += 1
        if item.posting_id in self._needed:
            self.records[item.posting_id] = record
        payload = record.model_dump_json().encode()  # fields in the order of their class: one form per value
        self.new_rows.append(NewRow(item.posting_id, item.upstream_hash, input_hash, digest(payload.decode()), payload))

    def _load(self, posting_ids: Sequence[str]) -> list[Upstream]:
        records = {name: self.store.rows.payloads(name, posting_ids) for name in self.stage.reads}
        return [
            _upstream({name: payloads[posting_id] for name, payloads in records.items()}) for posting_id in posting_ids
        ]


def _upstream(payloads: Mapping[str, bytes]) -> Upstream:
    """The records of one posting from their JSON, by stage."""
    records: dict[str, Any] = {name: RECORD_OF[name].model_validate_json(payload) for name, payload in payloads.items()}
    return Upstream(posting=records.pop("postings"), **records)


def batches(items: Sequence[Work], size: int) -> Iterator[Sequence[Work]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
