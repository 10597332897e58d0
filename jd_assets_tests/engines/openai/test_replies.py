"""Every body that an endpoint may send is read, or refused by name; nothing of it raises."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jd_assets.engines.openai.client import Exchange
from jd_assets.engines.openai.config import Endpoint
from jd_assets.engines.openai.failures import failure_of, malformed
from jd_assets.engines.openai.replies import Fault, judge, read_reply, read_tokens, read_vectors
from jd_assets.store.call_records import Tokens
from jd_assets_tests.engines.openai.asking import Duty, posting, question

ENDPOINT = Endpoint(base_url="http://localhost/v1")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(("choices", "message", "content", "usage")), inner),
)


def body(content: Any = None, finish: str = "stop", **message: Any) -> bytes:
    """A completion."""
    choice = {"finish_reason": finish, "message": {"content": content, **message}}
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}).encode()


def judged(raw: bytes) -> Any:
    """What the first question says of it."""
    reply = read_reply(raw)
    assert reply is not None
    return judge(reply, question(1))


def test_a_good_answer_is_its_value() -> None:
    assert judged(body(json.dumps({"quote": posting(1)[:20], "managing": False}))) == Duty(
        quote=posting(1)[:20], managing=False
    )


@pytest.mark.parametrize(
    ("raw", "kind", "repairable"),
    [
        (body(None, refusal="I cannot help with that."), "refusal", False),
        (body('{"quote": "Post', finish="length"), "length", False),
        (body("", finish="content_filter"), "content_filter", False),
        (body('{"quote": "Post'), "invalid_json", True),
        (body(None), "invalid_json", True),
        (body('{"quote": "Posting"}'), "invalid_schema", True),
        (body('{"quote": "Posting", "managing": true, "more": 1}'), "invalid_schema", True),
        (body('{"quote": "not there", "managing": true}'), "check_failed", True),
    ],
)
def test_a_bad_answer_is_named(raw: bytes, kind: str, repairable: bool) -> None:
    fault = judged(raw)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.repairable) == (kind, repairable)
    assert fault.problems and fault.reason


@pytest.mark.parametrize(
    "raw", [b"", b"<html>502</html>", b'{"choices": [', b'{"choices": []}', b"[]", b"null", b'{"choices": [{}]}']
)
def test_what_is_no_whole_answer_is_none(raw: bytes) -> None:
    assert read_reply(raw) is None
    assert malformed(Exchange(0.1, 200, {}, raw), ENDPOINT).scope == "retry"


@given(JSON)
def test_no_json_makes_reading_fail(value: Any) -> None:
    raw = json.dumps(value).encode()
    read_reply(raw)
    read_vectors(raw)
    read_tokens(value)
    for status in (400, 401, 404, 429, 500):
        assert failure_of(Exchange(0.1, status, {}, raw), "m", ENDPOINT) is not None


def test_tokens_are_what_the_endpoint_says_or_not_known() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    assert read_tokens(usage) == Tokens(10, 3, 2, 5, 4)
    assert read_tokens({"prompt_tokens": 10, "completion_tokens": None, "prompt_tokens_details": None}) == Tokens(10)
    assert read_tokens(None) is None and read_tokens({}) is None


def test_vectors_come_in_the_order_of_their_texts() -> None:
    rows = [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1, 0]}]
    reply = read_vectors(orjson.dumps({"data": rows, "model": "m", "usage": {"prompt_tokens": 2}}))
    assert reply is not None and reply.vectors is not None
    assert reply.vectors.tolist() == [[1, 0], [0, 1]] and reply.tokens == Tokens(2)


def error(code: str | None = None, param: str | None = None, kind: str = "invalid_request_error") -> bytes:
    """An error as OpenAI writes it."""
    return json.dumps({"error": {"message": "It is so.", "type": kind, "param": param, "code": code}}).encode()


@pytest.mark.parametrize(
    ("status", "raw", "kind", "scope"),
    [
        (401, error("invalid_api_key"), "no_access", "access"),
        (403, b"", "no_access", "access"),
        (404, error("model_not_found"), "unknown_model", "access"),
        (429, error("insufficient_quota"), "insufficient_quota", "access"),
        (429, error(None, None, "insufficient_quota"), "insufficient_quota", "access"),
        (429, error("rate_limit_exceeded"), "rate_limited", "retry"),
        (408, b"", "timeout", "retry"),
        (500, b"<html>", "server_error", "retry"),
        (529, b'{"error": "overloaded"}', "server_error", "retry"),
        (400, error("context_length_exceeded", "messages"), "too_long", "question"),
        (413, b"", "too_long", "question"),
        (400, error("content_filter"), "content_filter", "question"),
        (400, error(None, "messages.[1].content"), "bad_request", "question"),
        (400, error("unsupported_value", "temperature"), "bad_request", "access"),
        (400, error("invalid_json_schema", "response_format"), "bad_request", "access"),
        (405, b"", "bad_request", "access"),
    ],
)
def test_errors_are_known_by_name(status: int, raw: bytes, kind: str, scope: str) -> None:
    failure = failure_of(Exchange(0.1, status, {}, raw), "m", ENDPOINT)
    assert failure is not None
    assert (failure.kind, failure.scope, failure.may_be_billed) == (kind, scope, False)
    assert failure.reason


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "2", "retry-after-ms": "1200"}, 1.2),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], expected: float | None) -> None:
    failure = failure_of(Exchange(0.1, 429, headers, b""), "m", ENDPOINT)
    assert failure is not None and failure.retry_after == expected


@pytest.mark.parametrize(
    ("lost", "may_be_billed"), [("timeout", True), ("connection_lost", True), ("connection_refused", False)]
)
def test_lost_connections_may_have_been_paid_unless_there_was_none(lost: str, may_be_billed: bool) -> None:
    failure = failure_of(Exchange(0.1, lost=lost), "m", ENDPOINT)
    assert failure is not None and failure.scope == "retry" and failure.may_be_billed is may_be_billed
