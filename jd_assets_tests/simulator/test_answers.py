"""What the simulated model says: always what the schema asks for, always the same, always the posting's own words."""

from __future__ import annotations

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import BadRequestError
from pydantic import BaseModel

from jd_assets_tests.simulator import strict
from jd_assets_tests.simulator.answers.model import answer
from jd_assets_tests.simulator.asking import FORM, POSTING, Reading, ask, connect, messages
from jd_assets_tests.simulator.client import Simulator

SCHEMA = FORM["json_schema"]["schema"]


@given(st.text(), st.integers())
def test_every_answer_fits_its_schema(posting: str, seed: int) -> None:
    Reading.model_validate_json(answer(seed, messages(posting), "Reading", SCHEMA))


@given(st.integers())
def test_strings_are_verbatim_words_of_the_posting(seed: int) -> None:
    read = Reading.model_validate_json(answer(seed, messages(), "Reading", SCHEMA))
    assert all(text in POSTING for text in [read.quote, *(skill.name for skill in read.skills)])


def test_the_same_request_gets_the_same_answer_from_another_process_too(simulator: Simulator) -> None:
    first, second = (ask(connect(simulator)).choices[0].message.content for _ in range(2))
    assert first == second == answer(0, messages(), "Reading", SCHEMA)


def test_the_sdk_parses_the_answer(simulator: Simulator) -> None:
    sdk = connect(simulator)
    parsed = sdk.chat.completions.parse(model="gpt-6-luna", messages=messages(), response_format=Reading)
    assert isinstance(parsed.choices[0].message.parsed, Reading)
    assert parsed.choices[0].finish_reason == "stop"


def test_an_answer_longer_than_allowed_ends_with_length_and_is_billed_to_that_length(simulator: Simulator) -> None:
    short = ask(connect(simulator), max_completion_tokens=5)
    assert short.choices[0].finish_reason == "length"
    assert simulator.bill().charges[0].output == 5


def test_a_schema_that_is_not_strict_is_refused_as_openai_refuses_it(simulator: Simulator) -> None:
    loose = {"type": "object", "properties": {"a": {"type": "string"}}, "required": [], "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "Loose", "strict": True, "schema": loose}}
    with pytest.raises(BadRequestError, match="'required' lacks 'a'"):
        ask(connect(simulator), response_format=form)
    assert simulator.bill().charges == ()


def test_what_strict_endpoints_forbid_is_found_wherever_it_stands() -> None:
    inner = {"type": "object", "properties": {"x": {"type": "string", "default": "a"}}, "required": ["x"]}
    schema = {
        "type": "object",
        "properties": {"list": {"type": "array", "items": {"$ref": "#/$defs/Inner", "description": "no"}}},
        "required": ["list"],
        "additionalProperties": False,
        "$defs": {"Inner": inner},
    }
    assert strict.problems(schema) == [
        "list/items: '$ref beside other keywords' is not permitted",
        "list/items: 'additionalProperties' is required to be supplied and to be false",
        "list/items/x: 'default' is not permitted",
    ]
    assert strict.problems(SCHEMA) == []


def test_a_schema_that_holds_itself_is_strict_and_too_deep_a_one_is_not() -> None:
    class Tree(BaseModel):
        model_config = {"extra": "forbid"}
        children: list[Tree]

    schema = {**Tree.model_json_schema()["$defs"]["Tree"], "$defs": Tree.model_json_schema()["$defs"]}
    assert strict.problems(schema) == []
    deep: dict[str, object] = {"type": "string"}
    for _ in range(11):
        deep = {"type": "object", "properties": {"a": deep}, "required": ["a"], "additionalProperties": False}
    assert "more than 10 levels" in strict.problems(deep)[0]


def test_texts_that_share_words_have_near_vectors(simulator: Simulator) -> None:
    texts = ["python backend developer", "senior python backend developer", "primary school teacher"]
    found = connect(simulator).embeddings.create(model="text-embedding-3-small", input=texts, dimensions=64)
    same, near, far = (
        sum(a * b for a, b in zip(found.data[0].embedding, each.embedding, strict=True)) for each in found.data
    )
    assert math.isclose(same, 1, rel_tol=1e-5)
    assert near > 0.7 > far + 0.3
    plain = connect(simulator).embeddings.create(
        model="text-embedding-3-small", input=texts, dimensions=64, encoding_format="float"
    )
    assert orjson.dumps(plain.data[0].embedding) == orjson.dumps(found.data[0].embedding)
