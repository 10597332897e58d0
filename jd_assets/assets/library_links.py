"""The asset `library_links`; how it answers stands in `stages/library_links.py`."""

import dagster as dg

from jd_assets.assets.stage_asset import OUTPUTS, stage_asset
from jd_assets.records import LibraryLinks, Posting
from jd_assets.workbench import Workbench


def counters_equal_rows(workbench: Workbench, dump: str) -> dg.AssetCheckResult:
    """The saved and skipped counters are what the items say."""
    wrong = [
        posting.posting_id
        for posting, links in workbench.records(dump, Posting, LibraryLinks)
        if (links.skill_dimension_saved, links.role_dimension_saved, links.skipped)
        != (
            sum(item.skill_dimension_saved for item in links.items),
            sum(item.role_dimension_saved for item in links.items),
            sum(item.skipped_reason is not None for item in links.items),
        )
    ]
    return dg.AssetCheckResult(passed=not wrong, metadata={"wrong_postings": wrong[:20]})


library_links = stage_asset(
    "library_links",
    deps=["skill_matches", "role_decisions", "taxonomy"],
    group=OUTPUTS,
    kinds={"python", "postgres"},
    description=(
        "One item per skill and dimension: which links of the library the posting confirms, which were skipped and "
        "why, and which new links it proposes."
    ),
    checks=[("counters_equal_rows", "Counters equal the items they count.", counters_equal_rows)],
)
