"""A question as it goes over the wire: its body, its hash, and how long it may get.

What belongs here: turning questions into requests of the Chat Completions API, and the request that asks to repair an
answer. What does not: sending them. The hash names endpoint, model, messages, schema and parameters, in canonical
form: equal requests have equal hashes, on any machine and in any run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import orjson
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel

from jd_assets.engines.openai.config import Endpoint, TaskConfig
from jd_assets.engines.questions import Message, Question
from jd_assets.hashing import digest
from jd_assets.store.call_records import CallRequest

REPAIR = """\
Your answer cannot be used, for these reasons:
{problems}
Answer the same question again, completely, in the same form, without these faults."""
MAX_PROBLEMS = 10  # named in a repair: one fault often has many symptoms


class _Form(NamedTuple):
    """A schema as the endpoint wants it."""

    name: str
    response_format: orjson.Fragment
    version: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A request, ready to be sent and to be noted."""

    noted: CallRequest
    body: bytes  # JSON
    characters: int  # of what the model reads
    max_output_tokens: int
    kind: Literal["chat", "embeddings"] = "chat"

    @property
    def hash(self) -> str:
        return self.noted.request_hash

    @property
    def path(self) -> str:
        return "/chat/completions" if self.kind == "chat" else "/embeddings"

    @property
    def model(self) -> str:
        return self.noted.model


def request_for(question: Question, task: TaskConfig, endpoint: Endpoint) -> ModelRequest:
    """The request that asks a question."""
    return _request(question, question.messages, task, endpoint, repairs=None)


def repair_for(
    question: Question, answer: str, problems: Sequence[str], task: TaskConfig, endpoint: Endpoint, repairs: str
) -> ModelRequest:
    """The request that shows an answer to `repairs` its faults."""
    named = "\n".join(f"- {problem}" for problem in problems[:MAX_PROBLEMS])
    messages = (*question.messages, Message("assistant", answer), Message("user", REPAIR.format(problems=named)))
    return _request(question, messages, task, endpoint, repairs)


def embedding_request(texts: Sequence[str], model: str, endpoint: Endpoint) -> ModelRequest:
    """The request for the vectors of texts. The texts are not noted: vectors are kept by text, elsewhere."""
    readable = [_readable(text) or " " for text in texts]  # endpoints refuse empty texts
    body = orjson.dumps({"model": model, "input": readable, "encoding_format": "float"})
    request_hash = digest(endpoint.base_url, model, readable)
    noted = CallRequest(request_hash, endpoint.base_url, model, "embedding", "[]", f'{{"texts": {len(texts)}}}')
    return ModelRequest(noted, body, sum(map(len, readable)), 0, "embeddings")


def _request(
    question: Question, messages: Sequence[Message], task: TaskConfig, endpoint: Endpoint, repairs: str | None
) -> ModelRequest:
    form = _form(question.schema)
    sent = orjson.dumps([{"role": role, "content": _readable(content)} for role, content in messages])
    parameters: Mapping[str, Any] = {**task.parameters, "max_completion_tokens": question.max_output_tokens}
    noted = CallRequest(
        request_hash=digest(endpoint.base_url, task.model, sent.decode(), form.version, parameters),
        endpoint=endpoint.base_url,
        model=task.model,
        schema_name=form.name,
        messages=sent.decode(),
        parameters=orjson.dumps(parameters).decode(),
        repairs=repairs,
    )
    body = {
        "model": task.model,
        "messages": orjson.Fragment(sent),
        "response_format": form.response_format,
        "store": endpoint.store,
        **parameters,
    }
    return ModelRequest(noted, orjson.dumps(body), len(noted.messages), question.max_output_tokens)


@lru_cache(maxsize=512)
def _form(schema: type[BaseModel]) -> _Form:
    strict = {"name": schema.__name__, "strict": True, "schema": to_strict_json_schema(schema)}
    response_format = {"type": "json_schema", "json_schema": strict}
    return _Form(schema.__name__, orjson.Fragment(orjson.dumps(response_format)), digest(response_format))


def _readable(text: str) -> str:
    """`text` without NUL, and without the lone surrogates that broken decoding leaves: they are no JSON."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
