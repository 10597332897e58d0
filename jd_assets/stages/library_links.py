"""Stage `library_links`: one item per skill and dimension of a posting, and which links the library can count on.

What belongs here: which skill-to-dimension and role-to-dimension links a posting confirms, which would need new
library rows (proposed, never written: only a person changes the library), and one line that says so. Counters are
counted from the items.
"""

from __future__ import annotations

from collections.abc import Sequence

from jd_assets.library.model import Taxonomy
from jd_assets.records import LibraryLinks, LinkItem, LinkProposal, RoleDecision, SkillMatch
from jd_assets.stages.base import Stage, Upstream

SHARED_BY = 3  # so many skills of a posting in one dimension say that it may belong to the role


class LibraryLinksStage(Stage[tuple[str, ...], LibraryLinks]):
    """Facts: the dimensions of the chosen role."""

    name = "library_links"
    reads = ("postings", "skill_matches", "role_decisions")
    library_parts = ("role_dimensions",)
    output = LibraryLinks

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._dimensions: dict[str, set[str]] = {}
        for link in taxonomy.role_dimensions:
            self._dimensions.setdefault(link.role, set()).add(link.dimension)

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[str, ...]]:
        return [tuple(sorted(self._dimensions.get(item.role_decisions.specific_role or "", ()))) for item in batch]

    def judge(self, upstream: Upstream, facts: tuple[str, ...]) -> LibraryLinks:
        decision = upstream.role_decisions
        items: list[LinkItem] = []
        proposals: list[LinkProposal] = []
        for match in upstream.skill_matches.matches:
            if match.skill is None:
                proposals.extend(_new_skill(match))
            dimensions = match.dimensions or (match.new_skill_meta.dimensions if match.new_skill_meta else ())
            items.extend(_item(match, dimension, decision, facts) for dimension in dimensions)
        if decision.specific_role and not decision.queued:
            outside = [item.dimension for item in items if item.tag == "in_db" and not item.matched_chosen_role]
            proposals.extend(
                LinkProposal(kind="role_dimension_link_proposed", subject=decision.specific_role, dimension=dimension)
                for dimension in sorted(set(outside))
                if outside.count(dimension) >= SHARED_BY
            )
        return LibraryLinks(
            role=decision.specific_role,
            resolution="new" if decision.is_new_role else "in_db" if decision.specific_role else "none",
            items=tuple(items),
            proposals=tuple(proposals),
            skill_dimension_saved=sum(item.skill_dimension_saved for item in items),
            role_dimension_saved=sum(item.role_dimension_saved for item in items),
            skipped=sum(item.skipped_reason is not None for item in items),
        )


def _item(match: SkillMatch, dimension: str, decision: RoleDecision, role_dimensions: tuple[str, ...]) -> LinkItem:
    known = match.skill is not None
    under_role = dimension in role_dimensions
    if not known:
        reason: str | None = "the skill is not in the library: proposed"
    elif decision.specific_role is None:
        reason = "no role was chosen"
    elif decision.queued:
        reason = "the role waits for review"
    elif not under_role:
        reason = "dimension not under chosen role"
    else:
        reason = None
    link = "saved" if reason is None else f"skipped ({reason})"
    return LinkItem(
        skill=match.skill or match.term,
        tag="in_db" if known else "new",
        dimension=dimension,
        matched_chosen_role=under_role,
        skill_dimension_saved=known,
        role_dimension_saved=reason is None,
        skipped_reason=reason,
        outcome_line=f"{'Existing' if known else 'Proposed'} dimension link · Role↔dimension {link}",
    )


def _new_skill(match: SkillMatch) -> list[LinkProposal]:
    dimensions = match.new_skill_meta.dimensions if match.new_skill_meta else ()
    return [
        LinkProposal(kind="canonical_skill_proposed", subject=match.term),
        *(
            LinkProposal(kind="dimension_skill_link_proposed", subject=match.term, dimension=item)
            for item in dimensions
        ),
    ]
