from __future__ import annotations

import csv
from pathlib import Path

import pytest

from jd_assets.engines.rules import skill_ratings
from jd_assets.engines.rules.skill_ratings import expected, rating_features, rating_of
from jd_assets.library.tokens import forms, singular

FILE = Path(skill_ratings.__file__).with_name("data") / "phrase_ratings.csv"


def test_every_rated_phrase_is_written_as_a_text_is_read_so_that_it_is_found() -> None:
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["phrase"] for row in rows if _as_read(row["phrase"]) != row["phrase"]] == []
    assert len({row["phrase"] for row in rows}) == len(rows) > 20_000
    assert {float(row["rating"]) for row in rows} <= {number / 2 for number in range(9)}


def _as_read(phrase: str) -> str:
    return " ".join(singular(form) for form in forms(phrase))


@pytest.mark.parametrize("phrase", ["communication", "health insurance", "able"])
def test_what_is_rated_as_never_a_skill_is_known_as_such(phrase: str) -> None:
    assert rating_of(tuple(phrase.split())) == 0


def test_a_phrase_that_is_not_rated_is_judged_by_those_that_end_and_begin_alike() -> None:
    found = rating_features(("blimp", "testing"), "new")
    assert "rated=new -" in found
    assert any(feature.startswith("ending=new ") and feature != "ending=new -" for feature in found)
    assert rating_of(("blimp", "testing")) is None


def test_more_is_expected_of_an_alias_and_of_a_higher_rating() -> None:
    docker, able, unknown = ("docker",), ("able",), ("blimp", "testing")
    assert expected(docker, is_alias=False) > expected(unknown, is_alias=False) > expected(able, is_alias=False)
    assert all(expected(words, is_alias=True) > expected(words, is_alias=False) for words in (docker, able, unknown))
