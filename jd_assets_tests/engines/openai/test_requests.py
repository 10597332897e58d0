"""Requests: equal ones have equal hashes, and what is sent is what was hashed."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from jd_assets.engines.openai.config import Endpoint, TaskConfig
from jd_assets.engines.openai.requests import repair_for, request_for
from jd_assets_tests.engines.openai.asking import MODEL, question

TASK = TaskConfig("openai", MODEL, {"temperature": 0.0, "seed": 3})
ENDPOINT = Endpoint(base_url="https://example.org/v1")


def test_the_body_is_a_strict_chat_completion_that_is_not_stored() -> None:
    asked = question(1)
    body = json.loads(request_for(asked, TASK, ENDPOINT).body)
    assert body.keys() == {
        *("model", "messages", "response_format", "store", "temperature", "seed", "max_completion_tokens")
    }
    assert (body["model"], body["store"], body["max_completion_tokens"]) == (MODEL, False, 200)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    form = body["response_format"]["json_schema"]
    assert (form["name"], form["strict"], form["schema"]["additionalProperties"]) == ("Duty", True, False)


def test_the_hash_hangs_on_endpoint_model_messages_and_parameters_and_on_nothing_else() -> None:
    plain = request_for(question(1), TASK, ENDPOINT).hash
    same = TaskConfig("cascade", MODEL, {"seed": 3, "temperature": 0.0}, threshold=0.5)
    assert request_for(question(1), same, ENDPOINT).hash == plain
    assert request_for(question(1), TASK, Endpoint(ENDPOINT.base_url, "OTHER_KEY", 9.0)).hash == plain
    others = {
        request_for(question(2), TASK, ENDPOINT).hash,
        request_for(question(1, system="Other."), TASK, ENDPOINT).hash,
        request_for(question(1), TaskConfig("openai", "other"), ENDPOINT).hash,
        request_for(question(1), TaskConfig("openai", MODEL), ENDPOINT).hash,
        request_for(question(1), TASK, Endpoint("https://other.org/v1")).hash,
    }
    assert len(others) == 5 and plain not in others


@given(st.text(st.characters()))
def test_any_text_can_be_sent(text: str) -> None:
    request = request_for(question(1, text=text), TASK, ENDPOINT)
    sent = json.loads(request.body)["messages"]
    assert sent == json.loads(request.noted.messages)
    assert "\0" not in sent[1]["content"]


def test_a_repair_shows_the_answer_and_at_most_ten_of_its_faults() -> None:
    first = request_for(question(1), TASK, ENDPOINT)
    repair = repair_for(question(1), '{"a": 1}', [f"fault {n}." for n in range(30)], TASK, ENDPOINT, first.hash)
    messages = json.loads(repair.body)["messages"]
    assert messages[:2] == json.loads(first.body)["messages"]
    assert messages[2] == {"role": "assistant", "content": '{"a": 1}'}
    assert "fault 9." in messages[3]["content"] and "fault 10." not in messages[3]["content"]
    assert repair.noted.repairs == first.hash != repair.hash
