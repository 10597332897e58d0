"""Whether there is anything to do, answered from what the last runs left: no library is read, no index is built.

What belongs here: asking for a whole dump, or for the library, what each step asks first. What does not: the steps'
own conditions (`ingest.py`, `pipeline.py`), and doing it (`workbench.py`).
"""

from __future__ import annotations

from functools import cached_property

from jd_assets.dumps.boards import load_boards
from jd_assets.hashing import digest_set
from jd_assets.ingest import unchanged_postings
from jd_assets.judging import StageReport
from jd_assets.library.imports import read_library
from jd_assets.library.model import TABLES, Taxonomy, combined_version
from jd_assets.pipeline import unchanged_stage
from jd_assets.records import DumpRef
from jd_assets.stages.role_centroids import RoleCentroidsStage
from jd_assets.versions import source_version
from jd_assets.workbench import LIBRARY_VECTORS, MIRRORED_VECTORS, TAXONOMY_FOLDER, Workbench, taxonomy_files


def library_is_current(bench: Workbench) -> bool:
    """Whether the taxonomy folder is as it was when the current library was loaded, and its vectors are made."""
    loaded = bench.store.rows.checkpoint(TAXONOMY_FOLDER, "")
    vectors = bench.store.rows.checkpoint(LIBRARY_VECTORS, "")
    versions = bench.store.library.versions()
    if loaded is None or vectors is None or not versions:
        return False
    reader = source_version(read_library.__module__)
    read = (loaded.code_version, loaded.upstream_version) == (reader, taxonomy_files(bench.settings))
    current = loaded.data_version == vectors.upstream_version == versions[0].version
    return read and current and vectors.code_version == bench.vector_space


class Freshness:
    """Which dumps are up to date under the store's current library; ask anew once that has changed."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._boards = load_boards(bench.settings.boards_file)
        # Over an empty library the stages know nothing, but they have their names and code versions, and cost nothing.
        self._stages = bench.build_stages(Taxonomy(), judging=False)

    @cached_property
    def _library_parts(self) -> dict[str, str]:
        hashes = self._bench.store.library.hashes()
        return {part: digest_set(hashes.get(part, ())) for part in TABLES}

    def unchanged(self, dump: DumpRef) -> list[StageReport] | None:
        """The reports of all stages of a dump for which a run would do nothing; None if there is anything to do."""
        store, max_bad_share = self._bench.store, self._bench.settings.max_bad_share
        reports = [unchanged_postings(store, dump, self._boards, max_bad_share=max_bad_share)]
        for stage in self._stages.values():
            if reports[-1] is None:
                return None
            part = combined_version(self._library_parts, stage.library_parts)
            reports.append(unchanged_stage(store, stage, dump.key, library_part=part))
        done = [report for report in reports if report is not None]
        return done if len(done) == len(reports) and self._mirrored(dump, done) else None

    def _mirrored(self, dump: DumpRef, reports: list[StageReport]) -> bool:
        noted = self._bench.store.rows.checkpoint(MIRRORED_VECTORS, dump.key)
        (centroids,) = (report for report in reports if report.stage == RoleCentroidsStage.name)
        versions = (self._bench.vector_space, centroids.data_version)
        return noted is not None and (noted.code_version, noted.data_version) == versions
