"""Task `describe_new_role`: aliases, responsibilities and dimensions for a role that postings propose.

Asked per title beside the roles with the nearest titles, and without the posting: the same title is the same request
for every posting. The answer goes into the review item's details: only a person changes the library. Confidence: 0,
since the rules propose a title and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from jd_assets.library.model import Taxonomy
from jd_assets.library.tokens import forms
from jd_assets.records import ReviewProposals
from jd_assets.stages.base import Upstream
from jd_assets.tasks.base import Ask, Strict, Subject, Task
from jd_assets.tasks.channel import block, visible

NEAREST = 5
SHOWN_DUTIES = 6  # of each role
LONGEST_TITLE = 120
MOST_ALIASES, MOST_DUTIES, MOST_DIMENSIONS = 5, 8, 6
_PLAIN_TITLE = re.compile(r"[^\W_][\w+#./&-]*(?: [\w+#./&()-]+){0,5}")
_LONGEST_ALIAS = 60

# A role as a question shows it: id, name, domain, its duties, its dimensions.
Card = tuple[str, str, str, tuple[str, ...], tuple[str, ...]]


class DescribedRole(Strict):
    aliases: list[str]
    duties: list[str]
    dimensions: list[str]
    parent: str | None


class DescribeNewRole(Task[Any, tuple[Card, ...], ReviewProposals]):
    """Gathers the roles with the nearest titles."""

    name = "describe_new_role"
    stage = "review_queue"
    schema = DescribedRole
    max_output_tokens = 600
    library_parts = ("roles", "role_kras", "role_dimensions")

    def __init__(self, taxonomy: Taxonomy) -> None:
        super().__init__(taxonomy)
        duties: dict[str, list[str]] = {}
        for row in sorted(taxonomy.role_kras, key=lambda row: row.key):
            duties.setdefault(row.role, []).append(row.kra)
        dimensions: dict[str, list[str]] = {}
        for link in sorted(taxonomy.role_dimensions, key=lambda link: link.key):
            dimensions.setdefault(link.role, []).append(link.dimension)
        self._cards: dict[str, Card] = {
            role.slug: (
                role.slug,
                role.display_name,
                role.domain,
                tuple(duties.get(role.slug, ())[:SHOWN_DUTIES]),
                tuple(dimensions.get(role.slug, ())),
            )
            for role in taxonomy.roles
        }

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[Card, ...]]:
        return [self._nearest(item) if item.role_decisions.is_new_role else () for item in batch]

    def _nearest(self, item: Upstream) -> tuple[Card, ...]:
        # Among the candidates are always those nearest by title, whatever else the posting says.
        ranked = sorted(item.role_signals.evidence, key=lambda evidence: (-evidence.title, evidence.role))
        return tuple(self._cards[one.role] for one in ranked[:NEAREST] if one.role in self._cards)

    def asks(self, subject: Subject[Any, tuple[Card, ...], ReviewProposals]) -> Sequence[Ask]:
        title = subject.upstream.role_decisions.new_role_display_name
        if not title or not subject.own:
            return ()
        offered = subject.own

        def check(answer: DescribedRole) -> list[str]:
            return _problems(answer, title, offered)

        roles = [
            {
                "id": role,
                "name": name,
                "domain": domain,
                "duties": [{"id": _duty_id(role, number), "text": text} for number, text in enumerate(duties)],
                "dimensions": dimensions,
            }
            for role, name, domain, duties, dimensions in offered
        ]
        data = [block("roles", roles), block("title", visible(title)[:LONGEST_TITLE])]
        return [Ask(0.0, self.question(subject.upstream.posting.posting_id, data, check))]

    def merge(
        self, subject: Subject[Any, tuple[Card, ...], ReviewProposals], answers: Sequence[Any]
    ) -> ReviewProposals:
        answer: DescribedRole | None = answers[0]
        if answer is None:
            return subject.record
        duties = _duties(subject.own)
        described = {
            "aliases": list(dict.fromkeys(answer.aliases)),
            "kras": [duties[duty] for duty in dict.fromkeys(answer.duties)],
            "dimensions": list(dict.fromkeys(answer.dimensions)),
            "parent": answer.parent,
        }
        return subject.record.model_copy(
            update={
                "proposals": tuple(
                    proposal.model_copy(update={"details": {**proposal.details, **described}})
                    if proposal.kind == "new_role"
                    else proposal
                    for proposal in subject.record.proposals
                )
            }
        )


def _duty_id(role: str, number: int) -> str:
    return f"{role}/{number + 1}"


def _duties(offered: Sequence[Card]) -> dict[str, str]:
    return {_duty_id(card[0], number): text for card in offered for number, text in enumerate(card[3])}


def _problems(answer: DescribedRole, title: str, offered: Sequence[Card]) -> list[str]:
    found = []
    known = {form for name in (title, *(card[1] for card in offered)) for form in forms(name) if form.isalnum()}
    if len(answer.aliases) > MOST_ALIASES:
        found.append(f"Give at most {MOST_ALIASES} aliases.")
    for alias in answer.aliases:
        if len(alias) > _LONGEST_ALIAS or not _PLAIN_TITLE.fullmatch(alias) or not known & set(forms(alias)):
            found.append(f"The alias {alias[:60]!r} is no plain title that shares a word with those given.")
    if len(answer.duties) > MOST_DUTIES or not set(answer.duties) <= _duties(offered).keys():
        found.append(f"duties must be at most {MOST_DUTIES} of the ids offered.")
    dimensions = {dimension for card in offered for dimension in card[4]}
    if len(answer.dimensions) > MOST_DIMENSIONS or not set(answer.dimensions) <= dimensions:
        found.append(f"dimensions must be at most {MOST_DIMENSIONS} of the ids offered.")
    if answer.parent not in {None, *(card[0] for card in offered)}:
        found.append("parent must be the id of an offered role, or null.")
    return found
