"""Task `adjudicate_role`: a second reading where the first decision is in doubt, and why it was asked for.

It fires on a title that names several roles, on signals that conflict, and on low confidence; whichever made the
decision in doubt, rules or `decide_role`. The record says that it fired, and why, whatever it decides. Confidence:
that of the decision so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jd_assets.records import RoleDecision
from jd_assets.stages.base import Upstream
from jd_assets.stages.role_decisions import LOW_CONFIDENCE, ranking
from jd_assets.tasks.base import Ask
from jd_assets.tasks.channel import block
from jd_assets.tasks.role_answer import RoleAnswer, RoleFacts, RoleSubject, RoleTask

RIVALS = 3  # best candidates by the signals' evidence together, beside the best of each signal


class AdjudicatedRole(RoleAnswer):
    pass


class AdjudicateRole(RoleTask):
    """Offers the roles that could be contested: the best by each signal and by all of them."""

    name = "adjudicate_role"
    schema = AdjudicatedRole

    def offered(self, item: Upstream) -> set[str]:
        return contested(item)

    def asks(self, subject: RoleSubject) -> Sequence[Ask]:
        reasons = doubts(subject.record, subject.upstream, subject.facts)
        if not reasons or not subject.own:
            return ()
        return [self.role_ask(subject, block("contest", {"reasons": reasons}))]

    def merge(self, subject: RoleSubject, answers: Sequence[Any]) -> RoleDecision:
        decision = super().merge(subject, answers)
        if answers[0] is None:
            return decision
        why = "; ".join(doubts(subject.record, subject.upstream, subject.facts))
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
