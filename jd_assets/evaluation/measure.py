"""The measurements as they are run: labels and a library in, figures out. For the command line and the scoreboard."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from jd_assets.engines.embedder import Embedder
from jd_assets.engines.openai.config import EngineName, ModelsConfig, TaskConfig
from jd_assets.engines.questions import Answerer
from jd_assets.errors import PermanentError
from jd_assets.evaluation.cascade import Point, curves
from jd_assets.evaluation.esco import SpanScores, score_spans
from jd_assets.evaluation.folds import FOLDS
from jd_assets.evaluation.in_memory import judge_all
from jd_assets.evaluation.labels import Json, Scores, as_posting, as_prediction, read_labels, read_vocabulary, score
from jd_assets.evaluation.learn import examples, held_out
from jd_assets.evaluation.naive import naive_predictions
from jd_assets.evaluation.spans import PARTS, read_spans
from jd_assets.evaluation.titles import TitleScores, rank_roles, read_titles, score_titles
from jd_assets.library.importers.esco import read_esco
from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import RoleIndex
from jd_assets.library.skill_index import SkillIndex
from jd_assets.library.skill_matcher import SkillMatcher
from jd_assets.pipeline import Progress
from jd_assets.stages.base import Tally
from jd_assets.stages.registry import build_stages
from jd_assets.tasks.registry import with_models

HELD_OUT, PACKAGED = "held out", "as packaged"


class Postings(NamedTuple):
    """Labelled postings through the stages: figures, prediction lines behind them, the naive dictionary's figures."""

    scores: Scores
    predictions: list[Json]
    naive: Scores
    cpu_seconds: float  # a posting


def measure_postings(labels: Path, library: Taxonomy, embedder: Embedder, progress: Progress | None = None) -> Postings:
    """Run the labelled postings of a file through the stages. A `roles.csv` beside it is the labels' vocabulary.

    CPU seconds are of the whole process and include getting the library ready.
    """
    gold = read_labels(labels)
    start = time.process_time()
    answered = judge_all(build_stages(library, embedder), [as_posting(label) for label in gold], progress)
    seconds = time.process_time() - start
    vocabulary = read_vocabulary(labels.parent / "roles.csv")
    predictions = [as_prediction(item, vocabulary) for item in answered]
    parents = {role.slug: role.parent for role in library.roles if role.parent}
    naive = score(gold, naive_predictions(library, gold), parents)
    return Postings(score(gold, predictions, parents), predictions, naive, seconds / (len(gold) or 1))


class Engine(NamedTuple):
    """Labelled postings answered as one engine answers them."""

    scores: Scores
    predictions: list[Json]
    points: list[Point]  # accuracy against share escalated, by task
    asked: Mapping[str, Tally]  # by stage


MEASURED_TASKS = ("nano_parse", "extract_skills", "decide_role", "adjudicate_role")  # what labels tell of


def with_engine(config: ModelsConfig, engine: EngineName) -> ModelsConfig:
    """The configuration with this engine for all tasks that labels tell of, and the rules for the others."""
    tasks = {name: replace(config.task(name), engine=engine) for name in MEASURED_TASKS}
    return replace(config, defaults=TaskConfig(), tasks=tasks)


def measure_engine(
    labels: Path,
    library: Taxonomy,
    embedder: Embedder,
    config: ModelsConfig,
    answerer: Answerer | None,
    run_id: str,
    progress: Progress | None = None,
) -> Engine:
    """Run labelled postings by rules and, where the configuration asks models, through `answerer`, under `run_id`.

    The points of a cascade hold the model's answers where it answered everything (the engine "openai").
    """
    gold = read_labels(labels)
    postings = [as_posting(label) for label in gold]
    stages = build_stages(library, embedder)
    vocabulary = read_vocabulary(labels.parent / "roles.csv")
    by_rules = judge_all(stages, postings, progress)
    rules = found = [as_prediction(item, vocabulary) for item in by_rules]
    asked: dict[str, Tally] = {}
    if answerer is not None:
        answered = judge_all(with_models(stages, library, config, answerer), postings, progress, asked, run_id)
        found = [as_prediction(item, vocabulary) for item in answered]
    all_asked = all(config.task(name).engine == "openai" for name in MEASURED_TASKS)
    points = curves(gold, by_rules, rules, found if all_asked else None)
    parents = {role.slug: role.parent for role in library.roles if role.parent}
    return Engine(score(gold, found, parents), found, points, asked)


def measure_spans(
    labels: Path, esco: Taxonomy, embedder: Embedder, split: str = "validation"
) -> Mapping[tuple[str, str], SpanScores]:
    """The figures of matching, by part and by the numbers used.

    The packaged numbers were learned from the split `validation`: there the figures that count are the held-out ones,
    of numbers learned from the other folds.
    """
    matcher = SkillMatcher(esco, SkillIndex(esco), embedder)
    spans = read_spans(labels, esco, split)
    used = {PACKAGED: dict.fromkeys(range(FOLDS), matcher)}
    if split == "validation":
        models = held_out(examples(matcher, spans), embedder.name)
        used = {HELD_OUT: {fold: matcher.using(model) for fold, model in models.items()}, **used}
    return {
        (part, numbers): score_spans(matchers, [span for span in spans if span.part == part])
        for part in PARTS
        for numbers, matchers in used.items()
    }


def measure_titles(labels: Path, esco: Taxonomy, embedder: Embedder) -> TitleScores:
    """The figures of roles from titles alone, on a fixed sample."""
    index = RoleIndex(esco, embedder)
    titles = read_titles(labels / "titles.csv", index.slugs)
    return score_titles(rank_roles(index, [title for title, _ in titles]), [role for _, role in titles])


def esco_beside(labels: Path) -> Taxonomy:
    """ESCO as it lies in the shared data: `taxonomies/esco_*` two folders above the labels."""
    above = labels.resolve().parent.parent / "taxonomies"
    folders = sorted(above.glob("esco_*"))
    if not folders:
        raise PermanentError(f"{above}: no folder esco_* there. Name ESCO's folder with --taxonomy.")
    return read_esco(folders[-1]).taxonomy
