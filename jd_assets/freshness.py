"""Whether there is anything to do, answered from what the last runs left: no library is read, no index is built.

What belongs here: asking for a whole dump, or for the library, what each step asks first. What does not: the steps'
own conditions (`ingest.py`, `pipeline.py`), and doing it (`workbench.py`).
"""

from __future__ import annotations

from jd_assets.dumps.boards import load_boards
from jd_assets.hashing import digest_set
from jd_assets.ingest import unchanged_postings
from jd_assets.library.files import read_folder
from jd_assets.library.model import TABLES, Taxonomy, combined_version
from jd_assets.pipeline import StageReport, unchanged_stage
from jd_assets.records import DumpRef
from jd_assets.stages.registry import build_stages
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
    reader = source_version(read_folder.__module__)
    read = (loaded.code_version, loaded.upstream_version) == (reader, taxonomy_files(bench.settings))
    current = loaded.data_version == vectors.upstream_version == versions[0].version
    return read and current and vectors.code_version == bench.embedder.name


def unchanged_dump(bench: Workbench, dump: DumpRef) -> list[StageReport] | None:
    """The reports of all stages of a dump for which a run would do nothing; None if there is anything to do."""
    store, settings = bench.store, bench.settings
    boards = load_boards(settings.boards_file)
    postings = unchanged_postings(store, dump, boards, max_bad_share=settings.max_bad_share)
    if postings is None:
        return None
    reports = [postings]
    hashes = store.library.hashes()
    parts = {part: digest_set(hashes.get(part, ())) for part in TABLES}
    # Over an empty library the stages know nothing, but they have their names and code versions, and cost nothing.
    for stage in build_stages(Taxonomy(), bench.embedder).values():
        report = unchanged_stage(store, stage, dump.key, library_part=combined_version(parts, stage.library_parts))
        if report is None:
            return None
        reports.append(report)
        if stage.name == RoleCentroidsStage.name:
            mirrored = store.rows.checkpoint(MIRRORED_VECTORS, dump.key)
            noted = mirrored and (mirrored.code_version, mirrored.data_version)
            if noted != (bench.embedder.name, report.data_version):
                return None
    return reports
