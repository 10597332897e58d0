"""Task `decide_role`: the domain first, then the role among the candidates that the signals retrieved.

A question shows the posting and the candidates alone, ordered by id. So a change of the library asks again exactly
where it changes the candidates. Confidence: that of the decision by rules, a probability fitted on labelled postings
(docs/models.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from jd_assets.stages.base import Upstream
from jd_assets.stages.role_decisions import ranking
from jd_assets.tasks.base import Ask
from jd_assets.tasks.role_answer import RoleAnswer, RoleSubject, RoleTask

OFFERED = 10  # of the candidates: the labelled role is among them in 98 of 100 technical postings, in 99 among twenty


class DecidedRole(RoleAnswer):
    pass


class DecideRole(RoleTask):
    """Offers the best candidates by all signals together."""

    name = "decide_role"
    schema = DecidedRole

    def offered(self, item: Upstream) -> Sequence[str]:
        return ranking(item)[:OFFERED]

    def asks(self, subject: RoleSubject) -> Sequence[Ask]:
        if subject.record.case == "REJECTED" or not subject.own:
            return ()
        return [self.role_ask(subject)]
