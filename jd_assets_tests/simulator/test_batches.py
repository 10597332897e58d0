"""Files and batches: everything a client must be able to pick up again after it was interrupted."""

from __future__ import annotations

import json
import time
from typing import Any

import openai
import pytest
from openai.types import Batch

from jd_assets_tests.simulator.asking import FORM, MODEL, Reading, connect, messages
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.script import BatchScript, Fault

Lines = list[dict[str, Any]]


def _line(number: int, model: str = MODEL) -> dict[str, Any]:
    body = {"model": model, "messages": messages(f"Posting {number} wants Python."), "response_format": FORM}
    return {"custom_id": f"posting-{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}


def _submit(sdk: openai.OpenAI, lines: Lines, **metadata: str) -> Batch:
    content = "\n".join(json.dumps(line) for line in lines).encode()
    file = sdk.files.create(file=("requests.jsonl", content), purpose="batch")
    assert sdk.files.content(file.id).read() == content
    return sdk.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata=metadata
    )


def _wait(sdk: openai.OpenAI, batch: Batch) -> Batch:
    until = time.monotonic() + 10
    while batch.status in ("validating", "in_progress", "finalizing", "cancelling") and time.monotonic() < until:
        time.sleep(0.02)
        batch = sdk.batches.retrieve(batch.id)
    return batch


def _read(sdk: openai.OpenAI, file_id: str | None) -> Lines:
    return [json.loads(line) for line in sdk.files.content(file_id).text.splitlines()] if file_id else []


def test_a_batch_answers_every_request_in_another_order_at_half_the_price(simulator: Simulator) -> None:
    simulator.script(cached_prefix_tokens=10**9)
    sdk = connect(simulator)
    done = _wait(sdk, _submit(sdk, [_line(number) for number in range(20)]))
    assert done.status == "completed" and done.error_file_id is None and done.model == MODEL
    assert done.request_counts is not None and done.request_counts.completed == 20
    answers = _read(sdk, done.output_file_id)
    ids = [answer["custom_id"] for answer in answers]
    assert sorted(ids) == sorted(f"posting-{number}" for number in range(20)) and ids != sorted(ids)
    single = {}
    for number in range(20):
        body = _line(number)["body"]
        single[f"posting-{number}"] = sdk.chat.completions.create(**body).choices[0].message.content
    for answer in answers:
        content = answer["response"]["body"]["choices"][0]["message"]["content"]
        assert content == single[answer["custom_id"]]
        Reading.model_validate_json(content)
    charges = simulator.bill().charges
    half, full = charges[:20], charges[20:]
    assert sum(charge.cost for charge in half) * 2 == sum(charge.cost for charge in full)
    assert {charge.custom_id for charge in half} == set(ids) and {charge.batch for charge in half} == {done.id}


def test_a_batch_is_found_again_by_its_metadata_when_the_answer_to_its_creation_was_lost(simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="cut", path="/v1/batches", times=1, billed=True),))
    sdk = connect(simulator)
    with pytest.raises(openai.APIConnectionError):
        _submit(sdk, [_line(1)], run="r1", part="1")
    _submit(sdk, [_line(2)], run="r1", part="2")
    found = {batch.metadata["part"]: batch.id for batch in sdk.batches.list() if batch.metadata}
    assert found == {"1": "batch_000001", "2": "batch_000002"}


def test_lists_come_in_pages_newest_first(simulator: Simulator) -> None:
    sdk = connect(simulator)
    for number in range(5):
        _submit(sdk, [_line(number)], number=str(number))
    first = sdk.batches.list(limit=2)
    assert len(first.data) == 2 and first.has_more
    assert [batch.metadata and batch.metadata["number"] for batch in sdk.batches.list(limit=2)] == list("43210")
    assert len(list(sdk.files.list(purpose="batch"))) == 5


def test_an_expired_batch_gives_and_bills_what_was_done_and_names_what_was_not(simulator: Simulator) -> None:
    simulator.script(batch=BatchScript(seconds=0, expired_share=0.5))
    sdk = connect(simulator)
    done = _wait(sdk, _submit(sdk, [_line(number) for number in range(20)]))
    assert done.status == "expired"
    answered = {line["custom_id"] for line in _read(sdk, done.output_file_id)}
    left = _read(sdk, done.error_file_id)
    assert {line["error"]["code"] for line in left} == {"batch_expired"}
    assert len(answered) + len(left) == 20 and answered and left
    assert {charge.custom_id for charge in simulator.bill().charges} == answered


def test_requests_of_a_batch_fail_one_by_one_and_fare_otherwise_when_asked_again(simulator: Simulator) -> None:
    faults = (Fault(kind="server_error", share=0.3), Fault(kind="refusal", share=0.2))
    simulator.script(batch=BatchScript(seconds=0), faults=faults)
    sdk = connect(simulator)
    done = _wait(sdk, _submit(sdk, [_line(number) for number in range(30)]))
    failed = _read(sdk, done.error_file_id)
    answers = [line["response"]["body"]["choices"][0]["message"] for line in _read(sdk, done.output_file_id)]
    assert done.status == "completed" and failed and any(answer["refusal"] for answer in answers)
    assert {line["response"]["status_code"] for line in failed} == {500}
    assert done.request_counts is not None and done.request_counts.failed == len(failed)
    again = _wait(sdk, _submit(sdk, [_line(int(line["custom_id"].split("-")[1])) for line in failed]))
    assert again.output_file_id is not None
    assert len(simulator.bill().charges) == len(answers) + len(_read(sdk, again.output_file_id))


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([_line(1), _line(1)], "duplicate_custom_id"),
        ([_line(1), _line(2, "gpt-other")], "mismatched_model"),
        ([_line(1) | {"url": "/v1/embeddings"}], "mismatched_url"),
        ([_line(1, "gpt-unknown")], "model_not_found"),
        ([], "empty_file"),
    ],
)
def test_a_wrong_input_file_fails_the_batch_with_a_named_error(simulator: Simulator, lines: Lines, code: str) -> None:
    sdk = connect(simulator)
    done = _wait(sdk, _submit(sdk, lines))
    assert done.status == "failed" and done.errors is not None and done.errors.data is not None
    assert done.errors.data[0].code == code
    assert simulator.bill().charges == ()


def test_a_cancelled_batch_answers_and_bills_no_more(simulator: Simulator) -> None:
    simulator.script(batch=BatchScript(seconds=1))
    sdk = connect(simulator)
    batch = _submit(sdk, [_line(1)])
    assert sdk.batches.cancel(batch.id).status == "cancelling"
    done = _wait(sdk, batch)
    assert done.status == "cancelled" and done.output_file_id is None
    assert simulator.bill().charges == ()
