"""The asset `library_vectors`: the library's texts as vectors in LanceDB; only new texts are embedded."""

import dagster as dg

from jd_assets.assets.stage_asset import LIBRARY, OWNERS
from jd_assets.hashing import digest
from jd_assets.workbench import Workbench


@dg.asset(
    deps=["taxonomy"],
    group_name=LIBRARY,
    owners=OWNERS,
    kinds={"lancedb", "onnx"},
    description="Vectors of skill aliases, role titles and KRAs under the embedder's name; vectors of two models never meet.",
)
def library_vectors(context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]) -> dg.MaterializeResult[None]:
    """Embed what is not embedded yet, and bring the searchable tables in line with the library."""
    bench = workbench
    counts = bench.sync_library_vectors(run_id=context.run_id)
    version = digest(bench.embedder.name, bench.library.version_of(("skill_aliases", "role_aliases", "role_kras")))
    return dg.MaterializeResult(
        metadata={**counts, "embedder": bench.embedder.name}, data_version=dg.DataVersion(version)
    )
