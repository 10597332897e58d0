"""Fixtures for the tests of the model engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jd_assets.engines.openai.config import ModelsConfig
from jd_assets.engines.openai.engine import ModelEngine
from jd_assets.store import Store
from jd_assets_tests.engines.openai.asking import ENVIRON, OpenEngine, config
from jd_assets_tests.simulator.client import Simulator


@pytest.fixture
def open_engine(store: Store, simulator: Simulator) -> OpenEngine:
    """Opens engines on the test's own ledger and simulator; changes are fields of the configuration."""

    @contextmanager
    def opened(whole: ModelsConfig | None = None, **changes: Any) -> Iterator[ModelEngine]:
        with ModelEngine(store.calls, whole or config(simulator.url, **changes), ENVIRON) as engine:
            yield engine

    return opened


@pytest.fixture
def second_store(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    """Another process's view of the test's store."""
    with Store.connect(postgres_url, tmp_path / "lance") as opened:
        yield opened
