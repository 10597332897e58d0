"""The ledger's writing side: claims end with their session, budgets hold, and running totals are the sums of rows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import get_args

import pytest

from jd_assets.store import Store
from jd_assets.store.call_records import (
    CallEnd,
    CallOwner,
    CallRequest,
    CallUse,
    Group,
    Kept,
    NewCall,
    OpenCall,
    Tokens,
)
from jd_assets.store.calls import Grouping

OWNER = CallOwner("nano_parse", "posting", "run", "dump", "nano_parse")


def new_call(name: str, reserved: str | None = "0.5", *, attempt: int = 1, run: str = "run") -> NewCall:
    """An attempt at the request `name`."""
    request = CallRequest(name, "http://localhost/v1", "m", "Duty", "[]", "{}")
    return NewCall(request, replace(OWNER, run_id=run), attempt, None if reserved is None else Decimal(reserved))


def answered(call: OpenCall, cost: str | None, raw: str = "{}") -> CallEnd:
    """A good end."""
    dollars = None if cost is None else Decimal(cost)
    return CallEnd(call, "answered", raw=raw, tokens=Tokens(10, output=5), cost_usd=dollars, latency_ms=12)


def counted(store: Store) -> tuple[Decimal, Decimal]:
    """The running total of today, and what the rows say."""
    with store.database.transaction() as conn:
        row = conn.execute("SELECT coalesce(sum(coalesce(cost_usd, reserved_usd, 0)), 0) FROM jd.calls").fetchone()
    assert row is not None
    return store.calls.spent("run").day, row[0]


def opened(found: OpenCall | None) -> OpenCall:
    """The call, which must have been allowed."""
    assert found is not None
    return found


def test_a_claim_is_one_session_s_until_it_lets_go_or_ends(store: Store) -> None:
    first, second = store.calls.session(), store.calls.session()
    assert first.write(Group(wanted=["a", "b"])).claims == {"a": "granted", "b": "granted"}
    assert second.write(Group(wanted=["a", "b"])).claims == {"a": "busy", "b": "busy"}
    first.write(Group(released=["a"]))
    assert second.write(Group(wanted=["a", "b"])).claims == {"a": "granted", "b": "busy"}
    first.close()
    assert second.write(Group(wanted=["b"])).claims == {"b": "granted"}
    second.close()


def test_a_finished_answer_is_kept_for_everybody(store: Store) -> None:
    session = store.calls.session()
    (call,) = session.write(Group(new=[new_call("a")])).opened
    session.write(Group(ends=[answered(opened(call), "0.25", raw='{"x": "\\u0000"}')], released=["a"]))
    assert session.write(Group(wanted=["a"])).claims == {"a": Kept('{"x": "\\u0000"}')}
    session.close()


def test_a_call_that_its_process_left_pending_is_lost_when_somebody_takes_over(store: Store) -> None:
    session = store.calls.session()
    session.write(Group(wanted=["a"]))
    session.write(Group(new=[new_call("a")]))
    session.close()
    successor = store.calls.session()
    assert successor.write(Group(wanted=["a"])).claims == {"a": "granted"}
    (line,) = store.calls.lines()
    assert (line.status, line.cost_usd) == ("lost", None)
    assert counted(store) == (Decimal("0.5"), Decimal("0.5"))
    successor.close()


def test_the_budget_counts_reservations_until_costs_are_known(store: Store) -> None:
    session = store.calls.session(usd_per_day=Decimal(1))
    first, second, third = session.write(Group(new=[new_call("a"), new_call("b"), new_call("c", "0.01")])).opened
    assert first and second and third is None
    session.write(Group(ends=[answered(first, "0.125")]))
    fourth, fifth = session.write(Group(new=[new_call("d", "0.375"), new_call("e", "0.00000001")])).opened
    assert fourth and fifth is None
    session.write(Group(ends=[answered(second, None), answered(fourth, "0")]))
    assert counted(store) == (Decimal("0.625"), Decimal("0.625"))
    session.close()


def test_a_run_s_budget_is_its_own(store: Store) -> None:
    session = store.calls.session(usd_per_run=Decimal("0.6"))
    calls = [new_call("a"), new_call("b"), new_call("c", run="other"), new_call("d", run=""), new_call("e", run="")]
    found = session.write(Group(new=calls)).opened
    assert [call is not None for call in found] == [True, False, True, True, True]  # what belongs to no run has no cap
    session.close()


def test_sums_equal_the_rows_whatever_they_are_grouped_by(store: Store) -> None:
    session = store.calls.session()
    calls = session.write(Group(new=[new_call(str(number)) for number in range(6)])).opened
    ends = [answered(opened(call), f"0.00{number}") for number, call in enumerate(calls[:4])]
    ends.append(CallEnd(opened(calls[4]), "failed", error="server_error", http_status=500, cost_usd=Decimal(0)))
    uses = [CallUse(str(number), OWNER, cached=number % 2 == 1, outcome="accepted") for number in range(4)]
    session.write(Group(ends=ends, uses=uses))
    lines = store.calls.lines()
    assert len(lines) == 6 + 2
    for by in get_args(Grouping):
        (total,) = store.calls.totals(by)
        assert total.cost_usd == sum(line.cost_usd or 0 for line in lines) == Decimal("0.006")
        assert (total.attempts, total.answered, total.failed, total.cache_hits) == (6, 4, 1, 2)
        assert total.input_tokens == sum(line.input_tokens for line in lines) == 40
        assert total.unknown_costs == 1
    assert store.calls.of_stage("run", "nano_parse", "dump") == (6, 2, Decimal("0.006"))
    assert counted(store)[0] == counted(store)[1] == Decimal("0.506")
    session.close()


@pytest.mark.parametrize("cost", ["0.0000000000123456789", "123456.000000001"])
def test_dollars_keep_their_last_digit(store: Store, cost: str) -> None:
    session = store.calls.session()
    (call,) = session.write(Group(new=[new_call("a", None)])).opened
    session.write(Group(ends=[answered(opened(call), cost)]))
    assert store.calls.lines()[0].cost_usd == Decimal(cost)
    session.close()


def test_text_that_postgres_cannot_hold_is_kept_without_the_part_it_cannot(store: Store) -> None:
    session = store.calls.session()
    (call,) = session.write(Group(new=[new_call("a")])).opened
    end = CallEnd(opened(call), "failed", error="malformed_body", raw="half\0 an \ud800 answer")
    session.write(Group(ends=[end], uses=[CallUse("a", OWNER, False, "invalid_json", "a\0b")]))
    assert store.calls.lines()[0].raw == "half an ? answer"
    session.close()
