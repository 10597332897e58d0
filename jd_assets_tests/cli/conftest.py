"""Fixtures for the tests of the command line: an installation, and the command in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from jd_assets.cli import main
from jd_assets_tests.installation import Installation
from jd_assets_tests.installation_fixtures import dagster_template, installation, shared_installation
from jd_assets_tests.simulator.client import Simulator

__all__ = ["dagster_template", "installation", "shared_installation"]

PRICES = """
[prices."gpt-6-luna"]
input = 0.10
cached_input = 0.01
cache_write = 0.125
output = 0.50
"""
TWO_TASKS = (
    """
[endpoint]
base_url = "{url}"
[tasks.nano_parse]
engine = "openai"
model = "gpt-6-luna"
[tasks.decide_role]
engine = "openai"
model = "gpt-6-luna"
"""
    + PRICES
)


class Said(NamedTuple):
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def jd_assets(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Calls `jd-assets` with the given arguments, as `main` does, in this process."""

    def call(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["jd-assets", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
            raise SystemExit(0)
        said = capfd.readouterr()
        return Said(int(left.value.code or 0), said.out, said.err)

    return call


@pytest.fixture
def two_tasks_asked(installation: Installation, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """The endpoint that the installation asks: about every posting's parts and its role."""
    file = installation.folder / "models.toml"
    file.write_text(TWO_TASKS.format(url=simulator.url))
    monkeypatch.setenv("JD_ASSETS_MODELS", str(file))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    return simulator
