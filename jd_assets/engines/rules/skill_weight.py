"""Which of a posting's skills are primary: how much place, order, repetition and wording say that a skill is central.

What belongs here: the features of a skill among the posting's others. What does not: finding skills, and learning the
weights (`evaluation/learn_skills.py`, which writes `data/skill_primary.csv` and prints the figures on held-out
postings; a logistic regression).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jd_assets.engines.rules.skill_choice import Key, Mention
from jd_assets.engines.rules.skill_natures import group_of
from jd_assets.engines.rules.skill_ratings import parts, rating_said
from jd_assets.engines.rules.weights import BIAS, BOUND, Weights, read_weights

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

YEARS = re.compile(r"\d\+?\s*(?:(?:-|to|–)\s*\d+\+?\s*)?(?:years|yrs)", re.IGNORECASE)
ASKED = re.compile(
    r"\b(?:experience|expertise|proficien\w+|knowledge|hands-on|background|skilled|fluen\w+|command|mastery"
    r"|understanding)\b",
    re.IGNORECASE,
)
ASKED_CHARS = 60  # before a mention, in which the word stands

MOST, LEAST = 9, 2  # primary skills of a posting
FULL = 5  # mentions: more say no more
CROWD = 10  # skills in a line: more say no more
LATE = 6  # skills before one in its line: more say no more
SIZES = {8: "few", 16: "some", 30: "many"}  # skills of a posting below which it has so many …
MOST_SKILLS = "very many"  # … else
# What says the more, or the less, the more skills a posting names.
BY_SIZE = (
    *("in title", "in requirements", "in skills", "in preferred", "in responsibilities"),
    *("all in title", "asked for", "more than once", "among first three", "among first eight"),
)


class LineSays(NamedTuple):
    """What a line says of the skills in it."""

    must: bool
    nice: bool
    years: bool


def line_says(line: str) -> LineSays:
    """What the words of a line say of the skills in it."""
    return LineSays(*(pattern.search(line) is not None for pattern in (MUST, NICE, YEARS)))


@dataclass(slots=True)
class Mentions:
    """How a posting speaks of one skill."""

    key: Key
    nature: str | None  # of the library's skill; None for an unknown name
    chance: float  # that it is a skill at all
    in_title: float  # share of its words that stand in the title
    where: Mention  # the first
    places: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    must: bool = False
    only_nice: bool = True
    years: bool = False
    asked: bool = False

    def add(self, place: str, number: int, says: LineSays, lead: str) -> None:
        """One more mention, in a section and a line of that number; `lead` is what stands before it there."""
        self.places.append(place)
        self.lines.append(number)
        self.must = self.must or says.must
        self.only_nice = self.only_nice and says.nice
        self.years = self.years or says.years
        self.asked = self.asked or ASKED.search(lead[-ASKED_CHARS:]) is not None


def primary(skills: Sequence[Mentions]) -> set[int]:
    """The positions of the primary skills among a posting's skills, given in the order of their first mention."""
    weights = primary_weights()
    return central([chance(features, weights) for features in primary_features(skills)], weights[BOUND])


def chance(features: Mapping[str, float], weights: Weights) -> float:
    """The probability that a skill of these features is primary."""
    score = weights[BIAS] + sum(weights.get(name, 0.0) * value for name, value in features.items())
    return 1 / (1 + math.exp(-score))


def central(chances: Sequence[float], bound: float) -> set[int]:
    """The positions of the chances from `bound` on; the first two in any case, and no more than nine."""
    ranked = sorted(range(len(chances)), key=lambda position: (-chances[position], position))[:MOST]
    return {position for rank, position in enumerate(ranked) if rank < LEAST or chances[position] >= bound}


def primary_features(skills: Sequence[Mentions]) -> list[dict[str, float]]:
    """For each skill its features and their values, most between 0 and 1."""
    lines: dict[int, list[int]] = {}
    for skill in skills:
        lines.setdefault(skill.where.line, []).append(skill.where.first)
    around = _Others(
        Counter(line for skill in skills for line in skill.lines),
        frozenset(skill.key for skill in skills),
        frozenset(part for skill in skills for part in parts(skill.key)),
        lines,
        {line: number for number, line in enumerate(lines)},
        next((size for bound, size in SIZES.items() if len(skills) < bound), MOST_SKILLS),
    )
    return [_features(skill, position, skills, around) for position, skill in enumerate(skills)]


class _Others(NamedTuple):
    """What all skills of a posting have to do with each of them."""

    in_line: Mapping[int, int]  # mentions, by line
    keys: frozenset[Key]
    parts: frozenset[Key]  # of keys
    starting: Mapping[int, Sequence[int]]  # the tokens at which skills begin that are first named in a line, by line
    line_number: Mapping[int, int]  # of these lines
    size: str  # how many skills there are


def _features(skill: Mentions, position: int, skills: Sequence[Mentions], others: _Others) -> dict[str, float]:
    count, number = len(skill.places), len(skills)
    most = max(len(other.places) for other in skills)
    crowds = [others.in_line[line] for line in skill.lines]
    before, line = others.starting[skill.where.line].index(skill.where.first), others.line_number[skill.where.line]
    found = {f"in {place}": 1.0 for place in skill.places}
    found |= {
        f"first in {skill.places[0]}": 1.0,
        f"group {group_of(skill.nature) if skill.nature else 'unknown'}": 1.0,
        f"nature {skill.nature or 'unknown'}": 1.0,
        "mentions": min(count, FULL) / FULL,
        "more than once": float(count > 1),
        "more than twice": float(count > 2),
        "most mentioned": float(count == most > 1),
        "share mentioned more": sum(len(other.places) > count for other in skills) / number,
        "order": position / number,
        "among first three": float(position < 3),
        "among first five": float(position < 5),
        "among first eight": float(position < 8),
        "fewness": 1 / math.sqrt(number),
        others.size: 1.0,
        "first in its line": float(before == 0),
        "second in its line": float(before == 1),
        "before it in its line": min(before, LATE) / LATE,
        "order of its line": line / len(others.starting),
        "in the first line": float(line == 0),
        "in the first three lines": float(line < 3),
        "share in its line": sum(other.where.line == skill.where.line for other in skills) / number,
        "rated " + rating_said(skill.key): 1.0,
        "sections": len(set(skill.places)) / 4,
        "most in a line": min(max(crowds), CROWD) / CROWD,
        "fewest in a line": min(min(crowds), CROWD) / CROWD,
        "alone in a line": float(min(crowds) == 1),
        "asked for": float(skill.asked),
        "with years": float(skill.years),
        "must have": float(skill.must),
        "nice to have": float(skill.only_nice),
        "certain": math.log(skill.chance / (1 - skill.chance)) / 4,
        "words": len(skill.key) / 4,
        "words in title": skill.in_title,
        "all in title": float(skill.in_title == 1),
        "part of another": float(skill.key in others.parts),
        "holds another": float(any(part in others.keys for part in parts(skill.key))),
    }
    found |= {f"word {word}": 1.0 for word in skill.key}
    found |= {f"{name}, of {others.size}": found[name] for name in BY_SIZE if name in found}
    return {name: value for name, value in found.items() if value}


@cache
def primary_weights() -> Weights:
    """The weights by which a skill is primary or not, and the bound of its probability."""
    return read_weights(Path(__file__).with_name("data") / "skill_primary.csv")
