"""What a run over some dumps would ask of models, before it asks anything: no call is made, no row is written.

What belongs here: finding the postings that a run would look at, and bringing them to the questions. What does not:
what a question costs (`engines/openai/estimate`), how a run does it (`pipeline`).

The walk is that of a run, in memory: the same stages over the same records, with the same hashes that say whether a
row stands. Where an answer is not known yet, the rules' record stands in for it; what is asked further down of such a
posting is a guess, and counted as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from jd_assets.dumps.boards import load_boards
from jd_assets.dumps.duplicates import Fingerprint
from jd_assets.engines.embedder import Embedder, MiniLMEmbedder
from jd_assets.engines.openai.config import TASKS, ModelsConfig
from jd_assets.engines.openai.estimate import Estimator, Needs, StandInEmbedder
from jd_assets.engines.questions import Unanswered
from jd_assets.errors import DumpError
from jd_assets.freshness import Freshness, library_is_current
from jd_assets.hashing import digest
from jd_assets.ingest import STAGE as POSTINGS
from jd_assets.ingest import read_postings, unchanged_postings
from jd_assets.library.imports import imports_folder, read_library
from jd_assets.library.model import Taxonomy
from jd_assets.pipeline import Progress
from jd_assets.records import DumpRef, Posting, Record
from jd_assets.stages.base import Stage, Tally, Upstream
from jd_assets.stages.registry import RECORD_OF, build_stages
from jd_assets.tasks.registry import with_models
from jd_assets.workbench import CachedEmbedder, Workbench

BATCH = 500  # postings at once: enough to embed in bulk


@dataclass(frozen=True, slots=True)
class DumpForecast:
    """One dump: how many postings a run would look at, and how many calls it would make for them."""

    dump: str
    path: str
    postings: int = 0
    calls: int = 0
    unchanged: bool = False  # a run would do nothing
    problem: str = ""  # why it cannot be read


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would ask."""

    dumps: list[DumpForecast]
    tasks: list[Needs]  # in the order of the pipeline; only those with questions
    kept_by_rules: int  # questions that the rules are sure enough of to spare them
    embedder_stands_in: bool  # vectors of the endpoint's embedder are not known: others were used in their place


class _Known(NamedTuple):
    """A record as it stands or would stand, and its hash."""

    record: Record
    output_hash: str


@dataclass(slots=True)
class _Walk:
    """One posting and its records by stage."""

    posting: Posting
    known: dict[str, _Known] = field(default_factory=dict)


def forecast(
    bench: Workbench, dumps: Sequence[DumpRef], *, batched: bool = False, progress: Progress | None = None
) -> Forecast:
    """What a run over these dumps, in this order, would ask. Dumps that cannot be read are named in it.

    `progress` is told how many dumps are done. Raises LibraryError when the taxonomy is at fault.
    """
    walker = _Walker(bench, batched=batched)
    found = []
    for number, dump in enumerate(dumps):
        found.append(walker.walk(dump))
        if progress:
            progress(number + 1, len(dumps))
    return walker.forecast(found)


class _Walker:
    """Brings postings to their questions."""

    def __init__(self, bench: Workbench, *, batched: bool) -> None:
        self._store, self._settings, self._models = bench.store, bench.settings, bench.models
        self._boards = load_boards(bench.settings.boards_file)
        self._estimator = Estimator(bench.store.calls, bench.models, batched=batched)
        self._tally = Tally()
        self._stand_in: StandInEmbedder | None = None
        self._freshness: Freshness | None = None
        if bench.models.embedder.engine == "openai":
            own = CachedEmbedder(MiniLMEmbedder(bench.settings.cache_dir), bench.store.vectors)
            model, vectors = bench.models.embedder.model, bench.store.vectors
            self._stand_in = StandInEmbedder(own, model, lambda hashes: vectors.get_many(model, hashes))
        elif library_is_current(bench):
            self._freshness = Freshness(bench)
        library = read_library(bench.settings.taxonomy_dir, imports_folder(bench.settings.home)).taxonomy
        self._build(library, self._stand_in or bench.embedder)
        self._prints: list[Fingerprint] = []
        self._seen: set[str] = set()

    def _build(self, library: Taxonomy, embedder: Embedder) -> None:
        rules = build_stages(library, embedder)
        asked = with_models(rules, library, _falling_back(self._models), self._estimator)
        # What a run would compare rows with: how answers that count for nothing are treated is part of it.
        versions = with_models(rules, library, self._models, None)
        needed = _needed(asked)
        self._stages = {name: stage for name, stage in asked.items() if name in needed}
        self._versions = {name: versions[name].code_version for name in self._stages}

    def forecast(self, dumps: list[DumpForecast]) -> Forecast:
        """The sum of all walks."""
        if self._stand_in is not None:
            self._estimator.embeds(self._stand_in.unknown.values(), self._models.embedder.model)
        tasks = sorted(self._estimator.needs.values(), key=lambda needs: [*TASKS, needs.task].index(needs.task))
        return Forecast(dumps, tasks, self._tally.kept, self._stand_in is not None)

    def walk(self, dump: DumpRef) -> DumpForecast:
        """Bring the postings of one dump to their questions."""
        if self._freshness is not None and self._freshness.unchanged(dump) is not None:
            return DumpForecast(dump.key, dump.path, unchanged=True)
        try:
            postings = self._postings(dump) if self._stages else []
        except DumpError as error:
            return DumpForecast(dump.key, dump.path, problem=str(error))
        before = self._calls()
        self._estimator.next_dump()
        walks = [_Walk(posting, {POSTINGS: _Known(posting, _output_hash(posting))}) for posting in postings]
        new = [walk for walk in walks if walk.known[POSTINGS].output_hash not in self._seen]
        self._seen |= {walk.known[POSTINGS].output_hash for walk in new}
        leaders = {walk.posting.duplicate_of for walk in new}
        kept = {walk.posting.posting_id: walk for walk in new if walk.posting.posting_id in leaders}
        for batch in _batches([walk for walk in new if walk.posting.duplicate_of is None]):
            self._through_stages(batch, kept)
        # An exact duplicate takes over every record: nothing is asked about it.
        for batch in _batches([walk for walk in new if walk.posting.duplicate_kind == "near"]):
            self._through_stages(batch, kept)
        return DumpForecast(dump.key, dump.path, len(new), self._calls() - before)

    def _calls(self) -> int:
        return sum(needs.calls for needs in self._estimator.needs.values())

    def _postings(self, dump: DumpRef) -> Sequence[Posting]:
        limit = self._settings.max_bad_share
        if unchanged_postings(self._store, dump, self._boards, max_bad_share=limit) is not None:
            payloads = self._store.rows.payloads(POSTINGS, list(self._store.rows.heads(POSTINGS, dump.key)))
            return [Posting.model_validate_json(payload) for payload in payloads.values()]
        read = read_postings(self._store, dump, self._boards, max_bad_share=limit, earlier=self._prints)
        self._prints += [own for own in read.prints if own.posting_id not in read.leaders]
        return read.own

    def _through_stages(self, walks: Sequence[_Walk], kept: Mapping[str, _Walk]) -> None:
        for stage in self._stages.values():
            wanted = [walk for walk in walks if all(name in walk.known for name in stage.reads)]
            own = [walk for walk in wanted if not self._adopt(stage, walk, kept)]
            self._judge(stage, own)
        for walk in walks:
            if walk.posting.posting_id not in kept:
                walk.known.clear()  # a large dump's records need not stay in memory

    def _adopt(self, stage: Stage[Any, Any], walk: _Walk, kept: Mapping[str, _Walk]) -> bool:
        """Whether a near duplicate took over its leader's record."""
        leader = walk.posting.duplicate_of
        if leader is None or not stage.shares_judgement:
            return False
        record = kept[leader].known[stage.name].record if leader in kept and stage.name in kept[leader].known else None
        if record is None:
            payload = self._store.rows.payloads(stage.name, [leader]).get(leader)
            record = RECORD_OF[stage.name].model_validate_json(payload) if payload is not None else None
        if record is None:
            return False
        adopted = stage.adopt(record, leader)
        walk.known[stage.name] = _Known(adopted, _output_hash(adopted))
        return True

    def _judge(self, stage: Stage[Any, Any], walks: Sequence[_Walk]) -> None:
        """Put the stage's record beside those that the postings have: the row's where it stands, else as computed."""
        ids = [walk.posting.posting_id for walk in walks]
        heads = self._store.rows.heads_of(stage.name, ids)
        drops = self._store.unanswered.of(stage.name, ids) if stage.asks else {}
        changed: list[tuple[_Walk, Upstream, Any]] = []
        standing: list[_Walk] = []
        upstreams = [_upstream(stage, walk) for walk in walks]
        for walk, upstream, facts in zip(walks, upstreams, stage.gather(upstreams), strict=True):
            upstream_hash = digest([walk.known[name].output_hash for name in stage.reads])
            input_hash = digest(self._versions[stage.name], upstream_hash, facts)
            head, drop = heads.get(walk.posting.posting_id), drops.get(walk.posting.posting_id)
            if head is not None and head.input_hash == input_hash:
                standing.append(walk)
            elif drop is None or drop.input_hash != input_hash:
                changed.append((walk, upstream, facts))
        payloads = self._store.rows.payloads(stage.name, [walk.posting.posting_id for walk in standing])
        for walk in standing:
            payload = payloads[walk.posting.posting_id]
            record = RECORD_OF[stage.name].model_validate_json(payload)
            walk.known[stage.name] = _Known(record, heads[walk.posting.posting_id].output_hash)
        judged = stage.judge_batch([(upstream, facts) for _, upstream, facts in changed], self._tally)
        for (walk, _, _), result in zip(changed, judged, strict=True):
            if not isinstance(result, Unanswered):
                walk.known[stage.name] = _Known(result, _output_hash(result))


def _falling_back(models: ModelsConfig) -> ModelsConfig:
    """The configuration with the rules' record standing wherever an answer is missing."""
    tasks = {name: replace(models.task(name), on_failure="rules") for name in TASKS}
    return replace(models, tasks=tasks)


def _needed(stages: Mapping[str, Stage[Any, Any]]) -> set[str]:
    """The stages that ask, and all that they are made from."""
    needed: set[str] = set()
    for stage in reversed(list(stages.values())):
        if stage.asks or stage.name in needed:
            needed |= {stage.name, *stage.reads}
    return needed


def _upstream(stage: Stage[Any, Any], walk: _Walk) -> Upstream:
    records: dict[str, Any] = {name: walk.known[name].record for name in stage.reads if name != POSTINGS}
    return Upstream(posting=walk.posting, **records)


def _output_hash(record: Record) -> str:
    return digest(record.model_dump_json())


def _batches(walks: Sequence[_Walk]) -> Iterator[Sequence[_Walk]]:
    for start in range(0, len(walks), BATCH):
        yield walks[start : start + BATCH]
