"""Everything a run needs in one place: store, embedder, models, current library, and the stages over them.

What belongs here: putting the parts together for assets, command line and tests, and the library's way into the
store. What does not: Dagster, stage logic, SQL.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import psycopg

from jd_assets.dumps.boards import load_boards
from jd_assets.engines.embedder import Embedder, MiniLMEmbedder, Vectors
from jd_assets.engines.openai.config import ModelsConfig, load_models
from jd_assets.engines.questions import Answerer
from jd_assets.errors import LibraryError, PermanentError
from jd_assets.hashing import digest, digest_files
from jd_assets.ingest import run_postings
from jd_assets.judging import StageReport
from jd_assets.library.files import from_entries
from jd_assets.library.imports import imports_folder, read_library
from jd_assets.library.model import Taxonomy
from jd_assets.library.skill_ranker import learned_model
from jd_assets.pipeline import AfterWrite, run_stage
from jd_assets.records import CentroidContribution, Record, RoleDecision
from jd_assets.settings import Settings
from jd_assets.stages.base import Stage
from jd_assets.stages.registry import RECORD_OF, build_stages
from jd_assets.stages.role_centroids import FIXED_POINT, RoleCentroidsStage
from jd_assets.store import Store
from jd_assets.store.centroids import replace_contributions
from jd_assets.store.database import lock
from jd_assets.store.library import LibraryEntry
from jd_assets.store.review import Collision, refresh_items, replace_collisions
from jd_assets.store.rows import Checkpoint
from jd_assets.store.vectors import Vectors as VectorStore
from jd_assets.tasks.registry import with_models
from jd_assets.versions import source_version

if TYPE_CHECKING:
    from jd_assets.engines.openai.batch import BatchEngine
    from jd_assets.engines.openai.engine import ModelEngine

# Postings judged at once where models are asked in batches: as many as memory allows, for each round takes hours.
BATCHED_TOGETHER = 10_000
COLLECT_AFTER = (50_000, 20, 100)  # objects, and collections of each younger generation, between two of garbage
LIBRARY_TABLES = ("aliases", "role_titles", "kras")  # in LanceDB: the library's texts

# Noted in the store beside the stages' checkpoints: how far what lies outside Postgres was read or written.
TAXONOMY_FOLDER = "taxonomy_folder"
LIBRARY_VECTORS = "library_vectors"
MIRRORED_VECTORS = "posting_vectors"  # in LanceDB, of the rows of `role_centroids`

First = TypeVar("First", bound=Record)
Second = TypeVar("Second", bound=Record)

# Called with (stage, done, of) while a stage works: the command line draws its progress bars from it.
Observer = Callable[[str, int, int], None]
observer: ContextVar[Observer | None] = ContextVar("observer", default=None)


def taxonomy_files(settings: Settings) -> str:
    """A digest of the taxonomy folder's files, and of what was imported beside it."""
    imported = (folder for folder in sorted(imports_folder(settings.home).glob("[!.]*")) if folder.is_dir())
    parts = [(folder.name, digest_files(folder.glob("*.csv"))) for folder in imported]
    return digest(digest_files(settings.taxonomy_dir.glob("*.csv")), parts)


class CachedEmbedder:
    """An embedder that embeds each distinct text once, across runs: vectors are kept in LanceDB under its name."""

    def __init__(self, embedder: Embedder, vectors: VectorStore) -> None:
        self._embedder, self._vectors = embedder, vectors
        self.name, self.dim = embedder.name, embedder.dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self._vectors.embed_cached(self._embedder, texts)


class SyncedVectors(NamedTuple):
    """The library's searchable texts: how many per table, and a hash of texts and embedder."""

    texts: dict[str, int]
    version: str


class Workbench:
    """A store with the current library and its stages. Open one per process."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        embedder: Embedder | None = None,
        models: ModelsConfig | None = None,
        answerer: Answerer | None = None,
        batched: bool = False,
    ) -> None:
        """A workbench over an open store; what is not given is made at first use, as the settings say.

        `batched`: models are asked in batches, which may take a day and cost half.
        """
        self.store, self.settings = store, settings
        self._embedder, self._models, self._answerer, self._batched = embedder, models, answerer, batched
        self._library: Taxonomy | None = None
        self._stages: Mapping[str, Stage[Any, Any]] | None = None

    @classmethod
    @contextmanager
    def open(cls, settings: Settings) -> Iterator[Workbench]:
        """The workbench of an installation."""
        with Store.open(settings) as store:
            bench = cls(store, settings)
            try:
                yield bench
            finally:
                bench.close()

    def close(self) -> None:
        """Let go of the models' engines, if they were opened."""
        if "engine" in self.__dict__:
            self.engine.close()
        if "batch_engine" in self.__dict__:
            self.batch_engine.close()

    @cached_property
    def embedder(self) -> Embedder:
        """Embeds each distinct text once, across runs."""
        return CachedEmbedder(self._embedder or self._configured_embedder(), self.store.vectors)

    def _configured_embedder(self) -> Embedder:
        chosen = self.models.embedder
        if chosen.engine == "minilm":
            return MiniLMEmbedder(self.settings.cache_dir)
        from jd_assets.engines.openai.embedder import OpenAIEmbedder, require_learned

        require_learned(chosen.model, learned_model().embedder)
        return OpenAIEmbedder(self.engine, chosen.model)

    @property
    def vector_space(self) -> str:
        """The embedder, and the LanceDB folder of its vectors: with either of them new, all are written anew."""
        return f"{self.embedder.name} {self.store.vectors.identity}"

    # --- the library ----------------------------------------------------------------------------------------------

    @property
    def library(self) -> Taxonomy:
        """The store's current library. Raises LibraryError when none was loaded yet."""
        if self._library is None:
            entries = self.store.library.load_version()
            if not entries:
                raise LibraryError(
                    "No library is loaded yet: materialize the asset `taxonomy` first (`jd-assets run` does so itself)."
                )
            self._library = from_entries((entry.kind, entry.payload) for entry in entries)
        return self._library

    def load_library(self, taxonomy: Taxonomy | None = None) -> Taxonomy:
        """Make the taxonomy folder and imports (or the given library) the current version; an unchanged one stays."""
        files = None if taxonomy else taxonomy_files(self.settings)  # before reading: later changes count as not read
        taxonomy = taxonomy or read_library(self.settings.taxonomy_dir, imports_folder(self.settings.home)).taxonomy
        entries = (
            LibraryEntry(kind, entry.key, entry.model_dump_json().encode()) for kind, entry in taxonomy.all_entries()
        )
        self.store.library.save_version(taxonomy.version, entries, self.settings.taxonomy_dir.name)
        if files is not None:
            done = Checkpoint(source_version(read_library.__module__), "", files, taxonomy.version, 0)
            self.store.rows.note(TAXONOMY_FOLDER, "", "", done)
        if self._library is None or self._library.version != taxonomy.version:
            self._library, self._stages = taxonomy, None
        return taxonomy

    def sync_library_vectors(self, *, run_id: str) -> SyncedVectors:
        """Bring the searchable tables of aliases, role titles and KRAs in line with the library.

        Of skills only the canonical names are embedded: their other spellings match literally.
        """
        library, rows = self.library, self.store.rows
        titles = {*(row.alias for row in library.role_aliases), *(role.display_name for role in library.roles)}
        texts = {
            "aliases": sorted({row.alias for row in library.skill_aliases if row.type == "CANONICAL"}),
            "role_titles": sorted(titles),
            "kras": sorted({row.kra for row in library.role_kras}),
        }
        counts = {table: len(found) for table, found in texts.items()}
        version = digest(self.embedder.name, texts)
        with self._vectors_alone():
            noted = rows.checkpoint(LIBRARY_VECTORS, "")
            if noted is None or (noted.code_version, noted.data_version) != (self.vector_space, version):
                for table, found in texts.items():
                    named = [{"id": digest(text), "text": text} for text in found]
                    self.store.vectors.sync(table, self.embedder.name, named, self.embedder.embed(found))
            done = Checkpoint(self.vector_space, "", library.version, version, sum(counts.values()))
            rows.note(LIBRARY_VECTORS, "", run_id, done)
        return SyncedVectors(counts, version)

    @property
    def stages(self) -> Mapping[str, Stage[Any, Any]]:
        """The stages over the current library, by name and in pipeline order."""
        if self._stages is None:
            for table in LIBRARY_TABLES:
                self.store.vectors.preload(table, self.embedder.name)
            self._stages = self.build_stages(self.library)
            # The library stays, and records hold no cycles. Looking through them for garbage again and again took a
            # fifth of a run, and halted the event loop of model calls for half a second each time.
            gc.freeze()
            gc.set_threshold(*COLLECT_AFTER)
        return self._stages

    def build_stages(self, library: Taxonomy, *, judging: bool = True) -> Mapping[str, Stage[Any, Any]]:
        """The stages over a library as the configuration has them answered; `judging` False: for their versions only.

        Raises SettingsError when they need a model and its key is missing.
        """
        asking = judging and self.models.needs_models
        stages = with_models(
            build_stages(library, self.embedder), library, self.models, self._answers() if asking else None
        )
        for stage in stages.values():
            if stage.asks and self._batched:
                stage.batch = BATCHED_TOGETHER
        return stages

    def _answers(self) -> Answerer:
        return self._answerer or (self.batch_engine if self._batched else self.engine)

    @cached_property
    def models(self) -> ModelsConfig:
        """Which tasks are answered by models, and how."""
        return self._models or load_models(self.settings.models_file)

    @cached_property
    def engine(self) -> ModelEngine:
        """The engine that asks models, opened at first use. Raises SettingsError when its key is missing."""
        from jd_assets.engines.openai.engine import ModelEngine  # a second of imports that most runs do without

        return ModelEngine(self.store.calls, self.models)

    @cached_property
    def batch_engine(self) -> BatchEngine:
        """The engine that asks models in batches, opened at first use. Raises SettingsError when its key is missing."""
        from jd_assets.engines.openai.batch import BatchEngine

        def waiting(done: int, of: int) -> None:
            if watch := observer.get():
                watch("waits for batches", done, of)

        return BatchEngine(self.store.calls, self.store.batches, self.models, waiting=waiting)

    # --- running --------------------------------------------------------------------------------------------------

    def run_postings(self, dump: str, *, run_id: str) -> StageReport:
        """Read a registered dump. Raises DumpError when it cannot be read."""
        ref = next((ref for ref in self.store.dumps.registered() if ref.key == dump), None)
        if ref is None:
            raise PermanentError(
                f"No dump is registered as {dump!r}. Put its file into the dumps folder, or run `jd-assets run FILE`."
            )
        boards = load_boards(self.settings.boards_file)
        return run_postings(self.store, ref, boards, run_id=run_id, max_bad_share=self.settings.max_bad_share)

    def run_stage(self, name: str, dump: str, *, run_id: str) -> StageReport:
        """Bring one stage's rows of one dump up to date."""
        report = run_stage(
            self.store,
            self.stages[name],
            dump,
            run_id=run_id,
            taxonomy=self.library,
            then=self._derived(name, dump),
            progress=partial(watch, name) if (watch := observer.get()) else None,
        )
        if name == RoleCentroidsStage.name:
            self._mirror_vectors(dump, report, run_id)
        return report

    def run_dump(self, dump: str, *, run_id: str) -> list[StageReport]:
        """Every stage of one dump, in order, without Dagster: for tests, measuring and evaluation."""
        reports = [self.run_postings(dump, run_id=run_id)]
        return reports + [self.run_stage(name, dump, run_id=run_id) for name in self.stages]

    def records(self, dump: str, first: type[First], second: type[Second]) -> Iterator[tuple[First, Second]]:
        """A dump's current records of two stages, posting by posting."""
        names = {record: name for name, record in RECORD_OF.items()}
        ids = sorted(self.store.rows.heads(names[second], dump))
        left, right = (self.store.rows.payloads(names[record], ids) for record in (first, second))
        for posting_id in ids:
            yield first.model_validate_json(left[posting_id]), second.model_validate_json(right[posting_id])

    def _mirror_vectors(self, dump: str, report: StageReport, run_id: str) -> None:
        """Bring LanceDB's posting vectors and centroids in line with Postgres.

        They follow from it and are written after the rows' transaction; a run that was killed in between is made up for
        by the next.
        """
        vectors, embedder, rows = self.store.vectors, self.embedder.name, self.store.rows
        noted = rows.checkpoint(MIRRORED_VECTORS, dump)
        if noted is not None and (noted.code_version, noted.data_version) == (self.vector_space, report.data_version):
            return
        with self._vectors_alone():
            ids = sorted(rows.heads(RoleCentroidsStage.name, dump))
            payloads = rows.payloads(RoleCentroidsStage.name, ids)
            records = {posting_id: CentroidContribution.model_validate_json(payloads[posting_id]) for posting_id in ids}
            counted = {posting_id: record for posting_id, record in records.items() if record.role is not None}
            vectors.replace_partition(
                "postings",
                embedder,
                dump,
                [{"id": posting_id, "role": record.role} for posting_id, record in counted.items()],
                np.array([record.vector for record in counted.values()], dtype=np.float32) / np.float32(FIXED_POINT),
            )
            centroids = self.store.centroids.of(embedder)
            vectors.sync(
                "centroids",
                embedder,
                [{"id": role, "n": centroid.n} for role, centroid in centroids.items()],
                np.array([centroid.unit for centroid in centroids.values()], dtype=np.float32),
            )
            done = Checkpoint(self.vector_space, "", report.data_version, report.data_version, len(counted))
            rows.note(MIRRORED_VECTORS, dump, run_id, done)

    @contextmanager
    def _vectors_alone(self) -> Iterator[None]:
        """Whole tables in LanceDB are written by one run at a time; the lock ends with the process, however it ends."""
        with self.store.database.transaction() as connection:
            lock(connection, "vectors")
            yield

    def _derived(self, name: str, dump: str) -> AfterWrite | None:
        """What must change in the same transaction as a stage's rows."""
        if name == "review_queue":
            return lambda connection, written, gone: refresh_items(connection, [*written, *gone])
        if name == "role_decisions":
            return lambda connection, written, gone: _log_collisions(connection, dump, written, gone)
        if name == "role_centroids":
            return lambda connection, written, gone: _contribute(connection, self.embedder.name, written, gone)
        return None


def _log_collisions(
    connection: psycopg.Connection, dump: str, written: Mapping[str, Record], gone: Sequence[str]
) -> None:
    found = [
        Collision(posting_id, record.reasoning, list(record.collision_roles), record.role)
        for posting_id, record in written.items()
        if isinstance(record, RoleDecision) and record.alias_collision_detected
    ]
    replace_collisions(connection, dump, [*written, *gone], found)


def _contribute(
    connection: psycopg.Connection, embedder: str, written: Mapping[str, Record], gone: Sequence[str]
) -> None:
    contributions = {
        posting_id: record for posting_id, record in written.items() if isinstance(record, CentroidContribution)
    }
    replace_contributions(connection, embedder, contributions, gone)
