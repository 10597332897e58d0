"""Running one stage over one dump, incrementally: the one place where rows are compared, computed and handed to the
store.

What belongs here: deciding which postings of a partition are new, changed or gone, asking the stage for those, and
writing the partition in one transaction. What does not: how a stage answers (`stages/`), SQL (`store/`), Dagster
(`assets/`), reading files (`dumps/`).

A row's `upstream_hash` covers the outputs it was made from, its `input_hash` also code version and facts (the part of
the library that the posting touches), its `output_hash` the answer. Cheapest question first: a partition whose code,
library part and upstream are as at its last run is not looked at; a posting whose upstream is unchanged under an
unchanged library is not gathered; one whose input hash is unchanged is not judged; one whose answer is unchanged is
not written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from jd_assets.hashing import digest, digest_set
from jd_assets.library.model import Taxonomy
from jd_assets.records import Record
from jd_assets.stages.base import Stage, Upstream
from jd_assets.stages.registry import RECORD_OF
from jd_assets.store import Store
from jd_assets.store.rows import Checkpoint, NewRow, RowHead

BATCH = 500  # postings gathered and judged together: enough to embed in bulk, little enough to report progress

Progress = Callable[[int, int], None]
AfterWrite = Callable[[Any, Mapping[str, Record], Sequence[str]], None]


@dataclass
class StageReport:
    """What one run of one stage over one dump did. `rows_in` = computed + unchanged."""

    stage: str
    dump: str
    rows_in: int = 0
    computed: int = 0
    unchanged: int = 0
    written: int = 0
    superseded: int = 0
    retired: int = 0
    shared: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    data_version: str = ""
    code_version: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return self.rows_in / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class _Work:
    """One posting that has to be looked at."""

    posting_id: str
    upstream_hash: str
    head: RowHead | None
    leader: str | None  # the posting whose answer it takes over, if any


def run_stage(
    store: Store,
    stage: Stage[Any, Any],
    dump: str,
    *,
    run_id: str,
    taxonomy: Taxonomy,
    then: AfterWrite | None = None,
    progress: Progress | None = None,
) -> StageReport:
    """Bring one stage's rows of one dump up to date.

    `then(connection, written, retired)` runs inside the writing transaction, for what must change together with the
    rows. Raises what the stage raises; the rows then stay as they were.
    """
    clock, cpu = time.perf_counter(), time.process_time()
    rows = store.rows
    library_part = taxonomy.version_of(stage.library_parts)
    unchanged = unchanged_stage(store, stage, dump, library_part=library_part)
    if unchanged is not None:
        return unchanged
    report = StageReport(stage.name, dump, code_version=stage.code_version)
    upstream = _read_upstream(store, stage, dump)
    leaders, leader_heads = upstream.leaders, upstream.leader_heads
    last = rows.checkpoint(stage.name, dump)
    same_rules = last is not None and (last.code_version, last.library_part) == (stage.code_version, library_part)

    upstream_heads = [rows.heads(name, dump) for name in stage.reads]
    wanted = sorted(set.intersection(*(set(heads) for heads in upstream_heads)))
    current = rows.heads(stage.name, dump)
    elsewhere = rows.heads_of(stage.name, [posting_id for posting_id in wanted if posting_id not in current])
    report.rows_in = len(wanted)

    work: list[_Work] = []
    for posting_id in wanted:
        head = current.get(posting_id) or elsewhere.get(posting_id)
        upstream_hash = digest([heads[posting_id].output_hash for heads in upstream_heads])
        leader = leaders.get(posting_id)
        if same_rules and leader is None and head is not None and head.upstream_hash == upstream_hash:
            continue
        work.append(_Work(posting_id, upstream_hash, head, leader))
    report.unchanged = len(wanted) - len(work)

    # Records are needed again for their followers, or by `then`; a large dump's others need not stay in memory.
    run = _Run(store, stage, dump, report, needed=set(wanted) if then else set(leaders.values()))
    # Leaders first: their followers take over what was just decided.
    own, followers = [item for item in work if item.leader is None], [item for item in work if item.leader]
    done = 0
    for batch in _batches(own):
        run.judge(batch)
        done += len(batch)
        if progress:
            progress(done + report.unchanged, len(wanted))
    leader_heads = {**leader_heads, **rows.heads_of(stage.name, {item.leader for item in followers if item.leader})}
    run.share(followers, leader_heads)
    if progress:
        progress(len(wanted), len(wanted))

    gone = store.dumps.not_current([posting_id for posting_id in current if posting_id not in upstream_heads[0]])
    outputs = {posting_id: head.output_hash for posting_id, head in current.items() if posting_id in upstream_heads[0]}
    outputs |= {posting_id: head.output_hash for posting_id, head in elsewhere.items()}
    outputs |= {row.posting_id: row.output_hash for row in run.new_rows}
    report.data_version = digest_set(f"{posting_id}:{output}" for posting_id, output in outputs.items())
    counts = rows.replace(
        stage=stage.name,
        dump=dump,
        run_id=run_id,
        code_version=stage.code_version,
        library_version=taxonomy.version,
        rows=run.new_rows,
        refresh_upstream=run.kept,
        retire=gone,
        checkpoint=Checkpoint(stage.code_version, library_part, upstream.version, report.data_version, len(wanted)),
        then=(lambda connection: then(connection, run.records, gone)) if then else None,
    )
    report.written, report.superseded, report.retired = counts.inserted, counts.superseded, counts.retired
    return _timed(report, clock, cpu)


def unchanged_stage(store: Store, stage: Stage[Any, Any], dump: str, *, library_part: str) -> StageReport | None:
    """The report of a partition for which `run_stage` would do nothing; None if it would look at postings.

    `library_part` is the version of the tables that the stage reads. The stage is asked for its names and its code
    version only, so any library under it will do.
    """
    clock, cpu = time.perf_counter(), time.process_time()
    last = store.rows.checkpoint(stage.name, dump)
    if last is None or (last.code_version, last.library_part) != (stage.code_version, library_part):
        return None
    if store.rows.data_version(stage.name, dump) != last.data_version:  # another dump's run took a posting over
        return None
    if _read_upstream(store, stage, dump).version != last.upstream_version:
        return None
    report = StageReport(stage.name, dump, rows_in=last.rows, unchanged=last.rows)
    report.data_version, report.code_version = last.data_version, last.code_version
    return _timed(report, clock, cpu)


@dataclass(frozen=True, slots=True)
class _UpstreamState:
    """What a partition is made from: a version of it all, and the postings whose answer others take over."""

    version: str
    leaders: Mapping[str, str]  # by their followers
    leader_heads: Mapping[str, RowHead]


def _read_upstream(store: Store, stage: Stage[Any, Any], dump: str) -> _UpstreamState:
    leaders = {
        follower: leader
        for follower, (leader, kind) in store.dumps.duplicates(dump).items()
        if kind == "exact" or stage.shares_judgement
    }
    leader_heads = store.rows.heads_of(stage.name, set(leaders.values()))
    version = digest(
        [store.rows.data_version(name, dump) for name in stage.reads],
        sorted(
            (follower, leader_heads[leader].output_hash)
            for follower, leader in leaders.items()
            # Leaders of this dump follow from what it reads; until its first run is over they are not there.
            if leader in leader_heads and leader_heads[leader].dump != dump
        ),
    )
    return _UpstreamState(version, leaders, leader_heads)


class _Run:
    """The computing part of one run: collects new rows, and rows that stay although they were looked at."""

    def __init__(
        self, store: Store, stage: Stage[Any, Any], dump: str, report: StageReport, *, needed: Set[str]
    ) -> None:
        self.store, self.stage, self.dump, self.report, self._needed = store, stage, dump, report, needed
        self.new_rows: list[NewRow] = []
        self.kept: dict[str, str] = {}  # rows that stay, with the upstream hash they were looked at under
        self.records: dict[str, Record] = {}

    def judge(self, batch: Sequence[_Work]) -> None:
        """Gather facts for the batch and judge the postings whose input hash changed."""
        upstreams = self._load([item.posting_id for item in batch])
        for item, upstream, facts in zip(batch, upstreams, self.stage.gather(upstreams), strict=True):
            input_hash = digest(self.stage.code_version, item.upstream_hash, facts)
            if item.head is not None and item.head.input_hash == input_hash:
                self.report.unchanged += 1
                self._keep(item)
                continue
            self._offer(item, input_hash, self.stage.judge(upstream, facts))

    def share(self, followers: Sequence[_Work], leader_heads: Mapping[str, RowHead]) -> None:
        """Let duplicates take over the answer of their cluster's first posting."""
        fresh = {row.posting_id: row.output_hash for row in self.new_rows}
        taken: list[tuple[_Work, str]] = []
        alone: list[_Work] = []
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
        for batch in _batches(alone):
            self.judge(batch)
        stored = self.store.rows.payloads(
            self.stage.name, {item.leader for item, _ in taken if item.leader and item.leader not in self.records}
        )
        known = {leader: self.stage.output.model_validate_json(payload) for leader, payload in stored.items()}
        for item, input_hash in taken:
            leader = item.leader or ""
            self.report.shared += 1
            self._offer(item, input_hash, self.stage.adopt(self.records.get(leader) or known[leader], leader))

    def _keep(self, item: _Work) -> None:
        if item.head and (item.head.upstream_hash, item.head.dump) != (item.upstream_hash, self.dump):
            self.kept[item.posting_id] = item.upstream_hash

    def _offer(self, item: _Work, input_hash: str, record: Record) -> None:
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


def _batches(items: Sequence[_Work]) -> Iterator[Sequence[_Work]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _timed(report: StageReport, clock: float, cpu: float) -> StageReport:
    report.seconds = time.perf_counter() - clock
    report.cpu_seconds = time.process_time() - cpu
    return report
