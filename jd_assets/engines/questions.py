"""What a task asks of a model and what comes back: the vocabulary between the tasks and whoever answers them.

What belongs here: questions, answers, the promise of an `Answerer`, and on whose behalf something is asked. What does
not: prompts and schemas (the tasks), requests, retries, prices (`engines/openai`), rows of calls (`store`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from pydantic import BaseModel


class Message(NamedTuple):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked of a model about one posting."""

    task: str
    posting_id: str
    messages: tuple[Message, ...]  # the static part first (prompt caching), the posting last, in a labelled channel
    schema: type[BaseModel]  # of the answer; strict; its class name is the schema's name
    check: Callable[[Any], list[str]]  # what is wrong with a parsed answer, as sentences to the model; empty: accepted
    max_output_tokens: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer."""

    value: BaseModel  # an instance of the question's schema
    request_hash: str  # finds the calls that led to it in the ledger; of the repair if one was needed
    cached: bool  # True: taken from the ledger, nothing was paid


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no acceptable answer and will get none by asking again."""

    kind: str  # refusal, length, content_filter, invalid_json, invalid_schema, check_failed or bad_request
    reason: str  # for a person; holds no key and nothing of the posting


class Answerer(Protocol):
    """Answers questions."""

    def answer(self, questions: Sequence[Question]) -> list[Answer | Unanswered]:
        """One result a question, in their order; blocks until all are there.

        Give as many at once as there are: they are worked on side by side.

        Raises ModelAccessError or BudgetSpent when nothing more can be asked, ModelUnavailable when the endpoint fails
        beyond all retries. What was answered until then is in the ledger and costs nothing when asked again.
        """
        ...


class Asking(NamedTuple):
    """On whose behalf questions are asked."""

    run_id: str
    dump: str
    stage: str


NOBODY = Asking("", "", "")
# Set around a stage's run; a question outside of one is filed under no run.
asking: ContextVar[Asking] = ContextVar("asking", default=NOBODY)
