"""A server that nobody here wrote answers strict requests with what the schema asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import openai
import pytest
from pydantic import BaseModel

from jd_assets.engines.openai.config import Endpoint, Limits, ModelsConfig, TaskConfig
from jd_assets.engines.openai.engine import ModelEngine
from jd_assets.engines.questions import Answer, Message, Question
from jd_assets.store import Store
from jd_assets.tasks.registry import TASKS
from jd_assets_tests.tiny_gguf import write_tiny_llama


class Skill(BaseModel):
    name: str
    importance: Literal["primary", "secondary"]
    years: int | None


class Reading(BaseModel):
    quote: str
    role: Literal["backend-engineer", "frontend-engineer"]
    skills: list[Skill]
    best: Skill
    certain: bool


@pytest.fixture
def sdk(llama_url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=llama_url, api_key="none", max_retries=0, timeout=30)


def _ask(sdk: openai.OpenAI, seed: int) -> Reading | None:
    completion = sdk.chat.completions.parse(
        model="tiny",
        messages=[
            {"role": "system", "content": "Read the posting."},
            {"role": "user", "content": '<posting>\n{"title":"Python developer"}\n</posting>'},
        ],
        response_format=Reading,
        max_completion_tokens=2000,
        seed=seed,
    )
    assert completion.usage is not None and completion.usage.completion_tokens > 0
    assert completion.choices[0].finish_reason == "stop"
    return completion.choices[0].message.parsed


def test_every_answer_fits_its_schema_however_little_the_model_knows(sdk: openai.OpenAI) -> None:
    answers = [_ask(sdk, seed) for seed in range(8)]
    assert all(isinstance(answer, Reading) for answer in answers)
    assert len({answer.role for answer in answers if answer}) == 2


def test_the_engine_works_on_it_unchanged_with_the_schemas_of_all_tasks(llama_url: str, store: Store) -> None:
    config = ModelsConfig(
        endpoint=Endpoint(base_url=llama_url, api_key_env="", timeout_seconds=60),
        limits=Limits(concurrency=2),
        defaults=TaskConfig(engine="openai", model="tiny", parameters={"seed": 1}),
    )
    questions = [
        Question(
            task=task.name,
            posting_id="posting-1",
            messages=(Message("system", "Read the posting."), Message("user", "<posting>\n{}\n</posting>")),
            schema=task.schema,
            check=lambda answer: [],
            max_output_tokens=4000,
        )
        for task in TASKS
    ]
    with ModelEngine(store.calls, config, {}) as engine:
        first = engine.answer(questions)
        again = engine.answer(questions)
    for question, answer, known in zip(questions, first, again, strict=True):
        assert isinstance(answer, Answer) and isinstance(answer.value, question.schema) and not answer.cached
        assert isinstance(known, Answer) and known.cached and known.value == answer.value
    sent = [line for line in store.calls.lines(posting_id="posting-1") if not line.cached]
    assert len(sent) == len(questions)
    assert {line.cost_usd for line in sent} == {None}  # nobody knows its price, so it is not 0


def test_an_answer_cut_off_by_its_length_says_so(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        sdk.chat.completions.parse(
            model="tiny",
            messages=[{"role": "user", "content": "Read."}],
            response_format=Reading,
            max_completion_tokens=5,
        )


def test_the_same_seed_writes_the_same_model(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_tiny_llama(tmp_path / name, seed=3)
    write_tiny_llama(tmp_path / "other", seed=4)
    one, two, other = ((tmp_path / name).read_bytes() for name in ("one", "two", "other"))
    assert one == two != other
    assert len(one) < 200_000
