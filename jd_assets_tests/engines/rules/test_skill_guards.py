"""The general rules by which an ambiguous name counts or not, one at a time, over a library of a few such names."""

from __future__ import annotations

import pytest

from jd_assets.engines.rules.skill_guards import FIELD_OF_STUDY, Verdict, judge_line
from jd_assets.library.skill_index import SkillIndex
from jd_assets_tests.library.builders import alias_lines, joined, skill

LIBRARY = joined(
    skill("java", "Java"),
    skill("planning", "Critical Path", nature="METHODOLOGY"),
    skill("kafka", "Kafka", guard="case"),
    skill("slack", "Slack", guard="case"),
    skill("qa", "QA", guard="case"),
    skill("unity", "Unity", guard="context", tags=("game",)),
    skill("c", "C", guard="context", tags=("linux",), strategy="EXACT_CASE"),
    skill("aws", "AWS", strategy="EXACT_CASE"),
)
INDEX = SkillIndex(LIBRARY)


def verdict(text: str, words: str) -> Verdict:
    (found,) = (
        verdict
        for line in alias_lines(INDEX, text)
        for hit, verdict in judge_line(line, text).items()
        if text[hit.start : hit.end] == words
    )
    return found


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Unity developer for a small team", "Unity"),
        ("Kafka experience is required", "Kafka"),
        ("Experience with Unity is a plus", "Unity"),
        ("We write most of our backend in Unity", "Unity"),
        ("QA engineer for web shops", "QA"),
        ("We build games in Unity for phones", "Unity"),
        ("java, c, kafka", "c"),
    ],
)
def test_the_words_around_a_name_speak_for_it(text: str, word: str) -> None:
    assert verdict(text, word).accepted


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Unity engineer for a small team", "Unity"),
        ("Experience with Unity Health hospitals", "Unity"),
        ("Holds a Class C licence and knows linux", "C"),
        ("A book club on Franz Kafka each week", "Kafka"),
        ("We KAFKA because we trust you", "KAFKA"),
        ("The critical path and slack of each plan", "slack"),
        ("Java, aws", "aws"),
    ],
)
def test_the_words_around_a_name_speak_against_it(text: str, word: str) -> None:
    assert not verdict(text, word).accepted


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Bachelor's degree in botany, critical path or economics", True),
        ("A degree in botany or equivalent.Completion of critical path training", False),
        ("All major shipyards (with critical path, Java) are our clients", False),
        ("Majors in botany or critical path", True),
    ],
)
def test_subjects_of_a_degree_are_no_skills_and_end_with_its_sentence(text: str, subject: bool) -> None:
    assert (verdict(text, "critical path").why == FIELD_OF_STUDY) == subject


def test_a_rank_or_maker_before_a_name_makes_it_no_other_name() -> None:
    assert verdict("We want a Senior Kafka person", "Kafka").accepted
    assert verdict("We run on Java Kafka clients", "Kafka").accepted
