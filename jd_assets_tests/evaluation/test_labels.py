from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.errors import PermanentError
from jd_assets.evaluation.labels import Overlap, as_posting, as_prediction, read_labels, read_vocabulary, score, words
from jd_assets.records import ExtractedSkill, ExtractedSkills, NanoParse, RoleDecision, Span
from jd_assets.stages.base import Upstream
from jd_assets_tests.shared import shared_folder

Json = dict[str, Any]


def label(key: str, **fields: Any) -> Json:
    return {
        "id": key,
        "title": "Developer",
        "company": None,
        "text": "Write programs.",
        "source": "test",
        "role": "backend-engineer",
        "also_ok": [],
        "skills": [],
        "primary": [],
        "exp_min": None,
        "exp_max": None,
        "work_mode": None,
        **fields,
    }


def prediction(key: str, *skills: str, primary: tuple[str, ...] = (), **fields: Any) -> Json:
    return {
        "id": key,
        "role": "backend-engineer",
        "skills": [{"text": text, "is_primary": text in primary} for text in skills],
        "exp_min": None,
        "exp_max": None,
        "work_mode": None,
        **fields,
    }


def parents_of(roles: Path) -> dict[str, str]:
    with roles.open(newline="", encoding="utf-8") as file:
        return {row["slug"]: row["parent_slug"] for row in csv.DictReader(file) if row["parent_slug"]}


TERMS = ["Java", "REST APIs", "REST API", "APIs", "C++", "node.js", "Node.js / Express", "SQL", "!!", "class", "CI/CD"]


@pytest.mark.parametrize("seed", range(4))
def test_the_figures_are_those_of_the_labels_own_scorer(tmp_path: Path, seed: int) -> None:
    scorer, roles = shared_folder("labels", "score.py"), shared_folder("labels", "roles.csv")
    parents = parents_of(roles)
    random = Random(seed)
    slugs = [*sorted(parents)[:6], *sorted(set(parents.values()))[:4], "other"]

    def some(values: list[Any]) -> list[Any]:
        return random.sample(values, random.randint(0, 5))

    gold, predicted = [], []
    for number in range(40):
        skills = some(TERMS)
        years = {"exp_min": random.choice([None, 2, 3.5]), "exp_max": random.choice([None, 5])}
        gold.append(
            label(
                f"id-{number}",
                role=random.choice(slugs),
                also_ok=some(slugs)[:2],
                skills=skills,
                primary=skills[:2],
                work_mode=random.choice([None, "null", "remote", "hybrid"]),
                **years,
            )
        )
        if random.random() < 0.9:
            found = some(TERMS)
            predicted.append(
                prediction(
                    f"id-{number}",
                    *found,
                    primary=tuple(found[:2]),
                    role=random.choice([*slugs, None]),
                    work_mode=random.choice([None, "remote", "hybrid"]),
                    **(years if random.random() < 0.5 else {"exp_min": 1, "exp_max": None}),
                )
            )
    for name, lines in (("gold", gold), ("predicted", predicted)):
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    printed = subprocess.run(
        [sys.executable, str(scorer), str(tmp_path / "gold"), str(tmp_path / "predicted")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "\n".join(score(gold, predicted, parents).lines()) == printed.rstrip("\n")


def test_right_answers_score_one_and_no_answers_nothing() -> None:
    gold = [label("a", skills=["Java"], primary=["Java"], exp_min=2, work_mode="remote")]
    right = score(gold, [prediction("a", "java", primary=("java",), exp_min=2, work_mode="remote")], {})
    assert (right.role_exact, right.role_accepted, right.role_family) == (1, 1, 1)
    assert right.strict.scores == right.partial.scores == right.primary.scores == (1, 1, 1)
    assert (right.experience, right.work_mode) == (1, 1)
    none = score(gold, [], {})
    assert (none.predicted, none.role_exact, none.experience, none.work_mode) == (0, 0, 0, 0)
    assert none.strict.scores == (0, 0, 0)
    assert score([], [], {}).lines()[0] == "postings 0, predicted 0"


def test_a_role_may_be_exact_accepted_or_of_the_family() -> None:
    gold = [label("a", role="java-developer", also_ok=["backend-engineer"])]
    parents = {"java-developer": "backend-engineer", "go-developer": "backend-engineer"}

    def figures(role: str) -> tuple[float, float, float]:
        found = score(gold, [prediction("a", role=role)], parents)
        return found.role_exact, found.role_accepted, found.role_family

    assert figures("java-developer") == (1, 1, 1)
    assert figures("backend-engineer") == (0, 1, 1)
    assert figures("go-developer") == (0, 0, 1)
    assert figures("data-analyst") == (0, 0, 0)


def test_a_term_inside_a_longer_one_is_a_partial_hit_alone() -> None:
    found = score([label("a", skills=["Web services"])], [prediction("a", "Design of web service")], {})
    assert found.strict.scores == (0, 0, 0)
    assert found.partial.scores == (1, 1, 1)


@pytest.mark.parametrize(
    ("one", "other"), [("Web services", "web service"), ("Java,", "java"), ("(C++)", "c++"), ("databases", "Database")]
)
def test_case_punctuation_and_a_plural_s_do_not_count(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(("one", "other"), [("C", "C++"), ("class", "clas"), ("AWS", "AW"), ("node.js", "node")])
def test_what_is_part_of_a_name_counts(one: str, other: str) -> None:
    assert words(one) != words(other)


SETS = st.sets(st.sampled_from([("a",), ("a", "b"), ("b",), ("c",), ("a", "b", "c")]))


@settings(deadline=None)
@given(SETS, SETS)
def test_partial_hits_are_never_fewer_than_strict_ones_and_figures_lie_within_0_and_1(
    gold: set[tuple[str, ...]], found: set[tuple[str, ...]]
) -> None:
    strict, partial = Overlap(), Overlap()
    strict.add(gold, found, partial=False)
    partial.add(gold, found, partial=True)
    assert all(0 <= figure <= 1 for figure in (*strict.scores, *partial.scores))
    assert strict.predicted_hits <= partial.predicted_hits
    assert strict.labelled_hits <= partial.labelled_hits


# --- reading and predicting -----------------------------------------------------------------------------------------


def test_labels_are_read_line_by_line_whatever_separators_a_text_holds(tmp_path: Path) -> None:
    lines = [label("a", text="one\u2028two\x85three"), label("b")]
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n", encoding="utf-8")
    assert read_labels(path) == lines


def test_a_bad_label_line_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(label("a")) + "\n{oops\n")
    with pytest.raises(PermanentError, match=r"labels\.jsonl, line 2: no JSON"):
        read_labels(path)
    path.write_text(json.dumps({"id": "a", "title": "x"}) + "\n")
    with pytest.raises(PermanentError, match="line 1: text, role, skills missing"):
        read_labels(path)
    path.write_text("17\n")
    with pytest.raises(PermanentError, match="line 1: "):
        read_labels(path)


def test_the_shared_labels_are_read() -> None:
    labels = read_labels(shared_folder("labels", "postings.jsonl"))
    vocabulary = read_vocabulary(shared_folder("labels", "roles.csv"))
    assert labels
    assert {line["role"] for line in labels} <= vocabulary | {"other"}


def test_a_missing_vocabulary_is_an_empty_one(tmp_path: Path) -> None:
    assert read_vocabulary(tmp_path / "roles.csv") == frozenset()


def answered(decision: RoleDecision) -> Upstream:
    span = Span(field="title", start=0, end=4)
    skill = ExtractedSkill(name="Java", is_primary=True, spans=(span,), section="title", origin="library", why="alias")
    return Upstream(
        as_posting(label("a", title="Java Developer")),
        nano_parse=NanoParse.model_validate(
            {"JD_type": "pass", "role": "Java Developer", "experience": {"min": 2}, "work_mode": "remote"}
        ),
        extracted_skills=ExtractedSkills(final_skills=(skill,)),
        role_decisions=decision,
    )


def test_a_prediction_line_says_what_the_pipeline_says() -> None:
    decision = RoleDecision(case="SUB_ROLE", role="backend-engineer", specific_role="java-developer")
    assert as_prediction(answered(decision)) == {
        "id": "a",
        "role": "java-developer",
        "skills": [{"text": "Java", "is_primary": True}],
        "exp_min": 2,
        "exp_max": None,
        "work_mode": "remote",
    }


def test_a_speciality_that_the_labels_do_not_know_is_said_as_the_role_above_it() -> None:
    decision = RoleDecision(case="SUB_ROLE", role="backend-engineer", specific_role="java-developer")
    assert as_prediction(answered(decision), {"backend-engineer"})["role"] == "backend-engineer"
    assert as_prediction(answered(decision), {"java-developer"})["role"] == "java-developer"
    assert as_prediction(answered(RoleDecision(case="NOT_TECH")), {"backend-engineer"})["role"] == "other"
