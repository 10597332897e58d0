from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.model import Taxonomy
from jd_assets.library.skill_index import SkillIndex
from jd_assets.library.skill_matcher import (
    NEIGHBOURS,
    Neighbour,
    SkillMatcher,
    TermMatch,
    common_dimensions,
)
from jd_assets_tests.library.builders import joined, shuffled, skill
from jd_assets_tests.small_world import WordEmbedder


def matcher(library: Taxonomy) -> SkillMatcher:
    return SkillMatcher(library, SkillIndex(library), WordEmbedder())


def match(library: Taxonomy, term: str) -> TermMatch:
    return matcher(library).match([term])[term]


# Of five words four are shared: with an embedder of words, a similarity of about 4/5; of two words one: about 1/2.
TESTING = skill("testing", "automated end to end testing", "E2E testing", dimensions=["quality", "services"])
LIBRARY = joined(
    TESTING,
    skill("aws", "AWS", strategy="EXACT_CASE", dimensions=["clouds"]),
    skill("cases", "Use Case Points", strategy="EXACT_CASE", dimensions=["planning"]),
    skill("iso-9001", "ISO 9001 quality audit certificate", dimensions=["quality"]),
    skill("rest", "REST API", dimensions=["services"]),
)


def test_a_literal_alias_comes_before_any_embedding() -> None:
    found = match(LIBRARY, "e2e-testing")
    assert (found.skill, found.via, found.alias, found.similarity) == ("testing", "alias", "E2E testing", None)
    assert found.dimensions == ("quality", "services")
    assert found.neighbours == ()


@pytest.mark.parametrize("term", ["REST APIs", "rest-api", "Rest Api"])
def test_case_hyphens_and_number_do_not_part_a_term_from_its_alias(term: str) -> None:
    assert match(LIBRARY, term).skill == "rest"


def test_an_exact_case_alias_counts_in_its_case_alone() -> None:
    assert match(LIBRARY, "AWS").strategy == "EXACT_CASE"
    assert match(LIBRARY, "aws").skill is None
    assert match(LIBRARY, "use case points").skill is None, "the embedding must not undo what the case decided"


def test_a_near_wording_is_matched_by_embedding_and_says_how_near() -> None:
    found = match(LIBRARY, "automated end to end testing suites")
    assert (found.skill, found.via, found.alias) == ("testing", "embedding_alias", "automated end to end testing")
    assert found.similarity is not None
    assert 0.8 < found.similarity <= 1


def test_no_match_is_an_answer_and_names_the_neighbours() -> None:
    found = match(LIBRARY, "flower binding")
    assert (found.skill, found.via, found.alias, found.strategy) == (None, None, None, None)
    assert found.neighbours
    assert found.similarity == found.neighbours[0].similarity < 0.6


def test_a_few_letters_are_near_nothing() -> None:
    assert match(LIBRARY, "QRM").neighbours == ()


def test_two_numbers_are_never_the_same_thing() -> None:
    found = match(LIBRARY, "ISO 27001 quality audit certificate")
    assert found.skill is None
    assert found.neighbours[0].skill == "iso-9001"


@pytest.mark.parametrize("term", ["analytics", "Analytics", "analytic"])
def test_one_word_of_a_longer_name_is_not_that_name_however_near_it_is(term: str) -> None:
    library = joined(LIBRARY, skill("ga", "Web Analytics"))
    found = SkillMatcher(library, SkillIndex(library), OneDirection()).match([term])[term]
    assert (found.skill, found.similarity) == (None, 1.0)
    assert found.neighbours[0].skill == "ga"


class OneDirection(WordEmbedder):
    """Everything is as near to everything as can be."""

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.tile(np.eye(1, self.dim, dtype=np.float32), (len(texts), 1))


def test_a_short_term_matches_literally_or_not_at_all_however_near_it_is() -> None:
    library = joined(skill("sapphire", "Sapphire"), skill("sas", "SAS"))
    found = SkillMatcher(library, SkillIndex(library), OneDirection()).match(["SAP", "SAS"])
    assert (found["SAP"].skill, found["SAP"].similarity) == (None, 1.0)
    assert found["SAS"].skill == "sas"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["end to end testing", "REST", "AWS", "iso 9001 audit", "zig", "api"]), max_size=6))
def test_a_term_is_matched_alone_as_among_others(terms: list[str]) -> None:
    together = matcher(LIBRARY).match(terms)
    assert together == {term: match(LIBRARY, term) for term in terms}


@settings(max_examples=25, deadline=None)
@given(st.integers(), st.sampled_from(["end to end tests", "REST API", "quality", "data store"]))
def test_the_order_of_the_librarys_rows_never_matters(seed: int, term: str) -> None:
    library = joined(LIBRARY, skill("rest-2", "REST API"), skill("store", "data base"), skill("stock", "data base"))
    assert match(shuffled(library, seed), term) == match(library, term)


def test_neighbours_are_distinct_skills_nearest_first() -> None:
    library = joined(*(skill(f"skill-{word}", f"data {word}", f"{word} data") for word in "abcdefgh"))
    near = match(library, "data model").neighbours
    assert len({neighbour.skill for neighbour in near}) == len(near) == NEIGHBOURS
    assert [n.similarity for n in near] == sorted((n.similarity for n in near), reverse=True)


def test_an_empty_library_matches_nothing() -> None:
    assert match(Taxonomy(), "Java") == TermMatch()


def neighbour(slug: str, similarity: float, *dimensions: str) -> Neighbour:
    return Neighbour(slug, slug, similarity, "Tool", "Test", "TOOL", "STABLE", "EVERGREEN", "UNVERSIONED", dimensions)


def test_common_dimensions_are_those_of_near_neighbours_most_votes_first_and_at_most_three() -> None:
    near = (neighbour("one", 0.95, "b", "a"), neighbour("two", 0.94, "b", "c", "d", "e"), neighbour("far", 0.1, "z"))
    assert common_dimensions(near) == ("b", "a", "c")
    assert common_dimensions(near[2:]) == ()
    assert common_dimensions(()) == ()
