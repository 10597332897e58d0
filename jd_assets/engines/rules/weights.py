"""Files of learned weights: what is named in a column `feature`, its number in a column `weight`.

What belongs here: reading and writing such a file, and the names in it that are no features. What does not: what the
features mean (the modules that read a file), and learning (`evaluation`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

BIAS, BOUND = "bias", "bound"  # the constant term; the probability from which something counts

Weights = Mapping[str, float]


def read_weights(path: Path) -> Weights:
    """The weights of a file, by feature."""
    with path.open(newline="", encoding="utf-8") as file:
        return {row["feature"]: float(row["weight"]) for row in csv.DictReader(file)}


def write_weights(weights: Weights, path: Path) -> None:
    """Write a file of weights, in the order of the features' names."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("feature", "weight"))
        writer.writerows(sorted(weights.items()))
