"""Accuracy against the share sent to a model, and how sure the rules are of an answer."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from jd_assets.engines.openai.config import ModelsConfig, TaskConfig
from jd_assets.engines.questions import Question, Unanswered
from jd_assets.evaluation.calibrate import FIXED, as_toml, fit
from jd_assets.evaluation.measure import Engine, measure_engine, with_engine
from jd_assets.tasks.confidence import CONFIDENCE_FILE, Learned, learned
from jd_assets_tests.small_world import WordEmbedder, small_library
from jd_assets_tests.tasks.answering import InProcess, sensible

TITLES = ("Backend Engineer", "Data Analyst", "Frontend Engineer", "Blimp Pilot")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Eight labelled postings; the role of every second one is another than its title says."""
    path = tmp_path / "labels.jsonl"
    roles = ("backend-engineer", "data-analyst", "frontend-engineer", "data-analyst")
    lines = [
        {
            "id": f"{number}",
            "title": TITLES[number % 4],
            "text": f"Requirements\n• 3 years of Java and SQL\n• Tableau for house {number}",
            "role": roles[number % 4],
            "skills": ["Java", "SQL", "Tableau"],
            "exp_min": 3,
            "exp_max": None,
            "work_mode": None,
        }
        for number in range(8)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def knowing(question: Question) -> BaseModel | Unanswered:
    """A model that knows the labels' roles."""
    said = sensible(question)
    if question.task not in ("decide_role", "adjudicate_role"):
        return said
    shown = json.loads(question.messages[-1].content.split("\n")[1])
    role, domain = {"B": ("backend-engineer", "Software"), "F": ("frontend-engineer", "Software")}.get(
        shown["title"][0] if shown["title"] != "Blimp Pilot" else "", ("data-analyst", "Data")
    )
    return question.schema.model_validate(
        {**said.model_dump(), "outcome": "role", "role": role, "domain": domain, "confidence": 0.9}
    )


def measured(labels: Path, engine: Any, answerer: InProcess | None) -> Engine:
    config = with_engine(ModelsConfig(defaults=TaskConfig(model="gpt-test")), engine)
    return measure_engine(labels, small_library(), WordEmbedder(), config, answerer, "eval")


def test_a_curve_begins_with_the_rules_alone_and_ends_with_the_model_alone(labels: Path) -> None:
    found = measured(labels, "openai", InProcess(knowing))
    rules = measured(labels, "rules", None)
    curve = [point for point in found.points if point.task == "decide_role"]
    assert [point.threshold for point in curve] == sorted(point.threshold for point in curve)
    assert [point.sent for point in curve] == sorted(point.sent for point in curve)
    assert (curve[0].sent, curve[-1].sent) == (0.0, 1.0)
    assert curve[0].together == curve[0].kept_by_rules == rules.scores.role_accepted
    assert curve[-1].together == curve[-1].sent_by_model == found.scores.role_accepted == 1.0
    assert sum(point.default for point in curve) == 1
    assert all(point.together is None for point in rules.points)


def test_what_was_asked_is_counted_by_stage(labels: Path) -> None:
    answerer = InProcess(knowing)
    found = measured(labels, "openai", answerer)
    assert found.asked["role_decisions"].escalated == 8
    assert {context.run_id for context in answerer.contexts} == {"eval"}
    assert {question.task for question in answerer.asked} <= {
        "nano_parse",
        "extract_skills",
        "decide_role",
        "adjudicate_role",
    }


def test_a_cascade_asks_less_than_the_model_alone(labels: Path) -> None:
    all_asked, some = InProcess(knowing), InProcess(knowing)
    measured(labels, "openai", all_asked)
    found = measured(labels, "cascade", some)
    assert len(some.asked) < len(all_asked.asked)
    assert sum(tally.kept for tally in found.asked.values()) > 0


def test_numbers_are_learned_that_tell_good_answers_from_others_and_no_more() -> None:
    dice = np.random.default_rng(1)
    features = dice.standard_normal((200, 3))
    told = fit(features, (features[:, 0] + 0.3 * dice.standard_normal(200) > 0).astype(float))
    chance = fit(features, (dice.random(200) > 0.5).astype(float))
    assert told.auc > 0.9
    assert told.good_kept > told.good_sent
    assert abs(chance.auc - 0.5) < 0.1
    assert told.weights[0] > 5 * max(map(abs, told.weights[1:]))


def test_the_packaged_numbers_are_what_the_calibration_writes() -> None:
    packaged = tomllib.loads(CONFIDENCE_FILE.read_text())
    fits = {
        name: fit(np.eye(3)[np.arange(30) % 3], (np.arange(30) % 2).astype(float))
        for name in ("nano_parse", "extract_skills")
    }
    assert {name: set(table) for name, table in tomllib.loads(as_toml(fits, 30)).items()} == {
        name: set(table) for name, table in packaged.items()
    }
    assert {name: packaged[name]["threshold"] for name in FIXED} == FIXED


def test_a_confidence_is_a_probability() -> None:
    assert Learned(0.0, (1.0,), 0.5).probability([0.0]) == 0.5
    assert 0 <= learned()["extract_skills"].probability([0.0, 0.0, 1.0]) < 0.2
    assert Decimal(str(learned()["nano_parse"].probability([0, 0, 0]))).as_tuple().exponent >= -4
