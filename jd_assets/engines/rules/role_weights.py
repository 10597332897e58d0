"""How much each kind of evidence for a role weighs against the others.

What belongs here: the weights, and the likeliest of several candidates. What does not: the evidence (`role_signals`),
the case it makes (`role_decisions`), and learning (`evaluation/learn_roles.py`, which writes `data/role_weights.csv`
and prints the figures on held-out postings; a conditional logit model over the candidates, so that the softmax of the
scores is the probability of each).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from jd_assets.engines.rules.weights import Weights, read_weights


@cache
def role_weights() -> Weights:
    """The weights of the kinds of evidence, by their names in `RoleEvidence`."""
    return read_weights(Path(__file__).with_name("data") / "role_weights.csv")


def chances(scores: Mapping[str, float]) -> dict[str, float]:
    """Each candidate's probability: the softmax of the scores."""
    best = max(scores.values())
    powers = {role: math.exp(value - best) for role, value in scores.items()}
    whole = sum(powers.values())
    return {role: power / whole for role, power in powers.items()}


def likeliest(likely: Mapping[str, float], outside: Collection[str]) -> tuple[str, float]:
    """The likeliest candidate (of equal ones the first by name) and its probability. The roles outside technology only
    mark a posting as such: whichever of them it is, together they are one answer."""
    ranked = sorted(likely, key=lambda role: (-likely[role], role))
    together = sum(likely[role] for role in outside)
    if together > likely[ranked[0]] or ranked[0] in outside:
        return next(role for role in ranked if role in outside), together
    return ranked[0], likely[ranked[0]]
