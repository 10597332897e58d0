"""`jd-assets run --batch`: the same rows as online, at half the price."""

from __future__ import annotations

import json
from decimal import Decimal

from jd_assets_tests.cli.conftest import Command
from jd_assets_tests.installation import Installation
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.script import BatchScript
from jd_assets_tests.small_world import posting


def test_a_backfill_by_batches(installation: Installation, two_tasks_asked: Simulator, jd_assets: Command) -> None:
    simulator = two_tasks_asked
    simulator.script(batch=BatchScript(seconds=0.1))
    dump = installation.settings.dumps_dir / "board_2026-01-01.jsonl"
    dump.write_text("".join(json.dumps(posting(str(key))) + "\n" for key in range(6)))

    promised = json.loads(jd_assets("run", "--dry-run", "--batch", str(dump), "--json").out)
    assert simulator.requests() == [] and promised["batched"]

    said = jd_assets("run", "--batch", str(dump))
    assert said.code == 0, said.err
    assert simulator.requests("/v1/chat/completions") == []
    table = said.out[said.out.index("Model calls") :].splitlines()
    assert [line.split()[:4] for line in table[3:5]] == [
        ["nano_parse", "6", "0", "0"],
        ["role_decisions", "6", "0", "0"],
    ]
    bill = simulator.bill()
    assert len(bill.charges) == promised["total"]["calls"] == 12 and all(charge.batch for charge in bill.charges)
    calls = json.loads(jd_assets("calls", "--json").out)
    assert sum(Decimal(total["cost_usd"]) for total in calls["totals"]["task"]) == bill.total
    assert "batch, $0.0000" in jd_assets("calls").out

    asked = len(simulator.requests())
    again = jd_assets("run", str(dump))  # online: nothing is left to ask
    assert again.code == 0 and len(simulator.requests()) == asked and "Model calls" not in again.out
