"""Learning the numbers of the ranking from labelled spans, and measuring them on spans that they were not learned from.

    python -m jd_assets.evaluation.learn TAXONOMY_FOLDER LABELS_FOLDER

writes `library/data/skill_ranking.toml`: run it after a change of the embedder or of a measure. The same input gives
the same file. Figures on spans that were learned from flatter: `jd-assets eval esco` shows held-out ones too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.evaluation.logistic import fit_among, fit_dense
from jd_assets.evaluation.spans import Span, read_spans
from jd_assets.library.grams import Floats
from jd_assets.library.importers.esco import read_esco
from jd_assets.library.skill_index import SkillIndex
from jd_assets.library.skill_matcher import SkillMatcher
from jd_assets.library.skill_ranker import MODEL_FILE, RankingModel
from jd_assets.settings import Settings

NOT_PRESENT_LINKED = 0.065  # of the spans without a skill in the taxonomy: below the 10% promised, as new ones differ
PENALTY = 0.01  # on squared weights of standardised measures


class Example(NamedTuple):
    """A span with its candidates' measures (skills x 4), which of them it means, and the skill it names literally."""

    span: Span
    measures: Floats
    right: Floats
    literal: str | None


def examples(matcher: SkillMatcher, spans: Sequence[Span]) -> list[Example]:
    """What there is to learn from."""
    phrases = [span.phrase for span in spans]
    return [
        Example(
            span,
            np.stack(list(found.values())),
            np.array([float(skill in span.skills) for skill in found]),
            matcher.literal(span.phrase),
        )
        for span, found in zip(spans, matcher.candidates(phrases), strict=True)
    ]


def learn(found: Sequence[Example], embedder: str) -> RankingModel:
    """The numbers that fit these examples."""
    scale = np.concatenate([example.measures for example in found]).std(axis=0)
    rank = fit_among([(e.measures / scale, e.right) for e in found if e.right.any()], PENALTY) / scale
    ranked = [(e, int(np.argmax(np.round(e.measures @ rank, 6)))) for e in found if e.literal is None]
    firsts = np.stack([e.measures[first] for e, first in ranked])
    right = np.array([e.right[first] for e, first in ranked])
    link, bias = fit_dense(firsts / scale, right, PENALTY)
    confidence = 1 / (1 + np.exp(-(firsts @ (link / scale) + bias)))
    unknown = np.array([e.span.not_present for e, _ in ranked])
    among_five = np.array([e.right[np.argsort(-(e.measures @ rank), kind="stable")[:5]].any() for e, _ in ranked])
    literal = [e.literal in e.span.skills for e in found if e.literal is not None and e.span.skills]
    all_unknown = sum(e.span.not_present for e in found)
    allowed = int(NOT_PRESENT_LINKED * all_unknown) - (all_unknown - int(unknown.sum()))
    return RankingModel(
        embedder,
        tuple(np.round(rank, 4).tolist()),
        tuple(np.round(link / scale, 4).tolist()),
        round(bias, 4),
        _bound(confidence[unknown], allowed),
        _even_odds(firsts[:, 0], among_five),
        round((sum(literal) + 1) / (len(literal) + 2), 4),
    )


def _bound(values: Floats, allowed: int) -> float:
    """The lowest bound (to four places) that at most `allowed` of the values reach; there are more of them."""
    ordered = np.sort(values)[::-1]
    return round(float(ordered[max(allowed, 0)]) + 1e-4, 4)


def _even_odds(values: Floats, right: Floats) -> float:
    """The bound from which on more are right than wrong, and as many more as for no other."""
    order = np.argsort(-values, kind="stable")
    gains = np.cumsum(np.where(right[order], 1, -1))
    return round(float(values[order[int(np.argmax(gains))]]), 2)


def held_out(found: Sequence[Example], embedder: str) -> Mapping[int, RankingModel]:
    """For each fold the numbers learned from all other folds."""
    folds = sorted({example.span.fold for example in found})
    return {fold: learn([example for example in found if example.span.fold != fold], embedder) for fold in folds}


def as_toml(model: RankingModel) -> str:
    """The file of the package."""
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in asdict(model).items())
    return "# Written by jd_assets/evaluation/learn.py; what each number means: library/skill_ranker.py.\n" + "".join(
        lines
    )


def main(taxonomy_folder: str, labels_folder: str) -> None:
    """Learn from the validation part and write the file."""
    embedder = MiniLMEmbedder(Settings.load().cache_dir)
    taxonomy = read_esco(Path(taxonomy_folder)).taxonomy
    matcher = SkillMatcher(taxonomy, SkillIndex(taxonomy), embedder)
    model = learn(examples(matcher, read_spans(Path(labels_folder), taxonomy)), embedder.name)
    MODEL_FILE.write_text(as_toml(model), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
