"""Spans of sentences labelled with ESCO skills (TECH and HOUSE of the Skill-Extraction-benchmark), and their folds."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jd_assets.errors import PermanentError
from jd_assets.evaluation.folds import fold_of
from jd_assets.library.model import Taxonomy

NOT_PRESENT, UNDERSPECIFIED = "LABEL NOT PRESENT", "UNDERSPECIFIED"
PARTS = ("tech", "house")
_COLUMNS = {"sentence", "span", "sub_span", "label"}
# Where a sentence is cut into parts that may name a skill each: marks, bullets and the words that join a list.
_JOINTS = re.compile(r"[,;:/()•*|&]|\s[-–]\s|\s?\.(?=\s|$)|\b(?:and|or|as well as|such as)\b")


@dataclass(frozen=True, slots=True)
class Span:
    """A phrase of a sentence and the skills that it means (slugs); `not_present`: the taxonomy holds none."""

    part: str
    sentence: str
    phrase: str
    skills: frozenset[str]
    not_present: bool

    @property
    def fold(self) -> int:
        """Spans of one sentence are in one fold, in whatever file they stand."""
        return fold_of(self.sentence)


def read_spans(folder: Path, taxonomy: Taxonomy, split: str = "validation") -> list[Span]:
    """The labelled spans of both parts, each distinct phrase of a sentence once.

    Labels are preferred labels. Raises PermanentError for a missing file or column and for an unknown label.
    """
    slugs = {skill.display_name: skill.slug for skill in taxonomy.skills}
    return [span for part in PARTS for span in _read(folder / f"{part}_{split}_annotations.csv", part, slugs)]


def parts_of(sentence: str) -> list[str]:
    """The sentence and, where it joins several phrases, each of them."""
    parts = (part.strip(" .-–\t") for part in _JOINTS.split(sentence))
    return list(dict.fromkeys([sentence, *(part for part in parts if len(part) > 1)]))


def sentences(spans: Iterable[Span]) -> dict[str, frozenset[str]]:
    """Each sentence with the skills of all its spans."""
    found: dict[str, frozenset[str]] = {}
    for span in spans:
        found[span.sentence] = found.get(span.sentence, frozenset()) | span.skills
    return found


def _read(path: Path, part: str, slugs: dict[str, str]) -> Iterable[Span]:
    if not path.is_file():
        raise PermanentError(f"{path} is missing: the folder of the Skill-Extraction-benchmark is expected.")
    labels: dict[tuple[str, str], list[str]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if not row.keys() >= _COLUMNS:
                raise PermanentError(f"{path}: the columns {', '.join(sorted(_COLUMNS))} are expected.")
            if row["label"] not in slugs and row["label"] not in (NOT_PRESENT, UNDERSPECIFIED):
                raise PermanentError(f"{path}, row {number}: the label {row['label']!r} is no skill of this taxonomy.")
            key = row["sentence"].strip(), (row["sub_span"] or row["span"]).strip()
            labels.setdefault(key, []).append(row["label"])
    for (sentence, phrase), named in labels.items():
        skills = frozenset(slugs[label] for label in named if label in slugs)
        yield Span(part, sentence, phrase, skills, not skills and NOT_PRESENT in named)
