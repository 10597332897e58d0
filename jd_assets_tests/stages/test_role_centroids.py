from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.model import Taxonomy
from jd_assets.records import CentroidContribution, NanoParse, RoleDecision
from jd_assets.stages.base import Upstream
from jd_assets.stages.role_centroids import FIXED_POINT
from jd_assets_tests.small_world import WordEmbedder
from jd_assets_tests.stages.asking import answer, posting, stages

LIBRARY = Taxonomy()
CHOSEN = RoleDecision(case="UNIQUE_ALIAS", role="backend", specific_role="java-backend")
NOTHING = CentroidContribution(role=None)


def item(
    title: str = "Developer", duties: tuple[str, ...] = (), decision: RoleDecision = CHOSEN, **fields: str
) -> Upstream:
    parse = NanoParse(JD_type="pass", role=title, duties=duties)
    return Upstream(posting("text", title, **fields), nano_parse=parse, role_decisions=decision)


def contribution(*args: object, **fields: object) -> CentroidContribution:
    found: CentroidContribution = answer(LIBRARY, "role_centroids", item(*args, **fields))  # type: ignore[arg-type]
    return found


DUTIES = st.lists(st.sampled_from(["Write programs", "Test them", "Keep services running"]), max_size=4).map(tuple)
WORDS = st.text(st.characters(categories=["L"]), min_size=1, max_size=12)


@settings(max_examples=50, deadline=None)
@given(WORDS, DUTIES)
def test_a_contribution_has_unit_length_within_rounding(title: str, duties: tuple[str, ...]) -> None:
    found = contribution(title, duties)
    length = math.sqrt(sum(value * value for value in found.vector)) / FIXED_POINT
    assert len(found.vector) == WordEmbedder.dim
    # Each of 64 components is off by at most half a unit: the length by at most their root of squares.
    assert abs(length - 1) <= math.sqrt(WordEmbedder.dim) / 2 / FIXED_POINT


def test_it_is_the_mean_of_the_title_and_the_duties() -> None:
    vectors = WordEmbedder().embed(["Developer", "Write programs"]).astype(np.float64)
    mean = vectors.mean(axis=0) / np.linalg.norm(vectors.mean(axis=0))
    found = np.array(contribution("Developer", ("Write programs",)).vector) / FIXED_POINT
    assert np.abs(found - mean).max() <= 0.5 / FIXED_POINT + 1e-9


def test_it_counts_for_the_most_specific_role() -> None:
    assert contribution().role == "java-backend"


def test_an_undecided_or_queued_posting_adds_to_no_centroid() -> None:
    assert contribution(decision=RoleDecision(case="NOT_TECH")) == NOTHING
    queued = CHOSEN.model_copy(update={"case": "LOW_CONFIDENCE", "queued": True})
    assert contribution(decision=queued) == NOTHING


def test_a_duplicate_adds_to_no_centroid() -> None:
    assert contribution(duplicate_of="first", duplicate_kind="near") == NOTHING


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(WORDS, DUTIES, st.booleans()), max_size=5))
def test_a_posting_contributes_the_same_alone_as_in_a_batch(drawn: list[tuple[str, tuple[str, ...], bool]]) -> None:
    items = [item(title, duties, CHOSEN if sure else RoleDecision(case="NOT_TECH")) for title, duties, sure in drawn]
    stage = stages(LIBRARY)["role_centroids"]
    assert list(stage.gather(items)) == [stage.gather([one])[0] for one in items]


def test_the_embedder_is_part_of_the_code_version() -> None:
    assert stages(LIBRARY)["role_centroids"].settings() == WordEmbedder.name
