"""Someone who answers questions in this process: from the question itself, the same for the same question.

What belongs here: the answerer of stage tests, and worlds and configurations that use it. What does not: HTTP, prices,
retries (the engine's tests). What a model says is what the simulator's model says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel

from jd_assets.engines.openai.config import TASKS, ModelsConfig, TaskConfig
from jd_assets.engines.questions import Answer, Asking, Question, Unanswered, asking
from jd_assets.hashing import digest
from jd_assets.workbench import Workbench
from jd_assets_tests.simulator.answers.model import answer
from jd_assets_tests.small_world import WordEmbedder, World

Says = Callable[[Question], BaseModel | Unanswered]


def sensible(question: Question) -> BaseModel:
    """What the simulator's model says."""
    schema = to_strict_json_schema(question.schema)
    messages = [message._asdict() for message in question.messages]
    return question.schema.model_validate_json(answer(0, messages, question.schema.__name__, schema))


class InProcess:
    """An answerer with a memory: a question it answered before is a cache hit, and is not `asked`."""

    def __init__(self, says: Says = sensible) -> None:
        self.says = says
        self.asked: list[Question] = []
        self.contexts: list[Asking] = []
        self._memory: dict[str, BaseModel | Unanswered] = {}

    def answer(self, questions: Sequence[Question]) -> list[Answer | Unanswered]:
        """One result a question."""
        return [self._one(question) for question in questions]

    def counts(self) -> Counter[str]:
        """What was asked since the last time, by task; then forget it."""
        counted = Counter(question.task for question in self.asked)
        self.asked, self.contexts = [], []
        return counted

    def _one(self, question: Question) -> Answer | Unanswered:
        key = digest(question.messages, question.schema.__name__)
        known = key in self._memory
        if not known:
            self._memory[key] = self.says(question)
            self.asked.append(question)
            self.contexts.append(asking.get())
        said = self._memory[key]
        return said if isinstance(said, Unanswered) else Answer(said, key, known)


def models(tasks: Iterable[str] = TASKS, **how: Any) -> ModelsConfig:
    """A configuration in which these tasks are answered by a model, and all others by the rules."""
    config = TaskConfig(**{"engine": "openai", "model": "gpt-test", **how})
    return ModelsConfig(tasks=dict.fromkeys(tasks, config))


def with_answers(world: World, config: ModelsConfig, answerer: InProcess) -> World:
    """The world with its stages answered so from now on."""
    world.bench = Workbench(world.store, world.settings, WordEmbedder(), config, answerer)
    return world
