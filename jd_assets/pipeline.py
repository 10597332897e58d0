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

A stage may ask a model. A posting about which it gives no answer that counts gets no row, nor has it any below: it is
kept beside the rows by name and reason (`store/unanswered.py`), and not asked about again while its input is unchanged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from jd_assets.engines.questions import Asking, asking
from jd_assets.hashing import digest, digest_set
from jd_assets.judging import Judging, StageReport, Work, batches
from jd_assets.library.model import Taxonomy
from jd_assets.records import Record
from jd_assets.stages.base import Stage
from jd_assets.store import Store
from jd_assets.store.rows import Checkpoint, RowHead
from jd_assets.store.unanswered import replace_unanswered

Progress = Callable[[int, int], None]
AfterWrite = Callable[[Any, Mapping[str, Record], Sequence[str]], None]


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
    orphans = _without_upstream(store, stage, upstream_heads[0].keys() - set(wanted))
    current = rows.heads(stage.name, dump)
    elsewhere = rows.heads_of(stage.name, [posting_id for posting_id in wanted if posting_id not in current])
    report.rows_in = len(wanted)

    work: list[Work] = []
    for posting_id in wanted:
        head = current.get(posting_id) or elsewhere.get(posting_id)
        upstream_hash = digest([heads[posting_id].output_hash for heads in upstream_heads])
        leader = leaders.get(posting_id)
        if same_rules and leader is None and head is not None and head.upstream_hash == upstream_hash:
            continue
        work.append(Work(posting_id, upstream_hash, head, leader))
    report.unchanged = len(wanted) - len(work)

    # Records are needed again for their followers, or by `then`; a large dump's others need not stay in memory.
    run = Judging(store, stage, dump, run_id, report, needed=set(wanted) if then else set(leaders.values()))
    # Leaders first: their followers take over what was just decided.
    own, followers = [item for item in work if item.leader is None], [item for item in work if item.leader]
    done = 0
    with asking_for(run_id, dump, stage.name):
        for batch in batches(own, stage.batch):
            run.judge(batch)
            done += len(batch)
            if progress:
                progress(done + report.unchanged, len(wanted))
        leader_heads = {**leader_heads, **rows.heads_of(stage.name, {item.leader for item in followers if item.leader})}
        run.share(followers, leader_heads)
    if progress:
        progress(len(wanted), len(wanted))

    gone = store.dumps.not_current([posting_id for posting_id in current if posting_id not in upstream_heads[0]])
    closed = orphans | run.drops.keys()
    outputs = {posting_id: head.output_hash for posting_id, head in current.items() if posting_id in upstream_heads[0]}
    outputs |= {posting_id: head.output_hash for posting_id, head in elsewhere.items()}
    outputs |= {row.posting_id: row.output_hash for row in run.new_rows}
    report.data_version = digest_set(
        f"{posting_id}:{output}" for posting_id, output in outputs.items() if posting_id not in closed
    )

    def write_derived(connection: psycopg.Connection) -> None:
        answered = [row.posting_id for row in run.new_rows]
        replace_unanswered(connection, stage.name, dump, list(run.drops.values()), answered)
        if then:
            then(connection, run.records, [*gone, *closed])

    counts = rows.replace(
        stage=stage.name,
        dump=dump,
        run_id=run_id,
        code_version=stage.code_version,
        library_version=taxonomy.version,
        rows=run.new_rows,
        refresh_upstream=run.kept,
        retire=gone,
        close=closed,
        checkpoint=Checkpoint(stage.code_version, library_part, upstream.version, report.data_version, len(wanted)),
        then=write_derived,
    )
    report.written, report.superseded, report.retired = counts.inserted, counts.superseded, counts.retired
    _count_asked(store, report, run, run_id)
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
    drops = store.unanswered.count(stage.name, dump) if stage.asks else 0
    report = StageReport(stage.name, dump, rows_in=last.rows, unchanged=last.rows - drops, unanswered=drops)
    report.data_version, report.code_version = last.data_version, last.code_version
    return _timed(report, clock, cpu)


@contextmanager
def asking_for(run_id: str, dump: str, stage: str) -> Iterator[None]:
    """Questions asked inside are asked on behalf of this stage of this run."""
    token = asking.set(Asking(run_id, dump, stage))
    try:
        yield
    finally:
        asking.reset(token)


def _without_upstream(store: Store, stage: Stage[Any, Any], posting_ids: Set[str]) -> set[str]:
    """Those of the postings that a stage above has no row for, in whichever dump: they can have none here."""
    if not posting_ids:
        return set()
    return set().union(*(posting_ids - store.rows.heads_of(name, posting_ids).keys() for name in stage.reads))


def _count_asked(store: Store, report: StageReport, run: Judging, run_id: str) -> None:
    tally = run.tally
    report.unanswered, report.escalated = len(run.drops), tally.escalated
    report.kept, report.fell_back, report.cache_hits = tally.kept, tally.fell_back, tally.cache_hits
    if tally.questions:
        calls = store.calls.of_stage(run_id, report.stage, report.dump)
        report.model_calls, report.cost_usd = calls.calls, calls.cost_usd


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


def _timed(report: StageReport, clock: float, cpu: float) -> StageReport:
    report.seconds = time.perf_counter() - clock
    report.cpu_seconds = time.process_time() - cpu
    return report
