from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import numpy as np
import pytest

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.evaluation.learn import Example, as_toml, held_out, learn
from jd_assets.evaluation.spans import Span
from jd_assets.library import skill_ranker
from jd_assets.library.skill_ranker import MEASURES, Candidates, RankingModel, learned_model, ranking
from jd_assets.versions import _data_files


def example(number: int, *, known: bool, literal: str | None = None) -> Example:
    """Ten candidates with chance measures; where the span has a skill, the first one is nearest by embedding."""
    chance = np.random.default_rng(number)
    measures = chance.uniform(0.1, 0.6, (10, len(MEASURES)))
    if known:
        measures[0, 0] = chance.uniform(0.7, 0.9)
    skills = frozenset({"right"}) if known else frozenset[str]()
    span = Span("tech", f"sentence {number}", f"phrase {number}", skills, not known)
    return Example(span, measures, np.array([float(known), *[0.0] * 9]), literal)


EXAMPLES = [example(number, known=number % 3 > 0) for number in range(240)]


def first(model: RankingModel, one: Example) -> skill_ranker.Ranking:
    return ranking(model, Candidates(np.arange(len(one.measures)), one.measures))


@pytest.fixture(scope="module")
def learned() -> RankingModel:
    return learn(EXAMPLES, "words/64")


def test_what_tells_the_right_candidate_gets_the_weight(learned: RankingModel) -> None:
    assert max(learned.rank) == learned.rank[0]
    assert max(learned.link) == learned.link[0]
    right = [first(learned, one).positions[0] == 0 for one in EXAMPLES if one.span.skills]
    assert sum(right) / len(right) > 0.95


def test_few_spans_without_a_skill_reach_the_bound_and_many_with_one_do(learned: RankingModel) -> None:
    linked = {known: [] for known in (True, False)}  # type: dict[bool, list[bool]]
    for one in EXAMPLES:
        linked[bool(one.span.skills)].append(first(learned, one).confidence >= learned.same_skill)
    assert sum(linked[False]) / len(linked[False]) <= 0.1
    assert sum(linked[True]) / len(linked[True]) > 0.8


def test_the_same_examples_in_another_order_give_the_same_numbers(learned: RankingModel) -> None:
    assert as_toml(learn(EXAMPLES[::-1], "words/64")) == as_toml(learned)


def test_no_fold_is_measured_with_numbers_learned_from_its_own_spans() -> None:
    models = held_out(EXAMPLES, "words/64")
    for fold, model in models.items():
        assert model == learn([one for one in EXAMPLES if one.span.fold != fold], "words/64")
    assert len({model.rank for model in models.values()}) == len(models) == 5


def test_spans_of_one_sentence_share_a_fold() -> None:
    folds = {
        Span(part, "one sentence", phrase, frozenset(), False).fold for part in ("tech", "house") for phrase in "ab"
    }
    assert len(folds) == 1


def test_literal_aliases_are_counted_and_not_learned_from() -> None:
    literal = [example(number, known=True, literal="right") for number in range(1000, 1018)]
    plain = learn(EXAMPLES, "words/64")
    assert plain.literal_right == 0.5, "nothing seen, nothing known"
    assert learn(EXAMPLES + literal, "words/64").literal_right == 0.95


def test_the_packaged_numbers_belong_to_the_installed_embedder(tmp_path: Path) -> None:
    assert learned_model().embedder == MiniLMEmbedder(tmp_path).name


def test_the_file_reads_back_as_it_was_written() -> None:
    numbers = tomllib.loads(as_toml(learned_model()))
    assert numbers["embedder"] == learned_model().embedder
    assert tuple(numbers["rank"]) == learned_model().rank
    assert skill_ranker.MODEL_FILE.read_text(encoding="utf-8") == as_toml(learned_model())


def test_the_numbers_are_part_of_the_code_version() -> None:
    source = Path(skill_ranker.__file__)
    assert skill_ranker.MODEL_FILE in _data_files(ast.parse(source.read_text(encoding="utf-8")), source.parent)
