"""The fixtures that start simulators.

What belongs here: a simulator for a test, with empty books. What does not: processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from jd_assets_tests.processes import serving
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.script import Script

StartSimulator = Callable[[Script], AbstractContextManager[Simulator]]


@contextmanager
def running(script: Script, folder: Path) -> Iterator[Simulator]:
    """A simulator for the length of a `with` block: a process of its own, ended by its id."""
    file = folder / "simulator_script.json"
    file.write_text(script.model_dump_json())
    with serving("jd_assets_tests.simulator", "--port", "0", "--script", str(file), "--attached") as server:
        yield Simulator(server.address, server.pid)


@pytest.fixture
def start_simulator(tmp_path: Path) -> StartSimulator:
    """Starts simulators for the length of a `with` block."""
    return lambda script: running(script, tmp_path)


@pytest.fixture(scope="session")
def _shared_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running(Script(), tmp_path_factory.mktemp("simulator")) as started:
        yield started


@pytest.fixture
def simulator(_shared_simulator: Simulator) -> Simulator:
    """A perfect endpoint with empty books; `simulator.script(...)` makes it worse. One process serves all tests."""
    _shared_simulator.script(Script())
    _shared_simulator.reset()
    return _shared_simulator
