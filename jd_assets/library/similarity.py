"""Cosine similarities of texts and library entries, the same whatever else is compared in the same call.

In single precision the last bits of a product depend on the shape of the batch, and in one value of a thousand the
fourth place with them: a posting judged alone would then differ from one judged among others. So similarities are
computed in double precision and rounded to four places. With a large library that is slow; so the whole library is
compared in single precision (`rough_similarities`), which only says who can be among the nearest (`contenders`), and
these alone exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jd_assets.engines.embedder import Vectors

# Values of single precision that lie further apart keep their order in double precision and to four places. The bounds:
# 384 products of unit vectors in single precision are off by 0.00003 at most, rounding and a rounded mean of rounded
# values by 0.0001.
SLACK = 0.0003

Numbers = npt.NDArray[np.int64]


def similarities(vectors: Vectors, library: Vectors) -> Vectors:
    """The similarity of each vector (row) to each library vector (column), to four places."""
    return np.round(vectors.astype(np.float64) @ library.astype(np.float64).T, 4).astype(np.float32)


def rough_similarities(vectors: Vectors, library: Vectors) -> Vectors:
    """The similarities in single precision: good for `contenders` and for nothing that is kept."""
    return vectors @ library.T


def contenders(rough: Vectors, count: int) -> Numbers:
    """The positions of all values (of one row) that may be among the `count` largest when exact."""
    if len(rough) <= count:
        return np.arange(len(rough))
    bound = np.partition(rough, len(rough) - count)[len(rough) - count]
    return np.flatnonzero(rough >= bound - SLACK)
