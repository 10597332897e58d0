"""Fixtures for the tests of the store."""

import pytest

from jd_assets.store import Store
from jd_assets_tests.store.writing import Writer


@pytest.fixture
def write(store: Store) -> Writer:
    """Writes rows into the test's own store."""
    return Writer(store)
