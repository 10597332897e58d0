"""The asset `library_vectors`: the library's texts as vectors in LanceDB; only new texts are embedded."""

import dagster as dg

from jd_assets.assets.stage_asset import LIBRARY, OWNERS, told_to_dagster
from jd_assets.workbench import Workbench


@dg.asset(
    deps=["taxonomy"],
    group_name=LIBRARY,
    owners=OWNERS,
    kinds={"python", "lancedb"},
    description=(
        "Skill names, role titles and KRAs of the library as MiniLM vectors, kept under the embedder's name, so that "
        "vectors of two models never meet. Only texts that were never embedded are."
    ),
)
def library_vectors(
    context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
) -> dg.MaterializeResult[None]:
    """Embed what is not embedded yet, and bring the searchable tables in line with the library."""
    with told_to_dagster():
        synced = workbench.sync_library_vectors(run_id=context.run_id)
    return dg.MaterializeResult(
        metadata={**synced.texts, "embedder": workbench.embedder.name}, data_version=dg.DataVersion(synced.version)
    )
