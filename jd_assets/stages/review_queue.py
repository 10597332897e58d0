"""Stage `review_queue`: what a posting proposes for people to approve.

What belongs here: a posting's votes for new skills, aliases, KRAs and roles and its alias collisions, each with a
subject under which the votes of many postings meet. Counting votes and keeping what people decided is the store's.
"""

from __future__ import annotations

from collections.abc import Sequence

from jd_assets.engines.embedder import Embedder, embed_groups
from jd_assets.engines.rules import cues
from jd_assets.library.role_index import MAX_SENTENCES, RoleIndex
from jd_assets.library.tokens import forms
from jd_assets.records import ReviewProposal, ReviewProposals, RoleDecision, SkillMatch
from jd_assets.stages.base import Stage, Upstream

# A duty below this similarity to every KRA of its role says something the role's KRAs do not say yet; below the lower
# bound it is hardly a duty of this role at all.
NEW_KRA_BELOW = 0.42
NEW_KRA_ABOVE = 0.25
KRAS_PER_POSTING = 2
SURE = 0.6  # only a sure decision may propose KRAs for its role


class ReviewQueueStage(Stage[tuple[float, ...], ReviewProposals]):
    """Facts: for each duty the similarity of the chosen role's nearest KRA."""

    name = "review_queue"
    reads = ("postings", "nano_parse", "skill_matches", "role_signals", "role_decisions")
    library_parts = ("roles", "role_kras")
    output = ReviewProposals

    def __init__(self, index: RoleIndex, embedder: Embedder) -> None:
        self._index, self._embedder = index, embedder

    def settings(self) -> object:
        return self._embedder.name

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[float, ...]]:
        duties = [item.nano_parse.duties[:MAX_SENTENCES] if _sure(item.role_decisions) else () for item in batch]
        vectors = embed_groups(self._embedder, duties)
        return [
            self._index.nearest_kra(item.role_decisions.specific_role or "", own)
            for item, own in zip(batch, vectors, strict=True)
        ]

    def judge(self, upstream: Upstream, facts: tuple[float, ...]) -> ReviewProposals:
        decision = upstream.role_decisions
        proposals: dict[tuple[str, str], ReviewProposal] = {}
        if decision.case not in ("REJECTED", "NOT_TECH"):
            for match in upstream.skill_matches.matches:
                _add(proposals, _skill(match, decision))
        if decision.specific_role and facts:
            duties = sorted(zip(facts, upstream.nano_parse.duties, strict=False), key=lambda pair: (pair[0], pair[1]))
            # A library's responsibilities say what is done: sentences about the employer or the team are none.
            fitting = [
                (similarity, duty)
                for similarity, duty in duties
                if NEW_KRA_ABOVE <= similarity < NEW_KRA_BELOW and cues.starts_with_action(duty)
            ]
            for similarity, duty in fitting[:KRAS_PER_POSTING]:
                _add(proposals, _kra(decision, duty, similarity))
        if decision.is_new_role and decision.new_role_slug:
            _add(proposals, _role(upstream))
        if decision.alias_collision_detected:
            _add(proposals, _collision(upstream))
        return ReviewProposals(proposals=tuple(proposals[key] for key in sorted(proposals)))


def _sure(decision: RoleDecision) -> bool:
    return decision.specific_role is not None and not decision.queued and decision.confidence >= SURE


def _add(proposals: dict[tuple[str, str], ReviewProposal], proposal: ReviewProposal | None) -> None:
    if proposal is not None:
        proposals.setdefault((proposal.kind, proposal.subject), proposal)


def _subject(text: str) -> str:
    """Wordings that differ only in case and punctuation are one subject."""
    return " ".join(form for form in forms(text) if any(char.isalnum() for char in form))[:200]


def _skill(match: SkillMatch, decision: RoleDecision) -> ReviewProposal | None:
    meta = match.new_skill_meta
    if meta is not None:
        return ReviewProposal(
            kind="new_skill",
            subject=_subject(match.term),
            title=match.term,
            details={
                "category": meta.category,
                "nature": meta.skill_nature,
                "dimensions": list(meta.dimensions),
                "decision": meta.decision,
                "nearest_skill": meta.nearest_skill,
                "similarity": meta.nearest_similarity,
            },
        )
    if match.proposed_alias is not None:
        return ReviewProposal(
            kind="new_alias",
            subject=f"{_subject(match.proposed_alias)} = {match.skill}",
            title=f"{match.proposed_alias} as an alias of {match.display_name}",
            details={"skill": match.skill, "nearest_alias": match.alias, "similarity": match.similarity},
        )
    return None


def _kra(decision: RoleDecision, duty: str, similarity: float) -> ReviewProposal:
    return ReviewProposal(
        kind="new_kra",
        subject=f"{decision.specific_role}: {_subject(duty)}",
        title=duty[:200],
        details={"role": decision.specific_role, "best_kra_similarity": similarity},
    )


def _role(upstream: Upstream) -> ReviewProposal:
    decision = upstream.role_decisions
    return ReviewProposal(
        kind="new_role",
        subject=decision.new_role_slug or "",
        title=decision.new_role_display_name or "",
        details={
            "nearest_roles": [candidate.role for candidate in decision.candidates],
            "skills": [match.display_name or match.term for match in upstream.skill_matches.matches][:20],
        },
    )


def _collision(upstream: Upstream) -> ReviewProposal:
    signals = upstream.role_signals.alias_match_roles
    title = upstream.nano_parse.role or upstream.posting.title
    roles = list(upstream.role_decisions.collision_roles)
    return ReviewProposal(
        kind="alias_collision",
        subject=f"{_subject(title)}: {', '.join(roles)}",
        title=f"{title} names {len(roles)} roles",
        details={"roles": roles, "aliases": [signal.matched_alias or "" for signal in signals]},
    )
