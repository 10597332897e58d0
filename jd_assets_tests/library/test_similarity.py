from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.similarity import contenders, rough_similarities, similarities
from jd_assets_tests.small_world import WordEmbedder


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_a_similarity_does_not_depend_on_what_else_is_compared(seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    library = random.standard_normal((300, 384))
    library = (library / np.linalg.norm(library, axis=1, keepdims=True)).astype(np.float32)
    vectors = (library[:rows] + 0.03 * random.standard_normal((rows, 384))).astype(np.float32)
    together = similarities(vectors, library)
    assert all((similarities(vectors[row : row + 1], library)[0] == together[row]).all() for row in range(rows))


def test_a_text_is_wholly_similar_to_itself_and_similarities_have_four_places() -> None:
    texts = ["write programs", "bind flowers", "write letters"]
    found = similarities(WordEmbedder().embed(texts), WordEmbedder().embed(texts))
    assert found.diagonal().tolist() == [1.0, 1.0, 1.0]
    assert all(round(float(value), 4) == np.round(float(value), 6) for value in found.flat)


def test_nothing_compared_with_something_is_an_empty_table() -> None:
    found = similarities(WordEmbedder().embed([]), WordEmbedder().embed(["write programs"]))
    assert found.shape == (0, 1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 400))
def test_the_nearest_are_always_among_the_contenders(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    # Many near and equal values, so that the last bits would decide.
    library = np.repeat(random.standard_normal((40, 384)), 8, axis=0) + 0.001 * random.standard_normal((320, 384))
    library = (library / np.linalg.norm(library, axis=1, keepdims=True)).astype(np.float32)
    exact = similarities(library[:1], library)[0]
    found = contenders(rough_similarities(library[:1], library)[0], count)
    last = np.sort(exact)[-min(count, len(exact))]
    assert set(np.flatnonzero(exact >= last)) <= set(found)
