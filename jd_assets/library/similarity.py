"""Cosine similarities of texts and library entries, the same whatever else is compared in the same call.

In single precision the last bits of a product depend on the shape of the batch, and in one value of a thousand the
fourth place with them: a posting judged alone would then differ from one judged among others. So the library's side
is kept in double precision, and similarities are rounded to four places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from jd_assets.engines.embedder import Embedder, Vectors

LibraryVectors = npt.NDArray[np.float64]


def library_vectors(embedder: Embedder, texts: Sequence[str]) -> LibraryVectors:
    """The vectors of library texts, one a row, ready to be compared with."""
    return embedder.embed(texts).astype(np.float64)


def similarities(vectors: Vectors, library: LibraryVectors) -> Vectors:
    """The similarity of each vector (row) to each library vector (column), to four places."""
    return np.round(vectors @ library.T, 4).astype(np.float32)
