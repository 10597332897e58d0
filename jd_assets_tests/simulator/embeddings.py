"""The endpoint /v1/embeddings: vectors of texts, near for texts that share words.

What belongs here: checking requests, vectors and usage. What does not: HTTP and limits.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from jd_assets_tests.simulator import replies
from jd_assets_tests.simulator.draws import generator
from jd_assets_tests.simulator.hits import Usage, count_tokens
from jd_assets_tests.simulator.replies import Reply

_DIMENSIONS = 1536
_MOST_TEXTS = 2048
_MOST_TOKENS = 8192


def embed(body: dict[str, Any]) -> Reply:
    """The vectors for a request; what is wrong with the request is answered as an error."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not 0 < len(texts) <= _MOST_TEXTS:
        return replies.bad_request(f"'input' must be a text or 1 to {_MOST_TEXTS} of them.", "input")
    if not all(isinstance(text, str) and text for text in texts):
        return replies.bad_request("'input' holds an empty text, or none.", "input")
    tokens = [count_tokens(text) for text in texts]
    if max(tokens) > _MOST_TOKENS:
        return replies.bad_request(f"A text of {max(tokens)} tokens; the most is {_MOST_TOKENS}.", "input")
    dimensions = body.get("dimensions") or _DIMENSIONS
    vectors = [vector(text, dimensions) for text in texts]
    if body.get("encoding_format") == "base64":
        coded: list[Any] = [base64.b64encode(each.tobytes()).decode() for each in vectors]
    else:
        coded = [each.tolist() for each in vectors]
    payload = {
        "object": "list",
        "data": [{"object": "embedding", "index": index, "embedding": each} for index, each in enumerate(coded)],
        "model": body["model"],
        "usage": {"prompt_tokens": sum(tokens), "total_tokens": sum(tokens)},
    }
    return Reply(200, payload, usage=Usage(sum(tokens)), model=body["model"])


def announced_tokens(body: dict[str, Any]) -> int:
    """A quarter of the request's characters."""
    given = body.get("input")
    return -(-sum(map(len, [given] if isinstance(given, str) else given or ())) // 4)


def vector(text: str, dimensions: int) -> npt.NDArray[np.float32]:
    """A unit vector: the sum of its words' vectors."""
    words = text.lower().split() or [text]
    total = np.sum([_word(word, dimensions) for word in words], axis=0, dtype=np.float32)
    return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


@lru_cache(maxsize=20_000)
def _word(word: str, dimensions: int) -> npt.NDArray[np.float32]:
    dice = np.random.default_rng(generator(word).getrandbits(64))
    return dice.standard_normal(dimensions, dtype=np.float32)
