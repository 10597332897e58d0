from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jd_assets.evaluation.rankings import r_precision, ranking_scores, reciprocal_rank
from jd_assets.evaluation.titles import score_titles

rankings = st.permutations("abcdefghijkl").map(list)
relevant = st.sets(st.sampled_from("abcdefghijkl"), min_size=1)


@pytest.mark.parametrize(
    ("ranked", "right", "k", "expected"),
    [
        ("abc", "a", 1, 1.0),
        ("abc", "b", 1, 0.0),
        ("abc", "b", 5, 1.0),
        ("abc", "bz", 5, 0.5),
        ("abcdef", "afz", 5, 1 / 3),
        ("abcdef", "abcdefg", 5, 1.0),
    ],
)
def test_rp_at_k_is_the_share_found_of_what_k_places_could_hold(
    ranked: str, right: str, k: int, expected: float
) -> None:
    assert r_precision(list(ranked), set(right), k) == expected


def test_reciprocal_rank_counts_the_first_right_item_alone() -> None:
    assert reciprocal_rank("xyab", {"a", "b"}) == 1 / 3
    assert reciprocal_rank("xy", {"a"}) == 0.0


def test_queries_without_a_right_item_do_not_count() -> None:
    scores = ranking_scores([(["a", "b"], {"a"}), (["a", "b"], set()), (["x", "a"], {"a"})])
    assert scores == (2, 0.5, 1.0, 1.0, 0.75)


def test_no_query_gives_zeros() -> None:
    assert ranking_scores([]) == (0, 0.0, 0.0, 0.0, 0.0)


@given(rankings, relevant)
def test_a_perfect_ranking_scores_one_and_none_scores_more(ranked: list[str], right: set[str]) -> None:
    perfect = sorted(ranked, key=lambda item: item not in right)
    for k in (1, 5, 10):
        assert r_precision(ranked, right, k) <= r_precision(perfect, right, k) == 1.0
    assert reciprocal_rank(ranked, right) <= reciprocal_rank(perfect, right) == 1.0


def test_titles_are_scored_by_the_place_of_their_one_role() -> None:
    scores = score_titles([["a", "b"], ["b", "a"], ["c"]], ["a", "a", "a"])
    assert (scores.titles, scores.accuracy_1, scores.accuracy_5) == (3, 1 / 3, 2 / 3)
    assert scores.mrr == pytest.approx(0.5)
