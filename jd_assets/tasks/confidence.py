"""How sure the rules' answer to a task is: probabilities from what the record shows, learned from labelled postings.

What belongs here: the features of a record, and the numbers of `confidence.toml` (written by `evaluation/calibrate.py`,
figures in docs/models.md). The decision of a role has a probability of its own; a new skill's or role's metadata have
none that labels could tell, and say so in their tasks.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jd_assets.records import ClientEnrichment, ExtractedSkills, NanoParse, Posting

CONFIDENCE_FILE = Path(__file__).with_name("confidence.toml")

# Of enrichment: no labels say how good it is, so these are no probabilities but an order in which to ask.
FROM_BASELINE, FROM_POSTING = 0.2, 0.7


@dataclass(frozen=True, slots=True)
class Learned:
    """A task's logistic regression over features, and the confidence from which the rules' answer stands."""

    bias: float
    weights: tuple[float, ...]
    threshold: float

    def probability(self, features: Sequence[float]) -> float:
        """The probability that the rules' answer is good."""
        total = self.bias + sum(weight * value for weight, value in zip(self.weights, features, strict=True))
        return round(1 / (1 + math.exp(-total)), 4)


@cache
def learned() -> dict[str, Learned]:
    """The numbers of each task; a task without features has its threshold alone."""
    content = tomllib.loads(CONFIDENCE_FILE.read_text(encoding="utf-8"))
    return {
        task: Learned(table.get("bias", 0.0), tuple(table.get("weights", ())), table["threshold"])
        for task, table in content.items()
    }


def default_threshold(task: str) -> float:
    """The threshold of a cascade where the configuration names none."""
    return learned()[task].threshold


def skills_features(record: ExtractedSkills) -> tuple[float, ...]:
    """The share of library skills; how many there are; the share of ambiguous names that were refused."""
    skills, refused = record.final_skills, len(record.refused)
    known = sum(skill.origin == "library" for skill in skills)
    named = len(skills)
    return (known / named if named else 0.0, math.log1p(named), refused / (refused + named) if refused else 0.0)


def skills_confidence(record: ExtractedSkills) -> float:
    """The probability that most skills are found, and most of those found are right (F1 of 0.7 or more)."""
    return learned()["extract_skills"].probability(skills_features(record))


def parse_features(posting: Posting, record: NanoParse) -> tuple[float, ...]:
    """Whether years are stated, and stated twice; the length of the posting."""
    years = record.experience
    words = len(posting.description.split())
    return (float(years.raw is not None), float(years.relevant_raw is not None), math.log1p(words))


def parse_confidence(posting: Posting, record: NanoParse) -> float:
    """The probability that years and work mode are read as a person reads them; half of it without title or duties."""
    chance = learned()["nano_parse"].probability(parse_features(posting, record))
    return chance if record.role and record.duties else round(chance / 2, 4)


def enrich_confidence(record: ClientEnrichment) -> float:
    """Low where a block is what is typical of the role, or missing, rather than read from the posting."""
    nature, stack = record.nature_of_work, record.tech_stack_maturity
    read = nature is not None and stack is not None and nature.source == stack.source == "jd"
    return FROM_POSTING if read and not record.sparse else FROM_BASELINE
