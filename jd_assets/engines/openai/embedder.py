"""Sentences to vectors by a model of the endpoint.

What belongs here: the `Embedder` over the engine: batches, unit length. What does not: keeping vectors (the store
embeds each text once), thresholds: they belong to an embedder, and have to be learned for this one before it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from jd_assets.engines.embedder.base import Vectors
from jd_assets.engines.openai.engine import ModelEngine
from jd_assets.errors import SettingsError

TEXTS_PER_REQUEST = 256
MAX_CHARS = 6_000  # endpoints take 8,191 tokens a text, and no script needs more than a token and a third a character


class OpenAIEmbedder:
    """A model of the endpoint as an embedder. Its name is the model's.

    Endpoints do not promise the same bits for the same text twice: keep what came.
    """

    def __init__(self, engine: ModelEngine, model: str) -> None:
        self._engine, self.name = engine, model

    @cached_property
    def dim(self) -> int:
        """The length of a vector; asked of the endpoint once."""
        return int(self._engine.embed([["length"]], self.name)[0].shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 (len(texts), dim), in the order of `texts`.

        Raises ModelAccessError, BudgetSpent or ModelUnavailable as `ModelEngine.answer` does.
        """
        if not texts:
            return np.empty((0, self.dim), np.float32)
        wanted = [text[:MAX_CHARS] for text in texts]
        batches = [wanted[start : start + TEXTS_PER_REQUEST] for start in range(0, len(wanted), TEXTS_PER_REQUEST)]
        vectors = np.concatenate(self._engine.embed(batches, self.name))
        unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
        return unit


def require_learned(name: str, learned_for: str) -> None:
    """Raises SettingsError, saying what to do, when matching was learned for another embedder than `name`."""
    if name != learned_for:
        raise SettingsError(
            f"embedder.model is {name}, but the thresholds of matching were learned for {learned_for}: learn them for "
            f"{name} first (python -m jd_assets.evaluation.learn), or take the built-in embedder (embedder.engine = "
            '"minilm")'
        )
