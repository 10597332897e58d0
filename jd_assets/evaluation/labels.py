"""Labelled postings: reading them, predicting them, and the figures that compare the two.

A label line: {"id", "title", "company", "text", "source", "role", "also_ok", "skills", "primary", "exp_min",
"exp_max", "work_mode"}. A prediction line: {"id", "role", "skills": [{"text", "is_primary"}], "exp_min", "exp_max",
"work_mode"}. Skills are compared as sets of normalised words of the posting (case, punctuation and a plural s aside):
strict, the same words; partial, one side's words wholly inside the other's. Figures are micro-averaged.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jd_assets.errors import PermanentError
from jd_assets.records import Posting
from jd_assets.stages.base import Upstream

Json = dict[str, Any]
Words = tuple[str, ...]
_WORD = re.compile(r"[a-z0-9]+(?:[.#+/&'-]+[a-z0-9]+)*[+#]*")
_REQUIRED = ("id", "title", "text", "role", "skills")


def read_labels(path: Path) -> list[Json]:
    """The label lines of a file. Raises PermanentError naming file, line and what is missing."""
    labels = []
    # Lines end at a line feed alone: a text may hold other line separators, unescaped.
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            label = json.loads(line)
        except ValueError as error:
            raise PermanentError(
                f"{path}, line {number}: no JSON ({error}). One JSON object a line is expected."
            ) from error
        missing = [name for name in _REQUIRED if not isinstance(label, dict) or name not in label]
        if missing:
            raise PermanentError(
                f"{path}, line {number}: {', '.join(missing)} missing; see docs/evaluation.md for the format."
            )
        labels.append(label)
    return labels


def read_vocabulary(path: Path) -> frozenset[str]:
    """The role slugs that labels use, from a `roles.csv` (column `slug`); empty where there is no such file."""
    if not path.is_file():
        return frozenset()
    with path.open(newline="", encoding="utf-8") as file:
        return frozenset(row["slug"] for row in csv.DictReader(file))


def as_posting(label: Json) -> Posting:
    """The posting of a label line."""
    return Posting(
        posting_id=label["id"],
        board=label.get("source") or "labels",
        title=label["title"] or "",
        company=label.get("company"),
        description=label["text"] or "",
    )


def as_prediction(answered: Upstream, vocabulary: Collection[str] = ()) -> Json:
    """What the pipeline says of a posting, as a prediction line.

    `vocabulary` are the roles that the labels know: a speciality they do not know is said as the role above it.
    """
    experience, decision = answered.nano_parse.experience, answered.role_decisions
    known = not vocabulary or decision.specific_role in vocabulary
    return {
        "id": answered.posting.posting_id,
        "role": (decision.specific_role if known else decision.role) or "other",
        "skills": [{"text": s.name, "is_primary": s.is_primary} for s in answered.extracted_skills.final_skills],
        "exp_min": experience.min,
        "exp_max": experience.max,
        "work_mode": answered.nano_parse.work_mode,
    }


@dataclass(slots=True)
class Overlap:
    """Predicted and labelled terms that met, counted over postings."""

    predicted_hits: int = 0
    predicted: int = 0
    labelled_hits: int = 0
    labelled: int = 0

    def add(self, gold: set[Words], found: set[Words], *, partial: bool) -> None:
        def same(left: Words, right: Words) -> bool:
            return left == right or (partial and (_inside(left, right) or _inside(right, left)))

        self.predicted_hits += sum(any(same(a, b) for b in gold) for a in found)
        self.predicted += len(found)
        self.labelled_hits += sum(any(same(a, b) for b in found) for a in gold)
        self.labelled += len(gold)

    @property
    def scores(self) -> tuple[float, float, float]:
        """Precision, recall and F1."""
        precision = self.predicted_hits / self.predicted if self.predicted else 0.0
        recall = self.labelled_hits / self.labelled if self.labelled else 0.0
        both = precision + recall
        return precision, recall, 2 * precision * recall / both if both else 0.0


@dataclass(slots=True)
class Scores:
    """The figures of one evaluation; shares are of all labelled postings."""

    postings: int = 0
    predicted: int = 0
    role_exact: float = 0.0
    role_accepted: float = 0.0
    role_family: float = 0.0
    experience: float = 0.0
    work_mode: float = 0.0
    strict: Overlap = field(default_factory=Overlap)
    partial: Overlap = field(default_factory=Overlap)
    primary: Overlap = field(default_factory=Overlap)

    def lines(self) -> list[str]:
        """The figures as text, four lines and a heading."""
        named = (("skills strict", self.strict), ("skills partial", self.partial), ("primary partial", self.primary))
        return [
            f"postings {self.postings}, predicted {self.predicted}",
            f"role: exact {self.role_exact:.3f}  accepted {self.role_accepted:.3f}  family {self.role_family:.3f}",
            *("{}: P {:.3f}  R {:.3f}  F1 {:.3f}".format(name, *overlap.scores) for name, overlap in named),
            f"experience exact {self.experience:.3f}   work mode exact {self.work_mode:.3f}",
        ]


def score(labels: Sequence[Json], predictions: Iterable[Json], parents: Mapping[str, str]) -> Scores:
    """Compare predictions with labels; `parents` maps a role to the role above it, for the family figure."""
    by_id = {prediction["id"]: prediction for prediction in predictions}
    scores = Scores(postings=len(labels))
    exact = accepted = family = experience = work_mode = 0
    for gold in labels:
        found = by_id.get(gold["id"])
        scores.predicted += found is not None
        found = found or {"role": None, "skills": []}
        role = found["role"] or "other"
        accepted_roles = {gold["role"], *gold.get("also_ok", ())}
        exact += role == gold["role"]
        accepted += role in accepted_roles
        family += (parents.get(role) or role) in {parents.get(slug) or slug for slug in accepted_roles}
        named = {words(skill["text"]) for skill in found["skills"]} - {()}
        wanted = {words(text) for text in gold["skills"]} - {()}
        scores.strict.add(wanted, named, partial=False)
        scores.partial.add(wanted, named, partial=True)
        scores.primary.add(
            {words(text) for text in gold.get("primary", ())} - {()},
            {words(skill["text"]) for skill in found["skills"] if skill.get("is_primary")} - {()},
            partial=True,
        )
        experience += (found.get("exp_min"), found.get("exp_max")) == (gold.get("exp_min"), gold.get("exp_max"))
        work_mode += (found.get("work_mode") or None) == (
            gold["work_mode"] if gold.get("work_mode") != "null" else None
        )
    count = len(labels) or 1
    scores.role_exact, scores.role_accepted, scores.role_family = exact / count, accepted / count, family / count
    scores.experience, scores.work_mode = experience / count, work_mode / count
    return scores


def skills_f1(gold: Json, found: Json) -> float:
    """The F1 of one posting's skills, partial matches counted; 1 where there are none on either side."""
    overlap = Overlap()
    named, wanted = _terms(skill["text"] for skill in found["skills"]), _terms(gold["skills"])
    overlap.add(wanted, named, partial=True)
    return overlap.scores[2] if named or wanted else 1.0


def role_accepted(gold: Json, found: Json) -> bool:
    """Whether the role is the labelled one, or one that a recruiter could defend as well."""
    return (found["role"] or "other") in {gold["role"], *gold.get("also_ok", ())}


def same_facts(gold: Json, found: Json) -> bool:
    """Whether years and work mode are as labelled."""
    years = (found.get("exp_min"), found.get("exp_max")) == (gold.get("exp_min"), gold.get("exp_max"))
    mode = gold["work_mode"] if gold.get("work_mode") != "null" else None
    return years and (found.get("work_mode") or None) == mode


def _terms(texts: Iterable[str]) -> set[Words]:
    return {words(text) for text in texts} - {()}


def words(text: str) -> Words:
    """A term as normalised words: lower case, no punctuation around, no plural s."""
    return tuple(
        word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
        for word in _WORD.findall(text.lower())
    )


def _inside(inner: Words, outer: Words) -> bool:
    return any(outer[start : start + len(inner)] == inner for start in range(len(outer) - len(inner) + 1))
