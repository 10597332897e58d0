"""Which of a posting's possible skills it really names: weights, probabilities, and one reading of overlapping phrases.

What belongs here: gathering the mentions of a term, weighing its features, choosing among overlaps, saying why. What
does not: the features (`skill_features.py`), and learning the weights (`evaluation/learn_skills.py`, which writes
`data/skill_choice.csv` and prints the figures on held-out postings; a logistic regression).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

from jd_assets.engines.rules.skill_features import (
    LIB,
    NEW,
    mention_features,
    posting_features,
    rival_features,
    rivals,
)
from jd_assets.engines.rules.skill_natures import IDEAS, PRODUCTS, TECHNOLOGIES, group_of
from jd_assets.engines.rules.skill_phrases import Phrase, TokenLine
from jd_assets.engines.rules.weights import BIAS, Weights, read_weights
from jd_assets.library.common_words import common_words

# Probability from which a term is a skill: the bound that was learned (row BOUND of the weights), but for two kinds. A
# proper name (technology, product, acronym) that its guard let through counts even in a bare sentence, where little
# around it speaks for a skill, and what its guard refuses only where very much does: as the probe sentences have it.
KEEP_NAME, KEEP_REFUSED = 0.05, 0.7
LONGER = 1.3  # how much each further word of a reading adds to its gain over a shorter one

Key = tuple[str, ...]


class Mention(NamedTuple):
    """A place of a term: its line (numbered through title and description) and its tokens there."""

    line: int
    first: int
    last: int


@dataclass(slots=True)
class Term:
    """A wording that may be a skill, with all its mentions: one for spellings that differ in case, hyphen or plural."""

    key: Key
    skill: str | None  # of the library
    nature: str | None
    named: bool  # a proper name, no idea
    why: str
    refused: bool = False  # its guard does not let it count as an alias
    mentions: list[Mention] = field(default_factory=list)
    features: set[str] = field(default_factory=set)
    around: float = 0.0  # what is expected of the best longer phrase around a mention …
    across: float = 0.0  # … and of the best that crosses one

    @property
    def kind(self) -> str:
        return NEW if self.skill is None else LIB

    def keep(self, bound: float) -> float:
        """The probability from which it is a skill; `bound` is that of most terms."""
        return KEEP_NAME if self.named else KEEP_REFUSED if self.refused else bound


class Terms:
    """The terms of one posting, gathered line by line."""

    def __init__(self) -> None:
        self.by_key: dict[Key, Term] = {}
        self._lines = 0

    def add_line(self, line: TokenLine, text: str, section: str, found: Sequence[Phrase]) -> int:
        """Take the phrases of a line; the number of the line."""
        number = self._lines
        self._lines += 1
        known = [phrase for phrase in found if phrase.hit is not None]
        for phrase, (around, across) in zip(found, rivals(found, line), strict=True):
            key = line.words[phrase.first : phrase.last]
            entry = phrase.hit.entry if phrase.hit else None
            term = self.by_key.get(key)
            if term is None:
                term = self.by_key[key] = Term(key, None, None, False, "")
            if term.skill is None and entry is not None:
                # The same words count as the library's skill in one place: they do in all.
                term.skill, term.nature, term.why = entry.skill, entry.nature, phrase.why
                term.named = entry.nature not in IDEAS or entry.guard == "case" or _is_proper(entry.alias)
            elif term.skill is None and phrase.why:
                term.named, term.why = True, phrase.why
            term.refused = term.skill is None and (term.refused or bool(phrase.refused))
            term.mentions.append(Mention(number, phrase.first, phrase.last))
            term.features.update(mention_features(phrase, line, text, section, known))
            term.around, term.across = max(term.around, around), max(term.across, across)
        return number

    def finished(self) -> list[Term]:
        """All terms, with the features that need the whole posting."""
        terms = list(self.by_key.values())
        natures = [term.nature for term in terms if term.nature is not None]
        technical = sum(nature in TECHNOLOGIES or nature in PRODUCTS for nature in natures) / (len(natures) or 1)
        for term in terms:
            group = group_of(term.nature) if term.nature else "none"
            term.features.update(
                posting_features(term.key, term.kind, group, len(term.mentions), technical, len(natures))
            )
            term.features.update(rival_features(term.kind, term.around, term.across))
        return terms


def _is_proper(alias: str) -> bool:
    """Whether an alias holds an acronym ("REST APIs"), or is a single word with a capital that is rare in English
    ("Kanban")."""
    words = alias.split()
    rare = len(words) == 1 and alias[0].isupper() and alias.lower() not in common_words()
    return rare or any(not word[1:].islower() for word in words if len(word) > 1)


def probability(features: Iterable[str], weights: Weights) -> float:
    """The logistic function of the sum of weights."""
    score = math.fsum(map(weights.get, (BIAS, *features), repeat(0.0)))
    return 1 / (1 + math.exp(-score))


class Reading(NamedTuple):
    """One mention of a term, as a reading of its place."""

    mention: Mention
    chance: float
    term: Term
    keep: float  # the chance from which it counts

    @property
    def gain(self) -> float:
        return (self.chance - self.keep + 1e-6) * self.size

    @property
    def size(self) -> float:
        """What longer readings count more."""
        return 1 + LONGER * (self.mention.last - self.mention.first - 1)

    def over(self, other: Reading) -> bool:
        """Whether the two stand in part on the same tokens."""
        return self.mention.first < other.mention.last and other.mention.first < self.mention.last


def choose(terms: Sequence[Term], chances: Sequence[float], bound: float) -> dict[Key, list[Mention]]:
    """The terms that are skills with the mentions that count: in each line the readings, none over another, whose
    gains (probability above the bound, more for longer ones) add up to most; `bound` is the one that was learned.

    Readings of one place share its probability. So aliases over each other, each of them unlikely, are taken together
    where no reading of theirs is: one of them is a skill, and the likeliest is taken.
    """
    lines: dict[int, list[Reading]] = {}
    for term, chance in zip(terms, chances, strict=True):
        keep = term.keep(bound)
        if term.skill is not None or chance >= keep:
            for mention in term.mentions:
                lines.setdefault(mention.line, []).append(Reading(mention, chance, term, keep))
    chosen: dict[Key, list[Mention]] = {}
    for number in sorted(lines):
        best = _best([reading for reading in lines[number] if reading.chance >= reading.keep])
        for reading in sorted(best + _shared(lines[number], best), key=lambda reading: reading.mention):
            chosen.setdefault(reading.term.key, []).append(reading.mention)
    return chosen


def _shared(readings: Sequence[Reading], chosen: Sequence[Reading]) -> list[Reading]:
    """The likeliest alias of each place where several aliases are over each other, none is chosen, and it is likely
    enough that one of them is a skill."""
    left = [one for one in readings if one.term.skill is not None and not any(one.over(other) for other in chosen)]
    found: list[Reading] = []
    for reading in sorted(left, key=lambda one: (-one.chance * one.size, one.mention)):
        place = [other for other in left if other.over(reading)]
        likely = 1 - math.prod(1 - other.chance for other in place)
        if likely >= min(other.keep for other in place) and not any(reading.over(other) for other in found):
            found.append(reading)
    return found


def _best(readings: list[Reading]) -> list[Reading]:
    """Weighted interval scheduling: of readings that may overlap, those without overlap whose gains add up to most."""
    readings.sort(key=lambda reading: (reading.mention.last, reading.mention.first))
    totals: list[float] = [0.0]
    before: list[int] = []
    for number, reading in enumerate(readings):
        free = number
        while free and readings[free - 1].mention.last > reading.mention.first:
            free -= 1
        before.append(free)
        totals.append(max(totals[number], totals[free] + reading.gain))
    chosen, number = [], len(readings)
    while number:
        if totals[number] == totals[number - 1]:
            number -= 1
        else:
            chosen.append(readings[number - 1])
            number = before[number - 1]
    return chosen


# What a feature says to a person who reads the trace; {} is its value. Values that say nothing are left out.
_SAYS = {
    "last": "ends in {!r}",
    "before": "stands behind {!r}",
    "behind": "stands before {!r}",
    "beside": "beside known skills",
    "section": "in the section {}",
    "shape": "written like a name",
}


def reason(features: Collection[str], chance: float, weights: Weights) -> str:
    """Why an unknown wording is taken: its probability and the two features that speak loudest for it."""
    loudest = sorted(features, key=lambda feature: (-weights.get(feature, 0.0), feature))
    said = []
    for feature in loudest:
        group, _, value = feature.partition("=")
        value = value.removeprefix(f"{NEW} ")
        if group in _SAYS and weights.get(feature, 0.0) > 0 and _tells(group, value):
            said.append(_SAYS[group].format(value))
    return f"like a skill ({chance:.0%}): {', '.join(said[:2]) or 'by its words'}"


def _tells(group: str, value: str) -> bool:
    if group == "shape":
        return not value.islower()
    return value != "0" if group == "beside" else not value.startswith("<")


@cache
def choice_weights() -> Weights:
    """The weights by which a term is a skill or not, and the bound of its probability."""
    return read_weights(Path(__file__).with_name("data") / "skill_choice.csv")
