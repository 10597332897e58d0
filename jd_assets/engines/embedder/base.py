"""What a stage may expect of any embedder. Nothing here knows a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their cosine similarity."""

    @property
    def name(self) -> str:
        """Names the function from text to vector: vectors under different names must never be compared."""
        ...

    @property
    def dim(self) -> int:
        """The length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A float32 array (len(texts), dim) of unit vectors, in the order of `texts`.

        A text's vector depends on that text alone: not on its neighbours in the call, nor on their order, to the bit.
        """
        ...


def embed_groups(embedder: Embedder, groups: Sequence[Sequence[str]]) -> list[Vectors]:
    """The vectors of each group of texts, embedded all at once: many together cost far less than one by one."""
    vectors = embedder.embed([text for group in groups for text in group])
    ends = np.cumsum([len(group) for group in groups])
    return [vectors[end - len(group) : end] for group, end in zip(groups, ends, strict=True)]
