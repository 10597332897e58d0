"""Real data that does not belong to the project: where it lies, if it is there.

Tests that need it ask for `shared_folder`, which skips them with a reason where the data is absent; on CI its absence
is a failure.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def shared_folder(*parts: str) -> Path:
    """A folder or file of the shared data: below JD_ASSETS_SHARED, else ../shared beside the checkout."""
    base = Path(os.environ.get("JD_ASSETS_SHARED") or ROOT.parent / "shared")
    path = base.joinpath(*parts)
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is absent: on CI the shared data must be there (set JD_ASSETS_SHARED)")
        pytest.skip(f"{path} is absent: set JD_ASSETS_SHARED to the folder with the shared data")
    return path
