"""What the simulator's own tests ask: a small schema, and the calls of the plain SDK.

What belongs here: helpers of the tests in this folder.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import openai
from openai.lib._parsing._completions import type_to_response_format_param
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

from jd_assets_tests.simulator.client import Simulator

MODEL = "gpt-6-luna"
POSTING = "We need a Python developer.\nYou know Kafka and Postgres well.\nWork from Lisbon or from home."


class Skill(BaseModel):
    """A part of an answer."""

    name: str
    importance: Literal["primary", "secondary"]
    years: int | None


class Reading(BaseModel):
    """An answer."""

    quote: str
    role: Literal["backend", "frontend"]
    skills: list[Skill]
    certain: bool


FORM: Any = type_to_response_format_param(Reading)


def connect(simulator: Simulator, **options: Any) -> openai.OpenAI:
    """The plain SDK, without its retries."""
    settings: dict[str, Any] = {"api_key": "sk-test-0123456789", "max_retries": 0, **options}
    return openai.OpenAI(base_url=simulator.url, **settings)


def messages(posting: str = POSTING, system: str = "Read the posting.") -> list[Any]:
    """A conversation as the project holds them: static part, then the posting in its channel."""
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": f"The posting:\n<posting>\n{posting}\n</posting>"},
    ]


def ask(sdk: openai.OpenAI, posting: str = POSTING, **options: Any) -> ChatCompletion:
    """One reading of a posting."""
    wanted = {"model": MODEL, "messages": messages(posting), "response_format": FORM, "store": False} | options
    completion: ChatCompletion = sdk.chat.completions.create(**wanted)
    return completion


def outcomes(sdk: openai.OpenAI, count: int, **options: Any) -> list[str]:
    """How so many different postings fare: the name of the SDK's error, or "good"."""

    def outcome(number: int) -> str:
        try:
            ask(sdk, f"Posting {number}. {POSTING}", **options)
        except openai.APIError as problem:
            return type(problem).__name__
        return "good"

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(outcome, range(count)))
