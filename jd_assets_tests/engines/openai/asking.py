"""What the tests of the model engine ask: a small schema, its check, and engines on an endpoint of the test's own.

What belongs here: helpers of the tests in this folder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from jd_assets.engines.openai.config import Endpoint, ModelsConfig, TaskConfig
from jd_assets.engines.openai.engine import ModelEngine
from jd_assets.engines.questions import Answer, Message, Question, Unanswered

MODEL = "gpt-6-luna"
KEY = "sk-test-0123456789abcdef"
ENVIRON = {"OPENAI_API_KEY": KEY}
TASK = "nano_parse"
SYSTEM = "You read job postings. Quote the duty that stands first."

OpenEngine = Callable[..., AbstractContextManager[ModelEngine]]


class Duty(BaseModel):
    """The answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quote: str
    managing: bool


def posting(number: int) -> str:
    """A posting of a test's own."""
    return f"Posting {number}. You build services in Python and look after {number} databases in Lisbon."


def question(number: int, *, task: str = TASK, system: str = SYSTEM, text: str | None = None) -> Question:
    """A question about one posting; the quote of its answer must stand there."""
    body = posting(number) if text is None else text

    def check(answer: Any) -> list[str]:
        return [] if answer.quote in body else [f"the quote {answer.quote!r} does not stand in the posting"]

    messages = (Message("system", system), Message("user", f"<posting>\n{body}\n</posting>"))
    return Question(task, f"posting-{number}", messages, Duty, check, max_output_tokens=200)


def questions(count: int, **options: Any) -> list[Question]:
    """As many different questions."""
    return [question(number, **options) for number in range(count)]


def config(url: str, **changes: Any) -> ModelsConfig:
    """Everything answered by MODEL at `url`."""
    wanted = ModelsConfig(
        endpoint=Endpoint(base_url=url, timeout_seconds=10), defaults=TaskConfig(engine="openai", model=MODEL)
    )
    return replace(wanted, **changes)


def values(results: Sequence[Answer | Unanswered]) -> list[BaseModel]:
    """The values of answers, all of which must be there."""
    assert all(isinstance(result, Answer) for result in results), [r for r in results if isinstance(r, Unanswered)][:3]
    return [result.value for result in results if isinstance(result, Answer)]
