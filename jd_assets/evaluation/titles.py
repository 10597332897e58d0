"""Roles from titles alone, measured on vacancy titles labelled with ESCO occupations (JobBERT evaluation dataset)."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jd_assets.engines.rules.titles import read_title
from jd_assets.errors import PermanentError
from jd_assets.evaluation.rankings import reciprocal_rank
from jd_assets.library.role_index import RoleIndex

SAMPLE = 1000  # of about 15,000 titles
BATCH = 100  # titles embedded at once
RANKED = 100  # roles ranked by similarity
_COLUMNS = {"vacancyTitle", "conceptUri"}


class TitleScores(NamedTuple):
    """Figures over titles, each between 0 and 1: accuracy of the first role, of the first five, and MRR."""

    titles: int
    accuracy_1: float
    accuracy_5: float
    mrr: float


def read_titles(file: Path, roles: Sequence[str], sample: int = SAMPLE) -> list[tuple[str, str]]:
    """Titles with the occupation each is labelled with, of which `roles` (slugs) hold the slug: always the same sample.

    Raises PermanentError for a missing file or column.
    """
    if not file.is_file():
        raise PermanentError(f"{file} is missing: the folder of the JobBERT evaluation dataset is expected.")
    slugs = {role.rsplit("esco-", 1)[-1]: role for role in roles}
    with file.open(newline="", encoding="utf-8") as lines:
        found = list(csv.DictReader(lines))
    if not found or not found[0].keys() >= _COLUMNS:
        raise PermanentError(f"{file}: the columns {', '.join(sorted(_COLUMNS))} are expected.")
    labelled = {(row["vacancyTitle"].strip(), row["conceptUri"].rsplit("/", 1)[-1]) for row in found}
    known = sorted((title, slugs[concept]) for title, concept in labelled if title and concept in slugs)
    return sorted(known, key=lambda row: hashlib.sha256("|".join(row).encode()).digest())[:sample]


def rank_roles(index: RoleIndex, titles: Sequence[str]) -> list[list[str]]:
    """For each title the roles it is an alias of, then those with an alias inside it, then the most similar ones."""
    return [role for start in range(0, len(titles), BATCH) for role in _ranked(index, titles[start : start + BATCH])]


def _ranked(index: RoleIndex, titles: Sequence[str]) -> list[list[str]]:
    read = [read_title(title, None, "") for title in titles]
    names = [(found.role or title, *found.aliases) for title, found in zip(titles, read, strict=True)]
    ranked = []
    for title, own, near in zip(titles, names, index.near_titles([own[0] for own in names]), strict=True):
        named = [hit.role for name in (title, *own) for hit in index.named(name)]
        inside = sorted(index.contained(title), key=lambda hit: (-hit.coverage, hit.role))
        similar = near.of(near.contenders(RANKED))
        nearest = sorted(similar, key=lambda role: (-similar[role], role))[:RANKED]
        ranked.append(list(dict.fromkeys([*named, *(hit.role for hit in inside), *nearest])))
    return ranked


def score_titles(rankings: Sequence[Sequence[str]], right: Sequence[str]) -> TitleScores:
    """The figures of rankings, each with one right role."""
    count = len(right) or 1
    pairs = list(zip(rankings, right, strict=True))
    return TitleScores(
        len(right),
        sum(role in ranked[:1] for ranked, role in pairs) / count,
        sum(role in ranked[:5] for ranked, role in pairs) / count,
        sum(reciprocal_rank(ranked, [role]) for ranked, role in pairs) / count,
    )
