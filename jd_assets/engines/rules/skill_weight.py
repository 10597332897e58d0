"""Which of a posting's skills are primary: how much place, order, repetition and wording say that a skill is central.

What belongs here: the features of a skill and their weights. What does not: finding skills. The weights are those of a
logistic regression on hand-labelled postings, five-fold cross-validated (docs/matching.md); they are rounded, and
features that did not help on held-out postings are left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

MUST = re.compile(
    r"\b(?:must|required?|strong|expert(?:ise)?|proficien\w+|hands[- ]on|solid|deep|in-depth|extensive|advanced"
    r"|mandatory|essential|excellent)\b",
    re.IGNORECASE,
)
NICE = re.compile(
    r"\b(?:plus|nice to have|good to have|preferred|preferabl[ey]|desired|desirable|advantage(?:ous)?|bonus|optional"
    r"|familiarity|exposure)\b",
    re.IGNORECASE,
)

BIAS = -2.3
PLACES = {"title": 1.25, "requirements": 1.0, "skills": 0.85, "details": 0.85, "responsibilities": 0.2}
NATURES = {
    **dict.fromkeys(("LANGUAGE", "FRAMEWORK", "LIBRARY", "DATABASE"), 0.85),
    **dict.fromkeys(("CONCEPT", "METHODOLOGY", "DOMAIN"), -0.9),
}
UNKNOWN = -1.5  # not a skill of the library
MENTIONS = 1.75  # five or more
REPEATED = 0.2
ORDER = -0.8  # the last of the posting's skills
FIRST_FEW, FIRST = 0.45, 5
FEWNESS = 2.5  # one skill alone; by the square root for more
MUST_HAVE = 0.45
NICE_TO_HAVE = -0.8
WORDS = 0.9  # four words: long names are chosen with care

PRIMARY = 0.3  # probability from which a skill is primary
MOST, LEAST = 9, 2


@dataclass(slots=True)
class Mentions:
    """How a posting speaks of one skill."""

    name: str
    nature: str | None  # of the library's skill; None for an unknown name
    places: set[str] = field(default_factory=set)
    count: int = 0
    must: bool = False
    only_nice: bool = True

    def add(self, place: str, line: str) -> None:
        """One more mention, in a section and a line."""
        self.places.add(place)
        self.count += 1
        self.must = self.must or MUST.search(line) is not None
        self.only_nice = self.only_nice and NICE.search(line) is not None


def primary(skills: Sequence[Mentions]) -> set[int]:
    """The positions of the primary skills among a posting's skills, given in the order of their first mention."""
    chances = [_probability(skill, position, len(skills)) for position, skill in enumerate(skills)]
    ranked = sorted(range(len(skills)), key=lambda position: (-chances[position], position))[:MOST]
    return {position for rank, position in enumerate(ranked) if rank < LEAST or chances[position] >= PRIMARY}


def _probability(skill: Mentions, position: int, of: int) -> float:
    score = BIAS + sum(PLACES.get(place, 0.0) for place in skill.places)
    score += UNKNOWN if skill.nature is None else NATURES.get(skill.nature, 0.0)
    score += MENTIONS * min(skill.count, 5) / 5 + REPEATED * (skill.count > 1)
    score += ORDER * position / of + FIRST_FEW * (position < FIRST) + FEWNESS / math.sqrt(of)
    score += MUST_HAVE * skill.must + NICE_TO_HAVE * skill.only_nice + WORDS * len(skill.name.split()) / 4
    return 1 / (1 + math.exp(-score))
