"""Weights of evidence are learned from the candidates of labelled postings, and answer for others."""

from __future__ import annotations

import numpy as np
import pytest

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.evaluation.folds import FOLDS
from jd_assets.evaluation.labels import Json
from jd_assets.evaluation.learn_roles import KINDS, OTHER, Example, held_out, learn, read_examples, shares
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets_tests.library.builders import joined, role
from jd_assets_tests.stages.worked_library import SERVICE_DUTIES, SERVICE_SKILLS, text

TITLE, KRA = KINDS.index("title"), KINDS.index("kra")
LIBRARY = joined(
    role("backend", "Backend Developer"),
    role("go-backend", "Go Backend Developer", parent="backend"),
    role("nurse", "Nurse", domain=OUTSIDE_TECHNOLOGY),
)


def example(number: int) -> Example:
    """The candidate whose duties are near is right, however near the title of the other."""
    evidence = np.zeros((2, len(KINDS)))
    evidence[:, TITLE] = number % 7 / 7, (number + 3) % 7 / 7
    evidence[number % 2, KRA] = 0.6
    return Example(evidence, {"one": "one", "two": "two"}, ("one", "two")[number % 2], {"one", "two"}, number % FOLDS)


EXAMPLES = [example(number) for number in range(60)]


def test_the_kind_of_evidence_that_tells_gets_the_weight() -> None:
    weights = learn(EXAMPLES)
    assert weights["kra"] > 5 * abs(weights["title"])
    assert weights["alias"] == 0


def test_what_was_learned_holds_on_postings_that_it_was_not_learned_from() -> None:
    assert shares(EXAMPLES, held_out(EXAMPLES)) == (1.0, 1.0)


def test_a_posting_without_the_labelled_role_among_its_candidates_is_answered_all_the_same() -> None:
    stray = example(1)._replace(role="three", accepted={"three"})
    assert learn([*EXAMPLES, stray]) == learn(EXAMPLES)
    assert shares([stray], held_out([stray], EXAMPLES)) == (0.0, 0.0)


@pytest.mark.parametrize(("vocabulary", "called"), [((), "go-backend"), (("backend",), "backend")])
def test_a_candidate_is_called_as_the_labels_call_it(
    vocabulary: tuple[str, ...], called: str, embedder: MiniLMEmbedder
) -> None:
    body = text(SERVICE_DUTIES, SERVICE_SKILLS)
    label: Json = {"id": "1", "title": "Go Backend Developer", "text": body, "role": "backend", "skills": []}
    (found,) = read_examples([label], LIBRARY, vocabulary, embedder)
    assert called in found.candidates.values()
    assert found.evidence.shape == (len(found.candidates), len(KINDS))
    assert set(found.candidates.values()) <= {"backend", called, OTHER}
