from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.tokens import forms, number_variants, token_lines, tokenize


@settings(deadline=None)
@given(st.text())
def test_every_token_is_its_place_in_the_text_in_lower_case(text: str) -> None:
    for token in tokenize(text):
        assert token.start < token.end
        assert text[token.start : token.end].lower() == token.form


@settings(deadline=None)
@given(st.text())
def test_tokens_stand_in_order_and_never_overlap(text: str) -> None:
    tokens = tokenize(text)
    assert all(left.end <= right.start for left, right in pairwise(tokens))


@settings(deadline=None)
@given(st.text())
def test_no_letter_or_digit_is_lost(text: str) -> None:
    covered = {position for token in tokenize(text) for position in range(token.start, token.end)}
    assert all(position in covered for position, char in enumerate(text) if char.isalnum())


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("aB3 .,-\n+#é")), st.lists(st.integers(0, 40)))
def test_lines_hold_every_token_but_their_ends_and_none_goes_over_a_cut(text: str, places: list[int]) -> None:
    cuts = sorted({place for place in places if place < len(text)})
    lines = list(token_lines(text, cuts))
    assert all(lines)
    for line in lines:
        assert not any(line[0].start < cut < line[-1].end for cut in cuts)
        assert all(text[token.start : token.end].lower() == token.form for token in line)
    whole = [token for line in token_lines(text) for token in line]
    assert whole == [token for token in tokenize(text) if token.form not in ("\n", ".")]


@settings(deadline=None)
@given(st.text())
def test_the_forms_are_those_of_the_tokens(text: str) -> None:
    assert forms(text) == tuple(token.form for token in tokenize(text))


@pytest.mark.parametrize(
    "spellings",
    [("Node.js", "node js", "Node-JS", "NODE_JS"), ("Spring Boot", "spring-boot"), ("CI/CD", "ci / cd")],
)
def test_hyphens_spaces_underscores_and_inner_dots_part_words_alike(spellings: tuple[str, ...]) -> None:
    assert len({forms(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("text", "whole"), [("C++", "c++"), ("C#", "c#"), (".NET", ".net"), ("Notepad++", "notepad++")]
)
def test_names_made_of_marks_stay_whole(text: str, whole: str) -> None:
    assert forms(text) == (whole,)
    assert forms(f"{text}, {text}") == (whole, ",", whole)


def test_c_and_its_kin_are_different_words() -> None:
    assert len({forms(name) for name in ("C", "C++", "C#")}) == 3


def test_a_full_stop_that_ends_a_sentence_is_a_token_of_its_own() -> None:
    assert forms("Java. Go is fine") == ("java", ".", "go", "is", "fine")


def test_a_comma_and_a_line_end_part_phrases() -> None:
    assert "," in forms("Spring, Boot")
    assert "\n" in forms("Spring\nBoot")


@pytest.mark.parametrize(
    ("phrase", "other"),
    [
        ("rest api", "rest apis"),
        ("rest apis", "rest api"),
        ("case study", "case studies"),
        ("case studies", "case study"),
        ("business processes", "business process"),
        ("business process", "business processes"),
        ("dashboard", "dashboards"),
        ("query", "queries"),
    ],
)
def test_a_phrase_has_its_other_number(phrase: str, other: str) -> None:
    assert forms(other) in number_variants(forms(phrase))


@pytest.mark.parametrize("phrase", ["Rails", "C", "R", "Go", "C++", "Redis", "S3"])
def test_single_words_lose_no_s_and_short_ones_gain_none(phrase: str) -> None:
    assert not number_variants(forms(phrase))


@settings(deadline=None)
@given(st.text(max_size=30))
def test_variants_differ_from_the_phrase_in_the_last_word_alone(phrase: str) -> None:
    key = forms(phrase)
    for variant in number_variants(key):
        assert variant != key
        assert variant[:-1] == key[:-1]
