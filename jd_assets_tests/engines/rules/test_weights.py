"""A file of weights is read as it was written."""

from __future__ import annotations

import csv
from pathlib import Path

from jd_assets.engines.rules.weights import BIAS, read_weights, write_weights


def test_the_file_holds_the_weights_in_order(tmp_path: Path) -> None:
    weights = {BIAS: -1.5, "last=testing": 0.25, "before=,": 0.5}
    write_weights(weights, tmp_path / "weights.csv")
    assert read_weights(tmp_path / "weights.csv") == weights
    with (tmp_path / "weights.csv").open(newline="", encoding="utf-8") as file:
        names = [row["feature"] for row in csv.DictReader(file)]
    assert names == sorted(weights)
