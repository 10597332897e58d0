"""Learning how sure the rules are of an answer, from labelled postings: the numbers of `tasks/confidence.toml`.

    python -m jd_assets.evaluation.calibrate LABELS.jsonl

Few numbers from few labels: three features a task, penalised, so that they say what a record shows in general and
nothing of any one posting. The figures written beside them are of held-out postings (five folds).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.evaluation.folds import FOLDS
from jd_assets.evaluation.in_memory import judge_all
from jd_assets.evaluation.labels import Json, as_posting, as_prediction, read_labels, same_facts, skills_f1
from jd_assets.evaluation.logistic import fit_dense
from jd_assets.library.grams import Floats
from jd_assets.library.imports import imports_folder, read_library
from jd_assets.settings import Settings
from jd_assets.stages.base import Upstream
from jd_assets.stages.registry import build_stages
from jd_assets.tasks.confidence import CONFIDENCE_FILE, parse_features, skills_features

GOOD_F1 = 0.7
PENALTY = 0.02  # on squared weights of standardised features
# Where no labels decide. The role's own probability: almost all wrong roles are below. A described skill: as near as
# the rules take metadata over. The others: whatever the rules have is a stopgap; a decision in doubt is read again.
FIXED = {
    "decide_role": 0.35,
    "adjudicate_role": 0.6,
    "describe_new_skill": 0.6,
    "describe_new_role": 0.5,
    "enrich": 0.5,
}
ESCALATED = 0.3  # the share of labelled postings that the learned thresholds send to the model


class Fit(NamedTuple):
    """A logistic regression, and how it does on held-out postings."""

    bias: float
    weights: tuple[float, ...]
    threshold: float
    auc: float
    good_kept: float  # the share of good answers among those kept
    good_sent: float  # … and among those sent


def fit(features: Floats, good: Floats) -> Fit:
    """The numbers of one task, from features (postings x features) and whether the answer was good (0 or 1)."""
    weights, bias = _standardised(features, good)
    held_out = np.zeros(len(good))
    folds = np.random.default_rng(0).permutation(len(good)) % FOLDS
    for fold in range(FOLDS):
        own, chance = _standardised(features[folds != fold], good[folds != fold])
        held_out[folds == fold] = _probability(features[folds == fold], own, chance)
    threshold = float(np.quantile(_probability(features, weights, bias), ESCALATED))
    kept = held_out >= threshold
    right, wrong = held_out[good == 1], held_out[good == 0]
    return Fit(
        round(bias, 3),
        tuple(np.round(weights, 3).tolist()),
        round(threshold, 2),
        round(float((right[:, None] > wrong).mean() + 0.5 * (right[:, None] == wrong).mean()), 3),
        round(float(good[kept].mean()), 3),
        round(float(good[~kept].mean()), 3),
    )


def _probability(features: Floats, weights: Floats, bias: float) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-(features @ weights + bias)))
    return chances


def _standardised(features: Floats, good: Floats) -> tuple[Floats, float]:
    """Weights and bias of the features as they are, penalised as if each were spread alike."""
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    weights, bias = fit_dense((features - mean) / scale, good, PENALTY)
    return weights / scale, bias - float((weights / scale) @ mean)


Row = tuple[Json, Upstream]
LEARNED: Mapping[str, tuple[Callable[[Upstream], Sequence[float]], Callable[[Json, Json], bool]]] = {
    "nano_parse": (lambda item: parse_features(item.posting, item.nano_parse), same_facts),
    "extract_skills": (
        lambda item: skills_features(item.extracted_skills),
        lambda gold, found: skills_f1(gold, found) >= GOOD_F1,
    ),
}


def calibrate(labels: Sequence[Json], answered: Sequence[Upstream]) -> dict[str, Fit]:
    """The numbers of the tasks that labels can tell of."""
    found = {}
    for task, (features, is_good) in LEARNED.items():
        good = [float(is_good(gold, as_prediction(item))) for gold, item in zip(labels, answered, strict=True)]
        found[task] = fit(np.array([features(item) for item in answered]), np.array(good))
    return found


def as_toml(fits: Mapping[str, Fit], postings: int) -> str:
    """The file of the package."""
    text = (
        "# Written by jd_assets/evaluation/calibrate.py; what each number means: tasks/confidence.py.\n"
        f"# Learned from {postings} labelled postings; figures of held-out ones, with thresholds that send "
        f"{ESCALATED:.0%} of them.\n"
    )
    for task, found in fits.items():
        text += (
            f"\n[{task}]  # AUC {found.auc}; good answers: {found.good_kept:.0%} of those kept, "
            f"{found.good_sent:.0%} of those sent\n"
            f"bias = {found.bias}\nweights = {list(found.weights)}\nthreshold = {found.threshold}\n"
        )
    return text + "".join(f"\n[{task}]\nthreshold = {value}\n" for task, value in FIXED.items())


def main(labels: str) -> None:
    """Learn from the labels and write the file."""
    settings = Settings.load()
    gold = read_labels(Path(labels))
    library = read_library(settings.taxonomy_dir, imports_folder(settings.home)).taxonomy
    stages = build_stages(library, MiniLMEmbedder(settings.cache_dir))
    answered = judge_all(stages, [as_posting(label) for label in gold])
    CONFIDENCE_FILE.write_text(as_toml(calibrate(gold, answered), len(gold)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
