"""Accuracy against the share sent to a model: what each threshold of a cascade would keep, send, and get right.

What belongs here: the points of such curves, per task that labels can tell of. What does not: running postings
(`measure.py`), the features of a confidence (`tasks/confidence.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from jd_assets.evaluation.labels import Json, role_accepted, same_facts, skills_f1
from jd_assets.stages.base import Upstream
from jd_assets.tasks.confidence import default_threshold, parse_confidence, skills_confidence

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)

# By task: how sure the rules are of a posting, and how good an answer is (0..1).
MEASURED: Mapping[str, tuple[Callable[[Upstream], float], Callable[[Json, Json], float]]] = {
    "nano_parse": (lambda item: parse_confidence(item.posting, item.nano_parse), same_facts),
    "extract_skills": (lambda item: skills_confidence(item.extracted_skills), skills_f1),
    "decide_role": (lambda item: item.role_decisions.confidence, role_accepted),
}


class Point(NamedTuple):
    """One threshold: all but it and the share are means of how good answers are (None: there are none)."""

    task: str
    threshold: float
    sent: float  # the share of postings below it
    kept_by_rules: float | None
    sent_by_rules: float | None
    sent_by_model: float | None  # None: no model was asked
    together: float | None  # the rules' answers that are kept, the model's for the others
    default: bool  # the threshold that counts where the configuration names none


def curves(
    labels: Sequence[Json], by_rules: Sequence[Upstream], rules: Sequence[Json], model: Sequence[Json] | None
) -> list[Point]:
    """The curve of each task, from the rules' records and the predictions of rules and model for the same labels."""
    points = []
    for task, (confidence, good) in MEASURED.items():
        sure = [confidence(item) for item in by_rules]
        own = [float(good(gold, found)) for gold, found in zip(labels, rules, strict=True)]
        other = [float(good(gold, found)) for gold, found in zip(labels, model, strict=True)] if model else None
        ordered = sorted(sure)
        default = default_threshold(task)
        cuts = {ordered[int(share * len(sure))] for share in SHARES if share < 1} | {ordered[-1] + 0.0001, default}
        points += [_point(task, cut, sure, own, other, default=cut == default) for cut in sorted(cuts)]
    return points


def _point(
    task: str,
    threshold: float,
    sure: Sequence[float],
    own: Sequence[float],
    other: Sequence[float] | None,
    *,
    default: bool,
) -> Point:
    sent = [confidence < threshold for confidence in sure]
    kept = [good for good, gone in zip(own, sent, strict=True) if not gone]
    lost = [good for good, gone in zip(own, sent, strict=True) if gone]
    won = [good for good, gone in zip(other, sent, strict=True) if gone] if other is not None else None
    return Point(
        task,
        round(threshold, 4),
        round(sum(sent) / len(sent), 4),
        _mean(kept),
        _mean(lost),
        _mean(won) if won is not None else None,
        _mean([*kept, *won]) if won is not None else None,
        default,
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
