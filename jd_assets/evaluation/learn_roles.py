"""Learning how much each kind of evidence for a role weighs, from labelled postings.

    python -m jd_assets.evaluation.learn_roles TAXONOMY_FOLDER LABELS.jsonl [FURTHER_LABELS.jsonl …]

writes `role_weights.csv` of the rules engine and prints the figures, on held-out postings and on the postings learned
from: run it after a change of the library, of the role signals or of the skills. The same input gives the same file.
Further labels are learned from too; their own held-out figures stand beside those of the first file. The file
`roles.csv` beside the labels names the roles that labels use: a candidate they do not know counts as the role above it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.engines.embedder.base import Embedder
from jd_assets.engines.rules import role_weights
from jd_assets.engines.rules.role_weights import chances, likeliest
from jd_assets.engines.rules.weights import Weights, write_weights
from jd_assets.evaluation.folds import FOLDS, fold_of
from jd_assets.evaluation.in_memory import judge_all
from jd_assets.evaluation.labels import Json, as_posting, read_labels, read_vocabulary
from jd_assets.evaluation.logistic import fit_among
from jd_assets.library.files import read_folder
from jd_assets.library.grams import Floats
from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets.records import RoleEvidence
from jd_assets.settings import Settings
from jd_assets.stages.registry import build_stages

PENALTY = 0.001  # on squared weights of evidence, which lies in 0..1
OTHER = "other"  # what labels call a posting outside technology
KINDS = tuple(name for name in RoleEvidence.model_fields if name != "role")
DATA = Path(role_weights.__file__).with_name("data")


class Example(NamedTuple):
    """A labelled posting with its candidates: their evidence (candidates x KINDS) and, by slug, what labels call
    them."""

    evidence: Floats
    candidates: Mapping[str, str]
    role: str
    accepted: Collection[str]
    fold: int

    @property
    def right(self) -> Floats:
        """Which candidates are the labelled role, or, where none is, one that a recruiter could defend as well."""
        called = self.candidates.values()
        exact = np.array([float(name == self.role) for name in called])
        return exact if exact.any() else np.array([float(name in self.accepted) for name in called])

    def answer(self, weights: Weights) -> str:
        """What the labels would call the role that these weights choose."""
        if not len(self.evidence):
            return OTHER
        scores = self.evidence @ np.array([weights[kind] for kind in KINDS])
        outside = [slug for slug, name in self.candidates.items() if name == OTHER]
        best, _ = likeliest(chances(dict(zip(self.candidates, scores.tolist(), strict=True))), outside)
        return self.candidates[best]


def read_examples(
    labels: Sequence[Json], taxonomy: Taxonomy, vocabulary: Collection[str], embedder: Embedder
) -> list[Example]:
    """What there is to learn from."""
    roles = {role.slug: role for role in taxonomy.roles}

    def called(slug: str) -> str:
        if roles[slug].domain == OUTSIDE_TECHNOLOGY:
            return OTHER
        return slug if not vocabulary or slug in vocabulary else roles[slug].parent or slug

    answered = judge_all(build_stages(taxonomy, embedder), [as_posting(label) for label in labels])
    return [
        Example(
            np.array([[getattr(one, kind) for kind in KINDS] for one in item.role_signals.evidence]),
            {one.role: called(one.role) for one in item.role_signals.evidence},
            label["role"],
            {label["role"], *label.get("also_ok", ())},
            fold_of(label["id"]),
        )
        for label, item in zip(labels, answered, strict=True)
    ]


def learn(examples: Sequence[Example]) -> Weights:
    """The weights that fit these postings; those with no right candidate tell nothing."""
    weights = fit_among([(one.evidence, one.right) for one in examples if one.right.any()], PENALTY)
    return dict(zip(KINDS, np.round(weights, 2).tolist(), strict=True))


def shares(examples: Sequence[Example], answers: Sequence[str]) -> tuple[float, float]:
    """The shares of exact and of accepted answers."""
    exact = [answer == one.role for one, answer in zip(examples, answers, strict=True)]
    accepted = [answer in one.accepted for one, answer in zip(examples, answers, strict=True)]
    return float(np.mean(exact)), float(np.mean(accepted))


def figures(examples: Sequence[Example], answers: Sequence[str]) -> str:
    """The shares as a line to print."""
    return "{:5} postings  exact {:.3f}  accepted {:.3f}".format(len(examples), *shares(examples, answers))


def held_out(examples: Sequence[Example], further: Sequence[Example] = ()) -> list[str]:
    """The answer to each of `examples` by the weights that the other folds' postings and `further` ones give."""
    weights = [learn([*(one for one in examples if one.fold != fold), *further]) for fold in range(FOLDS)]
    return [one.answer(weights[one.fold]) for one in examples]


def main(taxonomy_folder: str, labels_path: str, *further_paths: str) -> None:
    """Learn from all postings, write the file, print the figures."""
    taxonomy, embedder = read_folder(Path(taxonomy_folder)), MiniLMEmbedder(Settings.load().cache_dir)
    vocabulary = read_vocabulary(Path(labels_path).with_name("roles.csv"))
    own, further = (
        read_examples([label for path in paths for label in read_labels(Path(path))], taxonomy, vocabulary, embedder)
        for paths in ([labels_path], further_paths)
    )
    print("held out:", figures(own, held_out(own, further)), sep="\n")
    if further:
        print("held out, further ones:", figures(further, held_out(further, own)), sep="\n")
    weights = learn([*own, *further])
    print("learned from these same postings:", figures(own, [one.answer(weights) for one in own]), sep="\n")
    write_weights(weights, DATA / "role_weights.csv")
    print(", ".join(f"{kind} {weight:g}" for kind, weight in weights.items()), f"written to {DATA}")


if __name__ == "__main__":
    main(*sys.argv[1:])
