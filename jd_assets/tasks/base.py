"""What a task is: something a stage's rules answer and a model may answer better.

A task turns a posting into questions, says how sure the rules' own answer is, checks what comes back, and merges it
into the stage's record. It knows nothing of endpoints, prices or retries, and like a stage's `judge` it is pure: the
library's part in a question is gathered before (`gather`), and counts into the row's input hash.

What a model says reaches a record in two ways only: as a choice among what was offered, or as a quotation, which our
code finds in the posting and copies from there. Reasoning in free words stays in the ledger of calls.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from jd_assets.engines.questions import Message, Question
from jd_assets.hashing import digest
from jd_assets.library.model import Taxonomy
from jd_assets.records import Record
from jd_assets.stages.base import Upstream
from jd_assets.versions import source_version

Facts = TypeVar("Facts")
Own = TypeVar("Own")
Output = TypeVar("Output", bound=Record)

_RULES_OF_THE_CHANNEL = Path(__file__).with_name("channel.txt")  # heads every prompt


class Strict(BaseModel):
    """An answer's schema as endpoints enforce it: no further fields, none optional."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Subject(Generic[Facts, Own, Output]):
    """One posting before a task: what its stage knows, what the task gathered, and the record so far."""

    upstream: Upstream
    facts: Facts
    own: Own
    record: Output  # of the rules, with the answers of the stage's earlier tasks in it


@dataclass(frozen=True, slots=True)
class Ask:
    """A question, and how sure the answer is that the record holds without it (0..1)."""

    confidence: float
    question: Question


class Task(ABC, Generic[Facts, Own, Output]):
    """One task. Its prompt stands beside its module, in a text file of the same name."""

    name: ClassVar[str]
    stage: ClassVar[str]
    schema: ClassVar[type[Strict]]
    max_output_tokens: ClassVar[int]
    library_parts: ClassVar[tuple[str, ...]] = ()  # tables that `gather` looks at, beside the stage's own

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy

    @abstractmethod
    def gather(self, batch: Sequence[Upstream]) -> Sequence[Own]:
        """What the library has to say in the questions about each posting: hashable, one entry a posting."""

    @abstractmethod
    def asks(self, subject: Subject[Facts, Own, Output]) -> Sequence[Ask]:
        """The questions about a posting; none if there is nothing to ask."""

    @abstractmethod
    def merge(self, subject: Subject[Facts, Own, Output], answers: Sequence[Any]) -> Output:
        """The record with the checked answers in it: one per question, None where it was not asked."""

    @cached_property
    def instructions(self) -> str:
        """The static part of every request: how data is marked, and what to do."""
        own = Path(inspect.getfile(type(self))).with_name(f"{self.name}.txt")
        return _RULES_OF_THE_CHANNEL.read_text(encoding="utf-8") + "\n" + own.read_text(encoding="utf-8")

    @cached_property
    def version(self) -> str:
        """Changes with the prompt, the schema and all code that checks or merges an answer."""
        return digest(
            source_version(type(self).__module__),
            self.instructions,
            self.schema.model_json_schema(),
            self.max_output_tokens,
        )

    def question(self, posting_id: str, data: Sequence[str], check: Callable[[Any], list[str]]) -> Question:
        """A question: the static part first, then data blocks (see `channel`), the posting's own last."""
        messages = (Message("system", self.instructions), *(Message("user", block) for block in data))
        return Question(self.name, posting_id, messages, self.schema, check, self.max_output_tokens)


class PostingTask(Task[Facts, None, Output]):
    """A task whose questions hold nothing of the library but what its stage has gathered."""

    def gather(self, batch: Sequence[Upstream]) -> Sequence[None]:
        return [None] * len(batch)
