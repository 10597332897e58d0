"""Fixtures for the tests of the command line: an installation, and the command in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from jd_assets.cli import main
from jd_assets_tests.installation_fixtures import dagster_template, installation, shared_installation

__all__ = ["dagster_template", "installation", "shared_installation"]


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
