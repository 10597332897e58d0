from __future__ import annotations

import pytest

from jd_assets.engines.rules.weights import BIAS, BOUND
from jd_assets.evaluation.labels import Json
from jd_assets.evaluation.learn_skills import LEAST_POSTINGS, Example, figures, learn, learn_folds, read_examples
from jd_assets.library.skill_index import SkillIndex
from jd_assets_tests.library.builders import joined, skill

TOOLS = ("Kafka", "Redis", "Nginx", "Consul", "Envoy")
LIBRARY = joined(*(skill(name.lower(), name) for name in TOOLS), skill("care", "customer care", nature="CONCEPT"))


def label(number: int) -> Json:
    """A tool and a phrase that the library does not know are asked for; customer care is only talked about."""
    tool, subject = TOOLS[number % len(TOOLS)], ("load", "unit", "smoke")[number % 3]
    duty, wish = "Work for our customer care people every day", f"Experience with {tool} and {subject} testing"
    return {
        "id": f"posting {number}",
        "title": "Engineer",
        "text": f"Responsibilities\n• {duty}\n\nRequirements\n• {wish}\n",
        "role": "other",
        "skills": [tool, f"{subject} testing"],
        "primary": [tool],
    }


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return read_examples([label(number) for number in range(60)], SkillIndex(LIBRARY))


def test_what_was_learned_holds_on_postings_that_it_was_not_learned_from(examples: list[Example]) -> None:
    strict, partial, _ = figures(examples, learn_folds(examples))
    assert strict.endswith("F1 1.000")
    assert partial.endswith("F1 1.000")


def test_no_weight_serves_fewer_postings_than_the_least(examples: list[Example]) -> None:
    few = examples[: LEAST_POSTINGS - 1]
    learned = learn(few, (), learn_folds(few))
    assert set(learned.choice) == set(learned.primary) == {BIAS, BOUND}


def test_a_fold_s_weights_do_not_depend_on_its_own_labels(examples: list[Example]) -> None:
    other = [one._replace(skills=set(), primary=set()) if one.fold == 0 else one for one in examples]
    was, found = learn_folds(examples), learn_folds(other)
    assert {**found[0].choice, BOUND: 0} == {**was[0].choice, BOUND: 0}
    assert {**found[1].choice, BOUND: 0} != {**was[1].choice, BOUND: 0}


def test_the_fold_of_a_posting_does_not_depend_on_its_place_in_the_file(examples: list[Example]) -> None:
    again = read_examples([label(number) for number in reversed(range(60))], SkillIndex(LIBRARY))
    assert [one.fold for one in reversed(again)] == [one.fold for one in examples]
