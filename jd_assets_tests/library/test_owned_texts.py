from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.owned_texts import OwnedTexts
from jd_assets.library.similarity import similarities
from jd_assets_tests.small_world import WordEmbedder

WORDS = st.lists(st.sampled_from("write read build test programs letters houses tools".split()), min_size=1, max_size=4)
TEXTS = st.lists(st.tuples(st.integers(0, 5), WORDS.map(" ".join)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.lists(st.lists(WORDS.map(" ".join), max_size=3), min_size=1, max_size=4), st.sets(st.integers(0, 5)))
def test_the_answer_for_some_owners_is_that_of_comparing_all_texts_exactly(
    texts: list[tuple[int, str]], groups: list[list[str]], asked: set[int]
) -> None:
    texts = sorted(texts)
    embedder, owners = WordEmbedder(), np.array(sorted(asked), dtype=np.int64)
    index = OwnedTexts([text for _, text in texts], [owner for owner, _ in texts], 6, embedder)
    compared = index.compare([embedder.embed(group) for group in groups])
    for group, comparison in zip(groups, compared, strict=True):
        found = comparison.nearest(owners)
        all_near = similarities(embedder.embed(group), embedder.embed([text for _, text in texts]))
        for row in range(len(group)):
            for column, owner in enumerate(owners):
                own = [(-all_near[row, number], number) for number, (of, _) in enumerate(texts) if of == owner]
                value, number = min(own, default=(0.0, -1))
                assert (found.similarities[row, column], found.texts[row, column]) == (-value, number)
