"""Task `decide_role`: the domain first, then the role among the candidates that the signals retrieved.

A question shows the posting and the candidates alone, ordered by id. So a change of the library asks again exactly
where it changes the candidates. Confidence: that of the decision by rules, a probability fitted on labelled postings
(docs/models.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jd_assets.library.model import Taxonomy
from jd_assets.records import RoleDecision
from jd_assets.stages.base import Upstream
from jd_assets.stages.role_decisions import ranking
from jd_assets.tasks.base import Ask, Subject, Task
from jd_assets.tasks.channel import posting_block
from jd_assets.tasks.role_answer import (
    OfferedRole,
    RoleAnswer,
    RoleCards,
    RoleFacts,
    check_role,
    merge_role,
    roles_block,
)

OFFERED = 10  # of the candidates: the labelled role is among them in 98 of 100 technical postings, in 99 among twenty


class DecidedRole(RoleAnswer):
    pass


class DecideRole(Task[RoleFacts, tuple[OfferedRole, ...], RoleDecision]):
    """Gathers the roles offered."""

    name = "decide_role"
    stage = "role_decisions"
    schema = DecidedRole
    max_output_tokens = 600
    library_parts = ("role_kras",)

    def __init__(self, taxonomy: Taxonomy) -> None:
        super().__init__(taxonomy)
        self._cards = RoleCards(taxonomy)

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[OfferedRole, ...]]:
        return [self._cards.of(ranking(item)[:OFFERED]) for item in batch]

    def asks(self, subject: Subject[RoleFacts, tuple[OfferedRole, ...], RoleDecision]) -> Sequence[Ask]:
        if subject.record.case == "REJECTED" or not subject.own:
            return ()
        upstream, offered = subject.upstream, {role.id: role for role in subject.own}

        def check(answer: DecidedRole) -> list[str]:
            return check_role(answer, offered, upstream)

        data = [roles_block(subject.own), posting_block(upstream.posting)]
        return [Ask(subject.record.confidence, self.question(upstream.posting.posting_id, data, check))]

    def merge(
        self, subject: Subject[RoleFacts, tuple[OfferedRole, ...], RoleDecision], answers: Sequence[Any]
    ) -> RoleDecision:
        answer: DecidedRole | None = answers[0]
        if answer is None:
            return subject.record
        return merge_role(subject.record, answer, subject.upstream, subject.facts)
