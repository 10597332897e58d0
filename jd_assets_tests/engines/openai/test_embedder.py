"""A model of the endpoint as an embedder: unit vectors in order, on record and within the budget."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from jd_assets.engines.openai.config import Budget, EmbedderConfig, PriceOverride
from jd_assets.engines.openai.embedder import TEXTS_PER_REQUEST, OpenAIEmbedder, require_learned
from jd_assets.errors import BudgetSpent, SettingsError
from jd_assets.store import Store
from jd_assets_tests.engines.openai.asking import OpenEngine
from jd_assets_tests.simulator.client import Simulator

MODEL = "text-embedding-3-small"
PRICES = {MODEL: PriceOverride(Decimal("0.02"), Decimal(0), Decimal("0.02"), Decimal("0.02"))}
EMBEDDER = EmbedderConfig("openai", MODEL)


def test_vectors_are_unit_in_order_and_billed_to_the_digit(
    open_engine: OpenEngine, simulator: Simulator, store: Store
) -> None:
    texts = [f"Line {number} of a posting about work." for number in range(TEXTS_PER_REQUEST + 40)]
    with open_engine(prices=PRICES) as engine:
        embedder = OpenAIEmbedder(engine, MODEL)
        vectors = embedder.embed(texts)
        assert embedder.name == MODEL and vectors.shape == (len(texts), embedder.dim)
        assert vectors.dtype == np.float32 and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
        assert np.allclose(embedder.embed(texts[280:]), vectors[280:], atol=1e-6)
        assert embedder.embed([]).shape == (0, embedder.dim)
    totals = store.calls.totals("task")[0]
    assert (totals.key, totals.cost_usd) == ("embed", simulator.bill().total)
    assert totals.attempts == len(simulator.asked()) == 4


def test_any_text_has_a_vector(open_engine: OpenEngine) -> None:
    with open_engine(prices=PRICES) as engine:
        vectors = OpenAIEmbedder(engine, MODEL).embed(["", "\0", "\ud800 broken", "x" * 100_000])
    assert np.isfinite(vectors).all()


def test_the_budget_holds_for_embeddings(open_engine: OpenEngine, simulator: Simulator) -> None:
    budget = Budget(usd_per_day=Decimal("0.000001"))
    with open_engine(prices=PRICES, budget=budget) as engine, pytest.raises(BudgetSpent):
        OpenAIEmbedder(engine, MODEL).embed(["a text"] * 300)
    assert not simulator.asked()


def test_thresholds_must_have_been_learned_for_the_model() -> None:
    require_learned(MODEL, MODEL)
    with pytest.raises(SettingsError, match="learn them"):
        require_learned(MODEL, "all-MiniLM-L6-v2/int8")
