"""What `decide_role` and `adjudicate_role` share: the roles as they are offered, the question, its check and its merge.

A role is only ever one of those offered. A new role's name comes from the posting's title, never from the model.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets.records import RoleDecision
from jd_assets.stages.base import Upstream
from jd_assets.stages.role_decisions import (
    NO_ROLE,
    CandidateFacts,
    as_new_role,
    lead,
    named_roles,
    supported,
    technical_case,
)
from jd_assets.tasks.base import Ask, Strict, Subject, Task
from jd_assets.tasks.channel import block, posting_block
from jd_assets.tasks.quotes import in_posting, problems

SHOWN_DUTIES = 4  # of each role
MOST_QUOTES, LONGEST_QUOTE = 3, 200

RoleFacts = tuple[CandidateFacts, ...]


class OfferedRole(NamedTuple):
    """A role as a question shows it."""

    id: str
    name: str
    domain: str
    duties: tuple[str, ...]


class RoleAnswer(Strict):
    reasoning: str
    domain: str
    outcome: Literal["role", "new_role", "not_technical"]
    role: str | None
    confidence: float
    quotes: list[str]


class RoleCards:
    """The library's roles as questions show them."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        duties: dict[str, list[str]] = {}
        for row in sorted(taxonomy.role_kras, key=lambda row: row.key):
            duties.setdefault(row.role, []).append(row.kra)
        self._cards = {
            role.slug: OfferedRole(
                role.slug, role.display_name, role.domain, tuple(duties.get(role.slug, ())[:SHOWN_DUTIES])
            )
            for role in taxonomy.roles
        }

    def of(self, roles: Collection[str]) -> tuple[OfferedRole, ...]:
        """The cards of these roles by their ids, so that their ranking among themselves does not show."""
        return tuple(self._cards[role] for role in sorted(roles) if role in self._cards)


class RoleTask(Task[RoleFacts, tuple[OfferedRole, ...], RoleDecision]):
    """A question for a role among those offered, which are what the task gathers."""

    stage = "role_decisions"
    schema: ClassVar[type[RoleAnswer]]
    max_output_tokens = 600
    library_parts = ("role_kras",)

    def __init__(self, taxonomy: Taxonomy) -> None:
        super().__init__(taxonomy)
        self._cards = RoleCards(taxonomy)

    @abstractmethod
    def offered(self, item: Upstream) -> Collection[str]:
        """The roles that a posting's question shows."""

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[OfferedRole, ...]]:
        return [self._cards.of(self.offered(item)) for item in batch]

    def merge(self, subject: RoleSubject, answers: Sequence[Any]) -> RoleDecision:
        answer: RoleAnswer | None = answers[0]
        if answer is None:
            return subject.record
        return merge_role(subject.record, answer, subject.upstream, subject.facts)

    def role_ask(self, subject: RoleSubject, *data: str) -> Ask:
        """The question for a role: blocks of the task's own first, then the roles and the posting."""
        upstream, offered = subject.upstream, {role.id: role for role in subject.own}

        def check(answer: RoleAnswer) -> list[str]:
            return check_role(answer, offered, upstream)

        blocks = [*data, roles_block(subject.own), posting_block(upstream.posting)]
        return Ask(subject.record.confidence, self.question(upstream.posting.posting_id, blocks, check))


RoleSubject = Subject[RoleFacts, tuple[OfferedRole, ...], RoleDecision]


def roles_block(offered: Sequence[OfferedRole]) -> str:
    """The block `roles`."""
    return block("roles", [role._asdict() for role in offered])


def check_role(answer: RoleAnswer, offered: Mapping[str, OfferedRole], upstream: Upstream) -> list[str]:
    """What is wrong with an answer."""
    found = list(problems(upstream.posting, answer.quotes, longest=LONGEST_QUOTE))
    if len(answer.quotes) > MOST_QUOTES:
        found.append(f"Give at most {MOST_QUOTES} quotations.")
    if not 0 <= answer.confidence <= 1:
        found.append("confidence must lie between 0 and 1.")
    if answer.outcome != "role":
        if answer.role is not None:
            found.append(f"With the outcome {answer.outcome} role must be null.")
    elif answer.role is None or answer.role not in offered:
        found.append(f"The role {str(answer.role)[:60]!r} is none of those offered: {', '.join(offered)}.")
    elif answer.domain != offered[answer.role].domain:
        found.append(f"The role {answer.role} is of the domain {offered[answer.role].domain!r}: name that, or another.")
    return found


def merge_role(record: RoleDecision, answer: RoleAnswer, upstream: Upstream, facts: RoleFacts) -> RoleDecision:
    """The decision as the answer has it, with all that follows from the role."""
    quotes = [" ".join(quote.split()) for words in answer.quotes if (quote := in_posting(upstream.posting, words))]
    said = "the posting says " + " and ".join(f'"{quote}"' for quote in quotes) if quotes else "no words are quoted"
    confidence = round(answer.confidence, 4)
    chosen = next((role for role in facts if role.role == answer.role), None)
    if answer.outcome == "new_role":
        reasoning = f"No role of the library describes it: {said} [NEW_ROLE, by the model]."
        update: dict[str, Any] = {**NO_ROLE, "case": "NEW_ROLE", "queued": True, "reasoning": reasoning}
        decision = record.model_copy(update={**_NOT_NEW, **update, "confidence": confidence})
        return as_new_role(decision, upstream)
    if chosen is None or chosen.domain == OUTSIDE_TECHNOLOGY:
        reasoning = f"Not technical: {said} [NOT_TECH, by the model]."
        update = {**NO_ROLE, "case": "NOT_TECH", "queued": False, "reasoning": reasoning}
        return record.model_copy(update={**_NOT_NEW, **update, "confidence": confidence})
    case = technical_case(chosen, named_roles(upstream, facts), confidence)
    reasoning = f"Domain={chosen.domain}; {chosen.display_name}: {said} [{case}, by the model]."
    return record.model_copy(
        update={
            **_NOT_NEW,
            **supported(upstream, chosen),
            "case": case,
            "queued": case == "LOW_CONFIDENCE",
            "confidence": confidence,
            "margin": lead(upstream, chosen.role),
            "reasoning": reasoning,
        }
    )


_NOT_NEW = {"is_new_role": False, "new_role_slug": None, "new_role_display_name": None}
