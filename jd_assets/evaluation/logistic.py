"""Logistic regression: over named features, of which few of very many hold for each example, over a few numbers, and
among candidates.

What belongs here: fitting weights to examples. What does not: what the features mean, and where weights are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from jd_assets.engines.rules.weights import BIAS
from jd_assets.library.grams import Floats

STEPS, NEWTON_STEPS = 300, 50
MEMORY = 8  # steps whose curvature is remembered
FLAT = 1e-6  # slope below which nothing is left to gain
ENOUGH = 1e-5  # gain of a step, relative to the loss, below which fitting ends

Features = Mapping[str, float]


def fit(
    examples: Sequence[Features], right: Sequence[bool], postings: Sequence[int], *, least: int, penalty: float
) -> dict[str, float]:
    """The weights that make the labels most likely, less `penalty` / 2 times their squares.

    Only features of at least `least` different postings are weighed, so that none serves a single posting.
    """
    spread: Counter[str] = Counter()
    for _, name in {(posting, name) for posting, own in zip(postings, examples, strict=True) for name in own}:
        spread[name] += 1
    names = sorted(name for name, count in spread.items() if count >= least)
    number = {name: column for column, name in enumerate(names, 1)}
    rows = [[(0, 1.0), *((number[name], value) for name, value in own.items() if name in number)] for own in examples]
    starts = np.cumsum([0, *(len(row) for row in rows[:-1])])
    lengths = np.array([len(row) for row in rows])
    columns = np.array([column for row in rows for column, _ in row])
    values = np.array([value for row in rows for _, value in row])
    labels = np.array(right, dtype=np.float64)

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = np.add.reduceat(values * weights[columns], starts)
        missed = 1 / (1 + np.exp(-scores)) - labels
        gradient = np.bincount(columns, values * np.repeat(missed, lengths), len(names) + 1)
        shrunk = penalty * weights
        shrunk[0] = 0.0
        return float(np.logaddexp(0, scores).sum() - scores @ labels + weights @ shrunk / 2), gradient + shrunk

    weights = _descend(loss, np.zeros(len(names) + 1))
    return {BIAS: float(weights[0]), **dict(zip(names, weights[1:].tolist(), strict=True))}


def fit_dense(features: Floats, right: Floats, penalty: float) -> tuple[Floats, float]:
    """Weights and bias for features (examples x few) that are as likely to be `right` (0 or 1), by Newton's steps.

    The mean log likelihood, less `penalty` / 2 times the squares of the weights (not of the bias), is greatest.
    """
    inputs = np.column_stack([features, np.ones(len(features))])
    shrunk = penalty * np.diag([1.0] * features.shape[1] + [0.0])
    weights = np.zeros(inputs.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        gradient = inputs.T @ (right - chance) / len(inputs) - shrunk @ weights
        curvature = (inputs * (chance * (1 - chance))[:, None]).T @ inputs / len(inputs) + shrunk
        weights = weights + np.linalg.solve(curvature, gradient)
    return weights[:-1], float(weights[-1])


def fit_among(groups: Sequence[tuple[Floats, Floats]], penalty: float) -> Floats:
    """Weights of a conditional logit model, by Newton's steps (McFadden, 1974): the softmax of the weighted features of
    a group's candidates is the probability of each.

    A group is its features (candidates x few) and which candidates are right (0 or 1; at least one is). The mean log
    probability of the right ones together, less `penalty` / 2 times the squares of the weights, is greatest.
    """
    weights = np.zeros(groups[0][0].shape[1])
    for _ in range(NEWTON_STEPS):
        gradient, curvature = -penalty * weights, penalty * np.eye(len(weights))
        for features, right in groups:
            scores = features @ weights
            odds = np.exp(scores - scores.max())
            likely, meant = odds / odds.sum(), odds * right / (odds * right).sum()
            mean = likely @ features
            gradient = gradient + (meant @ features - mean) / len(groups)
            spread = features - mean
            curvature = curvature + (spread * likely[:, None]).T @ spread / len(groups)
        weights = weights + np.linalg.solve(curvature, gradient)
    return weights


def rounded(weights: Mapping[str, float], least: float) -> dict[str, float]:
    """The weights to two places, without those that say next to nothing."""
    return {name: round(weight, 2) for name, weight in weights.items() if name == BIAS or abs(weight) >= least}


def _descend(loss: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    """Minimise by L-BFGS with a backtracking line search (Nocedal and Wright, 2006, algorithm 7.4)."""
    at, (value, gradient) = start, loss(start)
    steps: list[tuple[Floats, Floats]] = []
    for _ in range(STEPS):
        direction = -_scaled(gradient, steps)
        size, slope = 1.0 if steps else 1.0 / float(np.abs(gradient).sum()), float(gradient @ direction)
        while True:
            moved = at + size * direction
            new_value, new_gradient = loss(moved)
            if new_value <= value + 1e-4 * size * slope or size < 1e-10:
                break
            size /= 2
        steps = [*steps[-MEMORY + 1 :], (moved - at, new_gradient - gradient)]
        gain, at, value, gradient = value - new_value, moved, new_value, new_gradient
        if (gain <= ENOUGH * abs(value) and len(steps) > 2) or float(np.abs(gradient).max()) < FLAT:
            break
    return at


def _scaled(gradient: Floats, steps: Collection[tuple[Floats, Floats]]) -> Floats:
    """The gradient times the inverse curvature that the last steps show (the two-loop recursion)."""
    turned, factors = gradient.copy(), []
    for moved, change in reversed(list(steps)):
        factor = float(moved @ turned) / float(moved @ change)
        factors.append(factor)
        turned = turned - factor * change
    if steps:
        moved, change = list(steps)[-1]
        turned = turned * (float(moved @ change) / float(change @ change))
    for (moved, change), factor in zip(steps, reversed(factors), strict=True):
        turned = turned + moved * (factor - float(change @ turned) / float(moved @ change))
    return turned
