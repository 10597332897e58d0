"""Task `adjudicate_role`: a second reading where the first decision is in doubt, and why it was asked for.

It fires on a title that names several roles, on signals that conflict, and on low confidence; whichever made the
decision in doubt, rules or `decide_role`. The record says that it fired, and why, whatever it decides. Confidence:
that of the decision so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jd_assets.library.model import Taxonomy
from jd_assets.records import RoleDecision
from jd_assets.stages.base import Upstream
from jd_assets.stages.role_decisions import LOW_CONFIDENCE, ranking
from jd_assets.tasks.base import Ask, Subject, Task
from jd_assets.tasks.channel import block, posting_block
from jd_assets.tasks.role_answer import (
    OfferedRole,
    RoleAnswer,
    RoleCards,
    RoleFacts,
    check_role,
    merge_role,
    roles_block,
)

RIVALS = 3  # best candidates by the signals' evidence together, beside the best of each signal


class AdjudicatedRole(RoleAnswer):
    pass


class AdjudicateRole(Task[RoleFacts, tuple[OfferedRole, ...], RoleDecision]):
    """Gathers the roles that could be contested: the best by each signal and by all of them."""

    name = "adjudicate_role"
    stage = "role_decisions"
    schema = AdjudicatedRole
    max_output_tokens = 600
    library_parts = ("role_kras",)

    def __init__(self, taxonomy: Taxonomy) -> None:
        super().__init__(taxonomy)
        self._cards = RoleCards(taxonomy)

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[OfferedRole, ...]]:
        return [self._cards.of(contested(item)) for item in batch]

    def asks(self, subject: Subject[RoleFacts, tuple[OfferedRole, ...], RoleDecision]) -> Sequence[Ask]:
        reasons = doubts(subject.record, subject.upstream, subject.facts)
        if not reasons or not subject.own:
            return ()
        upstream, offered = subject.upstream, {role.id: role for role in subject.own}

        def check(answer: AdjudicatedRole) -> list[str]:
            return check_role(answer, offered, upstream)

        data = [block("contest", {"reasons": reasons}), roles_block(subject.own), posting_block(upstream.posting)]
        return [Ask(subject.record.confidence, self.question(upstream.posting.posting_id, data, check))]

    def merge(
        self, subject: Subject[RoleFacts, tuple[OfferedRole, ...], RoleDecision], answers: Sequence[Any]
    ) -> RoleDecision:
        answer: AdjudicatedRole | None = answers[0]
        if answer is None:
            return subject.record
        why = "; ".join(doubts(subject.record, subject.upstream, subject.facts))
        decision = merge_role(subject.record, answer, subject.upstream, subject.facts)
        return decision.model_copy(update={"adjudicated": True, "adjudication_reason": why})


def contested(item: Upstream) -> set[str]:
    """The roles between which a doubtful decision lies."""
    signals = item.role_signals
    named = {signal.role for signal in signals.alias_match_roles}
    first = {signal.role for found in (signals.skill_match_roles, signals.kra_match_roles) for signal in found[:1]}
    return {*named, *first, *ranking(item)[:RIVALS]}


def doubts(record: RoleDecision, item: Upstream, facts: RoleFacts) -> list[str]:
    """Why a decision is read again; empty: it is not."""
    if record.case == "REJECTED":
        return []
    found = []
    if record.alias_collision_detected:
        found.append("the title is an alias of several roles")
    if _conflict(record, item, facts):
        found.append("title, skills and duties point to different roles")
    if record.confidence < LOW_CONFIDENCE:
        found.append("the first decision has low confidence")
    return found


def _conflict(record: RoleDecision, item: Upstream, facts: RoleFacts) -> bool:
    """Whether the chosen role, or one of its family, is not the best by more than one of the signals that speak."""
    if record.role is None:
        return False
    family = {role.role: role.parent or role.role for role in facts}
    signals = item.role_signals
    best = [{family.get(signal.role, signal.role) for signal in signals.alias_match_roles}]
    for found in (signals.skill_match_roles, signals.kra_match_roles):
        best.append({family.get(s.role, s.role) for s in found if s.score >= found[0].score})
    speaking = [roles for roles in best if roles]
    return len(speaking) > 1 and sum(record.role in roles for roles in speaking) * 2 < len(speaking)
