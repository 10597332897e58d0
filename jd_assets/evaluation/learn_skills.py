"""Learning which phrases are skills, and which skills are primary, from labelled postings.

    python -m jd_assets.evaluation.learn_skills TAXONOMY_FOLDER LABELS.jsonl [FURTHER_LABELS.jsonl …]

writes `skill_choice.csv` and `skill_primary.csv` of the rules engine and prints the figures, on held-out postings and
on the postings learned from: run it after a change of the library, of the guards or of a feature. The same input gives
the same files. A bound of probability is not chosen on the postings that its figures are of. Figures on postings that
were learned from flatter. Further labels are learned from too, but no figure is of them. What counts as primary differs
between people: where the first file's labels differ from the further ones, its own count (see `_adapted`).
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from jd_assets.engines.rules import skill_choice, skill_weight
from jd_assets.engines.rules.skill_choice import choose, probability
from jd_assets.engines.rules.skill_weight import central, primary_features
from jd_assets.engines.rules.weights import BIAS, BOUND, Weights, write_weights
from jd_assets.evaluation.folds import FOLDS, fold_of
from jd_assets.evaluation.labels import Json, Overlap, Words, as_posting, read_labels, words
from jd_assets.evaluation.logistic import fit, rounded
from jd_assets.library.files import read_folder
from jd_assets.library.skill_index import SkillIndex
from jd_assets.stages.base import Upstream
from jd_assets.stages.extracted_skills import ExtractedSkillsStage, Reading, mentions_of, read
from jd_assets.stages.nano_parse import parse

LEAST_POSTINGS = 8  # that a feature stands in
CHOICE_PENALTY, PRIMARY_PENALTY = 4.0, 5.0
LEAST_WEIGHT = 0.05
CHOICE_BOUNDS, PRIMARY_BOUNDS = ([step / 20 for step in range(first, 15)] for first in (6, 3))  # to choose from
OWN, OWN_VALUE = "own ", 0.7  # of a feature's copy for the postings that figures are of; see `_adapted`
DATA = Path(skill_choice.__file__).with_name("data")


class Example(NamedTuple):
    """A labelled posting as it is read, before anything is chosen."""

    reading: Reading
    skills: set[Words]
    primary: set[Words]
    fold: int


class Learned(NamedTuple):
    """The weights of both models, each with its bound: the probability from which something counts."""

    choice: Weights
    primary: Weights


def read_examples(labels: Sequence[Json], index: SkillIndex) -> list[Example]:
    """What there is to learn from."""
    stage = ExtractedSkillsStage(index)
    asked = [Upstream(posting=posting, nano_parse=parse(posting)) for posting in map(as_posting, labels)]
    return [
        Example(
            read(item, facts),
            {words(text) for text in label["skills"]} - {()},
            {words(text) for text in label.get("primary", ())} - {()},
            fold_of(label["id"]),
        )
        for label, item, facts in zip(labels, asked, stage.gather(asked), strict=True)
    ]


def learn_folds(examples: Sequence[Example], further: Sequence[Example] = ()) -> dict[int, Learned]:
    """For each fold the weights that the other folds' postings give, with `further` ones that belong to no fold, and
    the bounds by which these other postings, each held out itself, are read best."""
    others = {fold: [one for one in examples if one.fold != fold] for fold in range(FOLDS)}
    choice = {fold: _fit_choice([*rest, *further]) for fold, rest in others.items()}
    choice = {fold: {**choice[fold], BOUND: _choice_bound(rest, choice)} for fold, rest in others.items()}
    primary = {fold: _fit_primary(rest, further, choice[fold]) for fold, rest in others.items()}
    return {
        fold: Learned(choice[fold], {**primary[fold], BOUND: _primary_bound(rest, choice, primary)})
        for fold, rest in others.items()
    }


def learn(examples: Sequence[Example], further: Sequence[Example], held_out: Mapping[int, Learned]) -> Learned:
    """The weights that fit these postings and `further` ones, and the bounds by which these are read best when each is
    held out: `held_out` is what `learn_folds` made of the same."""
    choices = {fold: learned.choice for fold, learned in held_out.items()}
    primaries = {fold: learned.primary for fold, learned in held_out.items()}
    choice = {**_fit_choice([*examples, *further]), BOUND: _choice_bound(examples, choices)}
    primary = _fit_primary(examples, further, choice)
    return Learned(choice, {**primary, BOUND: _primary_bound(examples, choices, primaries)})


def _fit_choice(postings: Sequence[Example]) -> Weights:
    rows = [(number, term, example) for number, example in enumerate(postings) for term in example.reading.terms]
    weights = fit(
        [dict.fromkeys(sorted(term.features), 1.0) for _, term, _ in rows],
        [words(example.reading.words(term.mentions[0])) in example.skills for _, term, example in rows],
        [number for number, _, _ in rows],
        least=LEAST_POSTINGS,
        penalty=CHOICE_PENALTY,
    )
    return rounded(weights, LEAST_WEIGHT)


def _fit_primary(examples: Sequence[Example], further: Sequence[Example], choice: Weights) -> Weights:
    """What is primary is learned among the skills that the first model finds."""
    postings = [*examples, *further]
    rows = [
        (number, example, *row) for number, example in enumerate(postings) for row in _primary_rows(example, choice)
    ]
    weights = fit(
        [_adapted(features, own=number < len(examples)) for number, _, _, features in rows],
        [_named(text, example.primary) for _, example, text, _ in rows],
        [number for number, *_ in rows],
        least=LEAST_POSTINGS,
        penalty=PRIMARY_PENALTY,
    )
    return rounded(_own(weights), LEAST_WEIGHT)


def _choice_bound(examples: Sequence[Example], held_out: Mapping[int, Weights]) -> float:
    """The bound with the best F1, strict and partial; each posting is read by the weights of its fold."""

    read = [(example, _chances(example, held_out[example.fold])) for example in examples]

    def f1(bound: float) -> float:
        strict, partial = Overlap(), Overlap()
        for example, chances in read:
            chosen = choose(example.reading.terms, chances, bound)
            found = {words(example.reading.words(mentions[0])) for mentions in chosen.values()} - {()}
            strict.add(example.skills, found, partial=False)
            partial.add(example.skills, found, partial=True)
        return strict.scores[2] + partial.scores[2]

    return max(CHOICE_BOUNDS, key=f1)


def _primary_bound(
    examples: Sequence[Example], choice: Mapping[int, Weights], held_out: Mapping[int, Weights]
) -> float:
    """The bound with the best F1; each posting is read by the weights of its fold."""
    read = [(example, list(_primary_rows(example, choice[example.fold]))) for example in examples]

    def f1(bound: float) -> float:
        overlap = Overlap()
        for example, rows in read:
            _add_primary(overlap, example, rows, {**held_out[example.fold], BOUND: bound})
        return overlap.scores[2]

    return max(PRIMARY_BOUNDS, key=f1)


def _adapted(features: Mapping[str, float], *, own: bool) -> Mapping[str, float]:
    """The features as they are learned from: for the postings that figures are of, each stands a second time as its
    own. So what all labels have in common is learned from all, and what differs, apart (Daumé, 2007, "Frustratingly
    Easy Domain Adaptation")."""
    if not own:
        return features
    copies = {OWN + name: OWN_VALUE * value for name, value in features.items()}
    return {**features, **copies, OWN + BIAS: OWN_VALUE}


def _own(weights: Weights) -> Weights:
    """The weights as they are used: for postings like those that figures are of."""
    common = dict.fromkeys(name.removeprefix(OWN) for name in weights)
    return {name: weights.get(name, 0.0) + OWN_VALUE * weights.get(OWN + name, 0.0) for name in common}


def _chances(example: Example, choice: Weights) -> list[float]:
    return [probability(term.features, choice) for term in example.reading.terms]


def _primary_rows(example: Example, choice: Weights) -> Iterator[tuple[Words, Mapping[str, float]]]:
    """The words of each skill found, and its features."""
    chances = _chances(example, choice)
    skills = mentions_of(example.reading, chances, choose(example.reading.terms, chances, choice[BOUND]))
    texts = [words(example.reading.words(skill.where)) for skill in skills]
    yield from zip(texts, primary_features(skills), strict=True)


def _named(text: Words, labelled: Collection[Words]) -> bool:
    overlap = Overlap()
    overlap.add(set(labelled), {text}, partial=True)
    return bool(overlap.predicted_hits)


def overlaps(examples: Sequence[Example], learned: Mapping[int, Learned]) -> dict[str, Overlap]:
    """Strict, partial and primary overlap; `learned` holds for each fold the weights that its postings are read by."""
    strict, partial, primary = Overlap(), Overlap(), Overlap()
    for example in examples:
        choice, weights = learned[example.fold]
        rows = list(_primary_rows(example, choice))
        found = {text for text, _ in rows} - {()}
        strict.add(example.skills, found, partial=False)
        partial.add(example.skills, found, partial=True)
        _add_primary(primary, example, rows, weights)
    return {"strict": strict, "partial": partial, "primary": primary}


def _add_primary(
    overlap: Overlap, example: Example, rows: Sequence[tuple[Words, Mapping[str, float]]], weights: Weights
) -> None:
    chances = [skill_weight.chance(features, weights) for _, features in rows]
    found = {rows[position][0] for position in central(chances, weights[BOUND])} - {()}
    overlap.add(example.primary, found, partial=True)


def figures(examples: Sequence[Example], learned: Mapping[int, Learned]) -> list[str]:
    """The overlaps as lines to print."""
    named = overlaps(examples, learned)
    return ["  {:8} P {:.3f}  R {:.3f}  F1 {:.3f}".format(name, *overlap.scores) for name, overlap in named.items()]


def main(taxonomy_folder: str, labels_path: str, *further_paths: str) -> None:
    """Learn from all postings, write the files, print the figures."""
    index = SkillIndex(read_folder(Path(taxonomy_folder)))
    examples = read_examples(read_labels(Path(labels_path)), index)
    further = [one for path in further_paths for one in read_examples(read_labels(Path(path)), index)]
    folds = learn_folds(examples, further)
    beside = f", learned with {len(further)} further ones" if further else ""
    print(f"held out, {FOLDS} folds of {len(examples)} postings{beside}:", *figures(examples, folds), sep="\n")
    learned = learn(examples, further, folds)
    print("learned from these same postings:", *figures(examples, dict.fromkeys(range(FOLDS), learned)), sep="\n")
    write_weights(learned.choice, DATA / "skill_choice.csv")
    write_weights(learned.primary, DATA / "skill_primary.csv")
    print(f"{len(learned.choice)} and {len(learned.primary)} weights written to {DATA}")
    print(f"bounds: {learned.choice[BOUND]} (a skill) and {learned.primary[BOUND]} (primary)")


if __name__ == "__main__":
    main(*sys.argv[1:])
