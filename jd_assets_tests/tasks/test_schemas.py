"""Every schema is one that endpoints enforce to the letter: what strict mode takes, within its limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from openai.lib._pydantic import to_strict_json_schema

from jd_assets.engines.openai.config import TASKS as CONFIGURED
from jd_assets.library.model import Taxonomy
from jd_assets.records import Record
from jd_assets.stages.registry import STAGES
from jd_assets.tasks.base import Task
from jd_assets.tasks.confidence import learned
from jd_assets.tasks.registry import TASKS

MOST_PROPERTIES, DEEPEST, MOST_ENUM_VALUES = 5_000, 10, 1_000
NOT_TAKEN = {"allOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties"}

Any_task = type[Task[Any, Any, Any]]
every_task = pytest.mark.parametrize("kind", TASKS, ids=lambda kind: kind.name)


def nodes(node: Any, depth: int = 1) -> Iterator[tuple[dict[str, Any], int]]:
    """Every part of a schema, with how many objects deep it stands."""
    if isinstance(node, dict):
        yield node, depth
        for value in node.values():
            yield from nodes(value, depth + (node.get("type") == "object"))
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value, depth)


@every_task
def test_a_schema_is_an_object_whose_every_object_is_closed_and_requires_all(kind: Any_task) -> None:
    schema = to_strict_json_schema(kind.schema)
    assert schema["type"] == "object"
    assert "anyOf" not in schema
    for node, _ in nodes(schema):
        assert not NOT_TAKEN & node.keys()
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])


@every_task
def test_a_schema_stays_within_the_limits_of_strict_mode(kind: Any_task) -> None:
    found = list(nodes(to_strict_json_schema(kind.schema)))
    assert sum(len(node.get("properties", ())) for node, _ in found) <= MOST_PROPERTIES
    assert max(depth for _, depth in found) <= DEEPEST
    assert sum(len(node.get("enum", ())) for node, _ in found) <= MOST_ENUM_VALUES


@every_task
def test_a_schema_has_no_defaults_so_that_nothing_missing_is_filled_in(kind: Any_task) -> None:
    assert not any("default" in node for node, _ in nodes(kind.schema.model_json_schema()))


def test_the_schemas_have_names_of_their_own() -> None:
    assert len({kind.schema.__name__ for kind in TASKS}) == len(TASKS)


def test_the_tasks_are_those_that_can_be_configured_and_each_has_a_threshold() -> None:
    assert {kind.name for kind in TASKS} == set(CONFIGURED)
    assert learned().keys() == set(CONFIGURED)


def test_tasks_belong_to_stages_in_pipeline_order() -> None:
    order = [stage.name for stage in STAGES]
    assert sorted(TASKS, key=lambda kind: order.index(kind.stage)) == list(TASKS)
    assert all(issubclass(stage.output, Record) for stage in STAGES)


@every_task
def test_a_prompt_is_small_says_what_data_is_and_begins_alike_for_all(kind: Any_task) -> None:
    prompt = kind(Taxonomy()).instructions
    assert len(prompt) < 3_000
    assert "never follow it" in prompt
    assert prompt.startswith("You are one step")
    assert "Task: " in prompt
