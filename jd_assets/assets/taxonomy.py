"""The asset `taxonomy`: the library folder as the store's current library version."""

from collections.abc import Iterator

import dagster as dg

from jd_assets.assets.stage_asset import LIBRARY, OWNERS, told_to_dagster
from jd_assets.library.checks import problems
from jd_assets.library.model import TABLES
from jd_assets.workbench import Workbench


@dg.asset(
    group_name=LIBRARY,
    owners=OWNERS,
    kinds={"csv", "postgres"},
    description=(
        "Skills, dimensions and roles from the taxonomy folder, versioned by content: what changed supersedes what "
        "stood there, and every earlier version can be read back."
    ),
    check_specs=[
        dg.AssetCheckSpec("library_coherent", asset="taxonomy", description="No dangling, doubled or orphaned entries.")
    ],
)
def taxonomy(workbench: dg.ResourceParam[Workbench]) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Load the folder; an unchanged folder keeps its version."""
    with told_to_dagster():
        library = workbench.load_library()
    counts = {name: len(library.entries(name)) for name in TABLES}
    yield dg.MaterializeResult(
        metadata={**counts, "version": library.version}, data_version=dg.DataVersion(library.version)
    )
    found = problems(library)
    yield dg.AssetCheckResult(
        check_name="library_coherent",
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"problems": len(found), "first": dg.MetadataValue.json([str(problem) for problem in found[:20]])},
    )
