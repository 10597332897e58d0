"""What `jd-assets run` says of a model that is shut down, and of one that soon will be."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from jd_assets_tests.cli.conftest import Command, Said
from jd_assets_tests.installation import Installation
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.small_world import posting


def test_a_run_fails_by_name_where_the_model_is_gone_and_says_once_that_it_soon_will_be(
    installation: Installation, two_tasks_asked: Simulator, jd_assets: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = two_tasks_asked
    for number in (1, 2):
        dump = installation.settings.dumps_dir / f"board_2026-01-0{number}.jsonl"
        dump.write_text("".join(json.dumps(posting(f"{number}{key}")) + "\n" for key in range(3)))
    settings = "(tasks.nano_parse.model, tasks.decide_role.model)"

    def run(days: int) -> Said:
        date = str(datetime.now(UTC).date() + timedelta(days))
        simulator.script(shutdown_dates={"gpt-6-luna": date})
        with monkeypatch.context() as patch:
            patch.setattr(logging.root, "handlers", [])  # pytest's: nobody listens to warnings but the terminal
            said = jd_assets("run")
        assert date in said.err and settings in said.err
        return said

    gone = run(-1)
    assert gone.code == 1 and "gpt-6-luna was shut down on" in gone.err
    assert simulator.asked() == []

    soon = run(10)
    assert soon.code == 0 and soon.err.count("gpt-6-luna will be shut down on") == 1
    assert len(simulator.asked()) == 12
