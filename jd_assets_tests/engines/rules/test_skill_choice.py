"""Which readings of a line are chosen, by probabilities given in the test."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jd_assets.engines.rules.skill_choice import (
    KEEP_NAME,
    KEEP_REFUSED,
    Mention,
    Term,
    choice_weights,
    choose,
    probability,
    reason,
)
from jd_assets.engines.rules.skill_weight import LEAST, MOST, central
from jd_assets.engines.rules.weights import BIAS

KEEP = 0.5  # the bound of these tests


def term(first: int, last: int, *, skill: str | None = None, named: bool = False, refused: bool = False) -> Term:
    return Term((f"{first}-{last}",), skill, None, named, "", refused, [Mention(0, first, last)])


def taken(*terms: tuple[Term, float]) -> set[tuple[int, int]]:
    chosen = choose([one for one, _ in terms], [chance for _, chance in terms], KEEP)
    return {(mention.first, mention.last) for mentions in chosen.values() for mention in mentions}


def test_what_is_likely_is_taken_and_what_is_not_is_left() -> None:
    assert taken((term(0, 1), KEEP + 0.01), (term(2, 3), KEEP - 0.01)) == {(0, 1)}


def test_a_proper_name_needs_little_to_count() -> None:
    assert taken((term(0, 1, skill="a", named=True), KEEP_NAME + 0.01)) == {(0, 1)}


def test_what_a_guard_refuses_needs_much_to_count() -> None:
    likely, unlikely = (term(0, 1, refused=True), KEEP_REFUSED + 0.01), (term(2, 3, refused=True), KEEP_REFUSED - 0.01)
    assert taken(likely, unlikely) == {(0, 1)}


def test_the_longer_of_two_equally_likely_readings_is_taken() -> None:
    assert taken((term(0, 1), 0.5), (term(0, 2), 0.5)) == {(0, 2)}


def test_the_shorter_reading_is_taken_where_it_is_much_likelier() -> None:
    assert taken((term(0, 1), 0.9), (term(0, 2), 0.3)) == {(0, 1)}


def test_two_short_readings_may_win_over_one_long() -> None:
    assert taken((term(0, 1), 0.9), (term(1, 2), 0.9), (term(0, 2), 0.4)) == {(0, 1), (1, 2)}


def test_aliases_that_share_a_place_share_its_probability() -> None:
    share = KEEP - 0.1
    assert taken((term(0, 1, skill="a"), share), (term(0, 2, skill="b"), share)) == {(0, 2)}
    assert taken((term(0, 1, skill="a"), share), (term(1, 2, skill="b"), share)) == set()
    assert taken((term(0, 1), share), (term(0, 2), share)) == set()


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4), st.floats(0.01, 0.99), st.booleans()), max_size=12))
def test_no_two_readings_taken_overlap(readings: list[tuple[int, int, float, bool]]) -> None:
    terms = {
        (first, first + length): (term(first, first + length, skill="x" if known else None), chance)
        for first, length, chance, known in readings
    }
    places = sorted(taken(*terms.values()))
    assert all(left[1] <= right[0] for left, right in pairwise(places))


@given(st.permutations(sorted(choice_weights())[:40]))
def test_the_order_of_features_does_not_matter(features: list[str]) -> None:
    assert probability(features, choice_weights()) == probability(sorted(features), choice_weights())


def test_the_reason_names_what_speaks_loudest() -> None:
    weights = {BIAS: 0.0, "last=testing": 2.0, "before=with": 1.0, "word=load": 0.5, "section=new benefits": -1.0}
    said = reason({"last=testing", "before=with", "word=load", "section=new benefits"}, 0.62, weights)
    assert said == "like a skill (62%): ends in 'testing', stands behind 'with'"


def test_the_reason_does_not_claim_what_is_not_so() -> None:
    weights = {BIAS: 0.0, "shape=new a": 2.0, "beside=new 0": 1.0, "before=<start>": 1.0, "section=new skills": 0.1}
    assert reason(set(weights), 0.5, weights) == "like a skill (50%): in the section skills"


@pytest.mark.parametrize("count", [0, 1, LEAST, MOST, 30])
def test_the_number_of_primary_skills_stays_in_its_bounds(count: int) -> None:
    assert len(central([0.01] * count, 0.3)) == min(count, LEAST)
    assert len(central([0.99] * count, 0.3)) == min(count, MOST)
    assert central([0.3, *[0.99] * LEAST, *[0.29] * count], 0.3) == set(range(LEAST + 1))
