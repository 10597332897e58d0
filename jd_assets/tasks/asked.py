"""A stage some of whose answers come from a model: the rules answer first, then questions are asked and merged in.

To the pipeline it is the stage itself: same name, same upstream, same record. Its facts hold the library's part of the
questions too, its code version covers its tasks, their models and how they are asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import ValidationError

from jd_assets.engines.openai.config import TaskConfig
from jd_assets.engines.questions import Answer, Answerer, Question, Unanswered
from jd_assets.hashing import digest
from jd_assets.stages.base import Stage, Tally, Upstream
from jd_assets.tasks.base import Subject, Task
from jd_assets.tasks.confidence import default_threshold

ASKED_TOGETHER = 2_000  # postings judged at once: the endpoint idles while the last answers of a batch come in


class AskedFacts(NamedTuple):
    """The stage's own facts, and what each task gathered."""

    stage: Any
    tasks: tuple[Any, ...]


class UsedTask(NamedTuple):
    """A task and how it is used."""

    task: Task[Any, Any, Any]
    config: TaskConfig

    @property
    def threshold(self) -> float:
        """The confidence from which the rules' answer stands; nothing is so sure where the model always answers."""
        if self.config.engine == "openai":
            return float("inf")
        return default_threshold(self.task.name) if self.config.threshold is None else self.config.threshold

    @property
    def version(self) -> str:
        """Changes with whatever decides an answer: the task, the model and how it is asked."""
        return digest(
            self.task.version,
            self.config.engine,
            self.config.model,
            {name: str(value) for name, value in self.config.parameters.items()},
            self.config.on_failure,
            self.threshold if self.config.engine == "cascade" else None,
        )


class AskedStage(Stage[AskedFacts, Any]):
    """A stage with tasks, asked in their order: each sees the record as the one before left it."""

    asks = True
    batch = ASKED_TOGETHER

    def __init__(self, stage: Stage[Any, Any], tasks: Sequence[UsedTask], answerer: Answerer | None) -> None:
        """Without an answerer the stage has its names and versions, and cannot judge."""
        self._stage, self._tasks, self._answerer = stage, tuple(tasks), answerer
        self.name, self.reads, self.output = stage.name, stage.reads, stage.output
        self.shares_judgement = stage.shares_judgement
        parts = (*stage.library_parts, *(part for used in tasks for part in used.task.library_parts))
        self.library_parts = tuple(dict.fromkeys(parts))

    @cached_property
    def code_version(self) -> str:
        return digest(self._stage.code_version, [used.version for used in self._tasks])

    def adopt(self, record: Any, leader: str) -> Any:
        return self._stage.adopt(record, leader)

    def gather(self, batch: Sequence[Upstream]) -> Sequence[AskedFacts]:
        own = zip(*(used.task.gather(batch) for used in self._tasks), strict=True)
        return [AskedFacts(facts, tuple(parts)) for facts, parts in zip(self._stage.gather(batch), own, strict=True)]

    def judge(self, upstream: Upstream, facts: AskedFacts) -> Any:
        """The rules' record: what `judge_batch` starts from."""
        return self._stage.judge(upstream, facts.stage)

    def judge_batch(self, batch: Sequence[tuple[Upstream, AskedFacts]], tally: Tally) -> Sequence[Any]:
        """The records, with Unanswered for postings that got no acceptable answer."""
        results = [self.judge(upstream, facts) for upstream, facts in batch]
        escalated: set[int] = set()
        for number, used in enumerate(self._tasks):
            subjects = {
                position: Subject(upstream, facts.stage, facts.tasks[number], results[position])
                for position, (upstream, facts) in enumerate(batch)
                if not isinstance(results[position], Unanswered)
            }
            changed = self._with_answers(used, subjects, tally)
            for position, result in changed.items():
                results[position] = result
            escalated |= changed.keys()
        tally.escalated += len(escalated)
        return results

    def _with_answers(
        self, used: UsedTask, subjects: Mapping[int, Subject[Any, Any, Any]], tally: Tally
    ) -> dict[int, Any]:
        """What becomes of the subjects about which one task asks anything."""
        asks = {position: used.task.asks(subject) for position, subject in subjects.items()}
        wanted = [
            (position, number, ask.question)
            for position, own in asks.items()
            for number, ask in enumerate(own)
            if ask.confidence < used.threshold
        ]
        tally.questions += len(wanted)
        tally.kept += sum(map(len, asks.values())) - len(wanted)
        if not wanted:
            return {}
        assert self._answerer is not None, f"{self.name} was built for its versions only"
        answers = self._answerer.answer([question for _, _, question in wanted])
        given: dict[int, list[Any]] = {position: [None] * len(asks[position]) for position, _, _ in wanted}
        failed: dict[int, Unanswered] = {}
        for (position, number, question), answer in zip(wanted, answers, strict=True):
            checked = _checked(question, answer)
            if isinstance(checked, Unanswered):
                failed.setdefault(position, checked)
            else:
                given[position][number] = checked.value
                tally.cache_hits += checked.cached
        results = {}
        for position, values in given.items():
            subject = subjects[position]
            if position not in failed:
                results[position] = used.task.merge(subject, values)
            elif used.config.on_failure == "rules":
                results[position] = subject.record
                tally.fell_back += 1
            else:
                results[position] = failed[position]
        return results


def _checked(question: Question, answer: Answer | Unanswered) -> Answer | Unanswered:
    """The answer, held once more against schema and check: nothing else stands between a model and the rows."""
    if isinstance(answer, Unanswered):
        return answer
    try:
        value = question.schema.model_validate(answer.value.model_dump(warnings=False))
    except ValidationError as error:
        return Unanswered(
            "invalid_schema", f"the answer is no {question.schema.__name__}: {error.error_count()} errors"
        )
    problems = question.check(value)
    return Unanswered("check_failed", f"{len(problems)} problems with the answer") if problems else answer
