from __future__ import annotations

import math

import pytest

from jd_assets.engines.rules.weights import BIAS
from jd_assets.evaluation.logistic import fit, rounded

MANY = 400


def test_the_weight_of_a_feature_is_its_log_odds() -> None:
    """With one feature and hardly a penalty the model is exact: three in four with it, one in four without."""
    examples = [{"it": 1.0} if number % 2 else {} for number in range(MANY)]
    right = [(number // 2) % 4 < 3 if number % 2 else (number // 2) % 4 < 1 for number in range(MANY)]
    weights = fit(examples, right, list(range(MANY)), least=1, penalty=1e-6)
    assert weights[BIAS] == pytest.approx(-math.log(3), abs=0.02)
    assert weights["it"] == pytest.approx(2 * math.log(3), abs=0.02)


def test_a_feature_of_few_postings_gets_no_weight_however_often_it_stands_there() -> None:
    examples = [{"it": 1.0}] * MANY
    assert set(fit(examples, [True] * MANY, [number % 4 for number in range(MANY)], least=5, penalty=1.0)) == {BIAS}
    assert "it" in fit(examples, [True] * MANY, [number % 5 for number in range(MANY)], least=5, penalty=1.0)


def test_a_penalty_makes_weights_smaller() -> None:
    examples = [{"it": 1.0} if number % 2 else {} for number in range(MANY)]
    right = [bool(number % 2) for number in range(MANY)]
    weak, strong = (fit(examples, right, list(range(MANY)), least=1, penalty=size)["it"] for size in (1.0, 100.0))
    assert 0 < strong < weak


def test_small_weights_are_left_out_but_never_the_bias() -> None:
    assert rounded({BIAS: 0.001, "a": 0.049, "b": -0.123}, 0.05) == {BIAS: 0.0, "b": -0.12}
