from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.lookup import PhraseIndex
from jd_assets.library.tokens import tokenize

WORDS = st.sampled_from(["api", "apis", "rest", "node", "js", "c++", "spring", "boot"])
PHRASES = st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), max_size=8)


def found(index: PhraseIndex[str], text: str) -> list[list[str]]:
    tokens = tokenize(text)
    return [
        [" ".join(token.form for token in tokens[hit.first : hit.last]) for hit in hits] for hits in index.scan(tokens)
    ]


def test_the_longest_phrase_at_a_place_comes_first() -> None:
    index = PhraseIndex((name, name) for name in ("Spring", "Spring Boot", "Spring Boot Actuator"))
    assert found(index, "spring boot actuator") == [["spring boot actuator", "spring boot", "spring"]]


def test_overlapping_phrases_are_all_told() -> None:
    index = PhraseIndex((name, name) for name in ("data science", "science team"))
    assert found(index, "data science team") == [["data science"], ["science team"]]


def test_no_phrase_is_found_across_a_comma() -> None:
    index = PhraseIndex([("Spring Boot", 1)])
    assert found(index, "Spring, Boot") == []  # type: ignore[arg-type]


def test_two_values_under_one_phrase_are_both_told_in_the_order_they_came() -> None:
    index = PhraseIndex([("Software Engineer", "b"), ("software-engineer", "a"), ("Software Engineer", "b")])
    assert index.exact("SOFTWARE ENGINEER") == ("b", "a")


def test_singular_and_plural_are_one_phrase() -> None:
    index = PhraseIndex([("REST API", "rest")])
    assert index.exact("rest apis") == ("rest",)


def test_the_very_words_go_before_the_plural_of_another_phrase() -> None:
    for phrases in ([("ADA", "ada"), ("ADAS", "adas")], [("ADAS", "adas"), ("ADA", "ada")]):
        index = PhraseIndex(phrases)
        assert index.exact("ADAS") == ("adas",)
        assert index.exact("ADA") == ("ada",)


def test_a_phrase_without_words_is_never_found() -> None:
    index = PhraseIndex([("", 1), ("  ", 2)])
    assert index.exact("") == ()
    assert index.exact("anything") == ()


def test_the_beginning_of_a_phrase_is_not_the_phrase() -> None:
    index = PhraseIndex([("Spring Boot", 1)])
    assert index.exact("Spring") == ()
    assert index.exact("Spring Boot Actuator") == ()


@settings(deadline=None)
@given(PHRASES, st.lists(WORDS, max_size=10).map(" ".join))
def test_scanning_finds_what_looking_up_every_stretch_finds(phrases: list[str], text: str) -> None:
    index = PhraseIndex((phrase, phrase) for phrase in phrases)
    tokens = tokenize(text)
    scanned = {(hit.first, hit.last): hit.values for hits in index.scan(tokens) for hit in hits}
    looked_up = {
        (first, last): values
        for first in range(len(tokens))
        for last in range(first + 1, len(tokens) + 1)
        if (values := index.exact(text[tokens[first].start : tokens[last - 1].end]))
    }
    assert scanned == looked_up


@settings(deadline=None)
@given(PHRASES)
def test_every_filed_phrase_is_found_as_it_was_written(phrases: list[str]) -> None:
    index = PhraseIndex((phrase, phrase) for phrase in phrases)
    assert all(index.exact(phrase) == (phrase,) for phrase in phrases)
