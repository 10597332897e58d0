"""Vectors: each text embedded once, two embedders never mixed, a partition replaced in one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from jd_assets.hashing import digest
from jd_assets.store.vectors import Matrix, Vectors


class CountingEmbedder:
    """Gives every text a unit vector of its own, and remembers what it was asked."""

    def __init__(self, name: str, dimensions: int = 8) -> None:
        self.name = name
        self._dimensions = dimensions
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Matrix:
        self.asked.extend(texts)
        rows = [self._one(text) for text in texts]
        return np.array(rows, np.float32).reshape(len(rows), self._dimensions)

    def _one(self, text: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(f"{self.name}:{text}".encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).standard_normal(self._dimensions)
        return vector / np.linalg.norm(vector)


@pytest.fixture
def vectors(tmp_path: Path) -> Vectors:
    return Vectors(tmp_path / "lance")


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder("toy/model:1")


def test_a_text_is_embedded_once_even_when_the_folder_is_opened_anew(
    tmp_path: Path, embedder: CountingEmbedder
) -> None:
    vectors = Vectors(tmp_path / "lance")
    first = vectors.embed_cached(embedder, ["go", "rust", "go"])
    assert embedder.asked == ["go", "rust"]
    assert np.array_equal(first[0], first[2])
    again = Vectors(tmp_path / "lance").embed_cached(embedder, ["zig", "rust", "go"])
    assert embedder.asked == ["go", "rust", "zig"]
    assert np.array_equal(again[[2, 1]], first[:2])
    assert np.array_equal(vectors.embed_cached(embedder, ["zig"])[0], again[0])
    assert embedder.asked == ["go", "rust", "zig"]


def test_no_texts_give_no_vectors(vectors: Vectors, embedder: CountingEmbedder) -> None:
    assert vectors.embed_cached(embedder, []).shape == (0, 8)


def test_vectors_of_two_embedders_never_meet(vectors: Vectors) -> None:
    small, large = CountingEmbedder("toy-1"), CountingEmbedder("toy.1", dimensions=16)
    assert vectors.embed_cached(small, ["go"]).shape == (1, 8)
    assert vectors.embed_cached(large, ["go"]).shape == (1, 16)
    assert vectors.get_many("another", [digest("go")]) == {}
    for embedder in (small, large):
        vectors.sync("aliases", embedder.name, [{"id": embedder.name}], embedder.embed(["go"]))
    assert [row["id"] for row in vectors.search("aliases", small.name, small.embed(["go"])[0], 10)] == [small.name]
    assert vectors.search("aliases", "another", small.embed(["go"])[0], 10) == []


def test_storing_a_vector_again_keeps_one(vectors: Vectors, embedder: CountingEmbedder) -> None:
    vector = embedder.embed(["go"])[0]
    for _ in range(2):
        vectors.put_many(embedder.name, {"hash": vector})
    found = vectors.get_many(embedder.name, ["hash", "unknown", "it's"])
    assert list(found) == ["hash"]
    assert np.array_equal(found["hash"], vector)


def test_a_partition_is_replaced_and_leaves_the_others_alone(vectors: Vectors, embedder: CountingEmbedder) -> None:
    def ids() -> set[tuple[str, str]]:
        found = vectors.search("postings", embedder.name, embedder.embed(["q"])[0], 100)
        return {(row["dump"], row["id"]) for row in found}

    def replace(dump: str, *posting_ids: str) -> None:
        rows = [{"id": posting_id} for posting_id in posting_ids]
        vectors.replace_partition("postings", embedder.name, dump, rows, embedder.embed(posting_ids))

    replace("nobody's")
    replace("it's", "p1", "p2")
    replace("b", "p3")
    replace("it's", "p2", "p4")
    assert ids() == {("it's", "p2"), ("it's", "p4"), ("b", "p3")}
    replace("b", "p2")  # seen in another dump now
    assert ids() == {("it's", "p4"), ("b", "p2")}
    replace("it's")
    assert ids() == {("b", "p2")}


def test_search_gives_the_nearest_with_their_similarity(vectors: Vectors, embedder: CountingEmbedder) -> None:
    words = ["go", "rust", "zig", "nim"]
    matrix = embedder.embed(words)
    vectors.sync("aliases", embedder.name, [{"id": word, "skill": word.upper()} for word in words], matrix)
    found = vectors.search("aliases", embedder.name, matrix[1] * 3, 3)
    assert found[0] == {"id": "rust", "skill": "RUST", "similarity": pytest.approx(1.0, abs=1e-6)}
    by_product = sorted((float(similarity) for similarity in matrix @ matrix[1]), reverse=True)[:3]
    assert [row["similarity"] for row in found] == pytest.approx(by_product, abs=1e-6)


def test_a_synced_table_holds_exactly_what_it_was_given(vectors: Vectors, embedder: CountingEmbedder) -> None:
    for words in (["go", "rust"], ["zig"], [], ["nim"]):
        vectors.sync("aliases", embedder.name, [{"id": word} for word in words], embedder.embed(words))
        found = vectors.search("aliases", embedder.name, embedder.embed(["q"])[0], 10)
        assert {row["id"] for row in found} == set(words)


def test_after_compaction_everything_is_still_there(vectors: Vectors, embedder: CountingEmbedder) -> None:
    texts = [f"text {n}" for n in range(40)]
    for start in range(0, 40, 10):
        vectors.embed_cached(embedder, texts[start : start + 10])
        vectors.compact()
    vectors.sync("aliases", embedder.name, [{"id": "a"}], embedder.embed(["a"]))
    vectors.compact()
    found = vectors.get_many(embedder.name, [digest(text) for text in texts])
    assert len(found) == 40
    assert np.array_equal(found[digest("text 7")], embedder.embed(["text 7"])[0])
