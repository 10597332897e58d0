from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import RoleIndex, SentenceMatch, is_generic, kra_scores
from jd_assets_tests.library.builders import joined, role, shuffled
from jd_assets_tests.small_world import WordEmbedder

LIBRARY = joined(
    role(
        "backend",
        "Backend Developer",
        "Server Developer",
        dimensions={"services": "core", "languages": "core", "clouds": "common"},
        kras=["Design and build services", "Keep services running"],
    ),
    role("java", "Java Developer", dimensions=["languages"], kras=["Write Java programs"], parent="backend"),
    role("analyst", "Data Analyst", dimensions=["reports"], kras=["Prepare reports for managers"]),
    role("lead", "Developer", dimensions=["languages"]),
)


def index(library: Taxonomy = LIBRARY) -> RoleIndex:
    return RoleIndex(library, WordEmbedder())


def kras(found: RoleIndex, *sentences: str) -> tuple[dict[str, float], dict[str, list[SentenceMatch]]]:
    (near,) = found.near_kras([sentences], [WordEmbedder().embed(sentences)])
    scores = near.of(found.slugs)
    return scores, {slug: list(near.matches(slug)) for slug, score in scores.items() if score}


def titles(found: RoleIndex, title: str) -> dict[str, float]:
    (near,) = found.near_titles([title])
    return near.of(found.slugs)


# --- by title -------------------------------------------------------------------------------------------------------


def test_a_title_names_the_roles_of_which_the_whole_of_it_is_an_alias() -> None:
    assert [hit.role for hit in index().named("backend-developer")] == ["backend"]
    assert [hit.role for hit in index().named("Backend Developers")] == ["backend"]
    assert index().named("Senior Backend Developer") == []


def test_a_title_of_two_roles_names_both() -> None:
    library = joined(LIBRARY, role("other", "Other", "Java Developer"))
    assert sorted(hit.role for hit in index(library).named("Java Developer")) == ["java", "other"]


def test_a_display_name_is_an_alias_too() -> None:
    library = Taxonomy(roles=role("x", "Blimp Pilot").roles)
    assert [hit.role for hit in index(library).named("blimp pilot")] == ["x"]


def test_of_aliases_inside_a_title_the_longest_counts_with_its_share_of_the_words() -> None:
    (hit,) = index().contained("Senior Java Developer, Pune")
    assert (hit.role, hit.alias, hit.coverage) == ("java", "Java Developer", 0.5)


def test_a_title_may_contain_two_roles() -> None:
    found = {hit.role: hit.coverage for hit in index().contained("Data Analyst / Java Developer")}
    assert found == {"analyst": 0.5, "java": 0.5}


def test_a_title_is_as_near_to_a_role_as_to_its_nearest_alias() -> None:
    near = titles(index(), "server developer")
    assert near["backend"] == pytest.approx(1.0)
    assert max(near, key=lambda slug: near[slug]) == "backend"


@pytest.mark.parametrize(
    ("title", "generic"),
    [("Software Engineer", True), ("Web Developer", True), ("C++ Developer", False), (".NET Engineer", False)],
)
def test_a_title_that_names_no_speciality_is_generic(title: str, generic: bool) -> None:
    assert is_generic(title) is generic


# --- by skills ------------------------------------------------------------------------------------------------------


def test_a_skill_reaches_the_roles_that_share_a_dimension() -> None:
    assert index().roles_of(["clouds", "reports"]) == ("analyst", "backend")
    assert index().roles_of(["unknown"]) == ()


def test_specificity_is_the_inverse_role_frequency_of_the_best_shared_dimension() -> None:
    rare, shared = math.log1p(4 / 1) / math.log1p(4), math.log1p(4 / 3) / math.log1p(4)
    found = index().specificity(["services", "languages"])
    assert found == pytest.approx({"backend": rare, "java": shared * 0.7, "lead": shared * 0.7})
    assert index().specificity(["clouds"]) == pytest.approx({"backend": rare * 0.5})
    assert index().specificity(["unknown"]) == {}


@settings(deadline=None)
@given(st.lists(st.sampled_from(["services", "languages", "clouds", "reports", "unknown"]), max_size=4))
def test_specificity_is_within_0_and_1_and_speaks_for_roles_that_share_a_dimension(dimensions: list[str]) -> None:
    found = index().specificity(dimensions)
    assert tuple(sorted(found)) == index().roles_of(dimensions)
    assert all(0 < value <= 1 for value in found.values())


# --- by duties ------------------------------------------------------------------------------------------------------


def test_a_roles_kra_score_is_the_mean_of_its_three_best_sentences() -> None:
    scores, which = kra_scores(np.array([[0.1], [0.6506], [0.4712], [0.6129]], dtype=np.float32))
    assert scores.tolist() == pytest.approx([0.5782])
    assert which[:, 0].tolist() == [1, 3, 2]


def test_of_fewer_sentences_it_is_the_mean_of_all() -> None:
    assert kra_scores(np.array([[0.2], [0.4]], dtype=np.float32))[0].tolist() == pytest.approx([0.3])


def test_each_sentence_takes_the_roles_best_kra_and_one_kra_may_serve_several() -> None:
    sentences = ("Write Java programs", "Write good Java programs", "Keep services running")
    scores, matches = kras(index(), *sentences)
    assert {kra for _, kra, _ in matches["java"]} == {"Write Java programs"}
    assert matches["backend"][0] == ("Keep services running", "Keep services running", 1.0)
    assert scores["java"] == pytest.approx(sum(value for _, _, value in matches["java"]) / 3, abs=1e-4)


def test_a_role_without_kras_and_a_posting_without_duties_score_nothing() -> None:
    scores, _ = kras(index(), "Write Java programs")
    assert scores["lead"] == 0
    none, without = kras(index())
    assert set(none.values()) == {0.0}
    assert without == {}
    assert set(kras(index(Taxonomy(roles=LIBRARY.roles)), "Write Java programs")[0].values()) == {0.0}


def test_the_nearest_kra_of_a_role_is_told_for_each_sentence() -> None:
    vectors = WordEmbedder().embed(["Keep services running", "Bind flowers"])
    same, other = index().nearest_kra("backend", vectors)
    assert same == 1.0
    assert other < 0.5
    assert index().nearest_kra("lead", vectors) == ()
    assert index().nearest_kra("backend", vectors[:0]) == ()


@settings(max_examples=20, deadline=None)
@given(st.integers(), st.sampled_from(["Java Developer", "Backend Developer", "Server Analyst", "Pilot"]))
def test_the_order_of_the_librarys_rows_never_matters(seed: int, title: str) -> None:
    library = joined(LIBRARY, role("twin", "Java Developer", dimensions=["languages"], kras=["Write Java programs"]))
    one, other = index(library), index(shuffled(library, seed))
    assert one.texts == other.texts
    assert one.named(title) == other.named(title)
    assert one.contained(f"Senior {title}") == other.contained(f"Senior {title}")
    assert titles(one, title) == titles(other, title)
    assert kras(one, "Write Java programs") == kras(other, "Write Java programs")
    assert one.specificity(["languages"]) == other.specificity(["languages"])
