"""Writes a tiny language model that llama.cpp loads: `python -m jd_assets_tests.tiny_gguf FILE`.

What belongs here: the GGUF file format (version 3, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), as far
as a small llama needs it, and a model to put in it. What does not: serving it (llama_server).

The model knows nothing: it has one layer of random weights over a vocabulary of single characters and bytes. It leans
towards the characters that end things in JSON, so that an answer under a grammar is short. That is all a test needs of
a server that nobody here wrote.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Value = int | float | str | bool | Sequence[int] | Sequence[float] | Sequence[str]
Weights = Mapping[str, npt.NDArray[np.float32]]

_ALIGNMENT = 32
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9  # types of values
_F32 = 0  # type of a tensor

_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6  # types of tokens
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # stands for a space in a vocabulary of this kind

_WIDTH, _INNER, _HEADS, _CONTEXT = 32, 64, 2, 32_768
_LEAN = {'"': 4.0, "}": 3.0, "]": 3.0, ",": 2.0, ":": 2.0}  # how much likelier than a letter, as a logit
_TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "


def write_gguf(path: Path, metadata: Mapping[str, Value], tensors: Weights) -> None:
    """Write a GGUF file: metadata in the order given, tensors as 32-bit floats."""
    head = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(metadata))]
    for key, value in metadata.items():
        head += [_string(key), _typed(value)]
    offset = 0
    for name, tensor in tensors.items():
        shape = tensor.shape[::-1]  # the fastest dimension first
        head += [_string(name), struct.pack("<I", len(shape)), struct.pack(f"<{len(shape)}Q", *shape)]
        head.append(struct.pack("<IQ", _F32, offset))
        offset += len(_padded(tensor.tobytes()))
    path.write_bytes(_padded(b"".join(head)) + b"".join(_padded(tensor.tobytes()) for tensor in tensors.values()))


def write_tiny_llama(path: Path, seed: int = 0) -> None:
    """Write the tiny model (about 140 kB); the same seed gives the same file."""
    characters = [_SPACE, *(chr(code) for code in range(33, 127))]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *characters]
    kinds = [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256, *[_NORMAL] * len(characters)]
    metadata: dict[str, Value] = {
        "general.architecture": "llama",
        "general.name": "tiny",
        "general.alignment": _ALIGNMENT,
        "llama.vocab_size": len(tokens),
        "llama.context_length": _CONTEXT,
        "llama.embedding_length": _WIDTH,
        "llama.block_count": 1,
        "llama.feed_forward_length": _INNER,
        "llama.attention.head_count": _HEADS,
        "llama.attention.head_count_kv": _HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": _WIDTH // _HEADS,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": [0.0] * len(tokens),
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.add_space_prefix": False,
        "tokenizer.chat_template": _TEMPLATE,
    }
    write_gguf(path, metadata, _weights(tokens, np.random.default_rng(seed)))


def _weights(tokens: Sequence[str], dice: np.random.Generator) -> Weights:
    """Random, but for dimension 0: it is the same large number for every token, so a row's weight there is a bias."""

    def random(*shape: int) -> npt.NDArray[np.float32]:
        return dice.normal(0, 0.1, shape).astype(np.float32)

    embeddings, output = random(len(tokens), _WIDTH), random(len(tokens), _WIDTH)
    embeddings[:, 0] = 4.0
    size = np.sqrt(_WIDTH)  # what the last normalization makes of dimension 0, nearly
    output[:, 0] = [_LEAN.get(token, -4.0 if len(token) > 1 else 0.0) / size for token in tokens]
    block = {name: random(_WIDTH, _WIDTH) for name in ("attn_q", "attn_k", "attn_v", "attn_output")}
    block |= {"ffn_gate": random(_INNER, _WIDTH), "ffn_up": random(_INNER, _WIDTH), "ffn_down": random(_WIDTH, _INNER)}
    ones = np.ones(_WIDTH, np.float32)
    return {
        "token_embd.weight": embeddings,
        "output_norm.weight": ones,
        "output.weight": output,
        "blk.0.attn_norm.weight": ones,
        "blk.0.ffn_norm.weight": ones,
        **{f"blk.0.{name}.weight": tensor for name, tensor in block.items()},
    }


def _string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _typed(value: Value) -> bytes:
    """A value with its type before it: integers are unsigned, in arrays signed, as llama.cpp wants them."""
    if isinstance(value, bool):
        return struct.pack("<I?", _BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", _UINT32, value)
    if isinstance(value, float):
        return struct.pack("<If", _FLOAT32, value)
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _string(value)
    first = value[0]
    kind = _STRING if isinstance(first, str) else _INT32 if isinstance(first, int) else _FLOAT32
    items = b"".join(
        _string(item) if isinstance(item, str) else struct.pack("<i" if kind == _INT32 else "<f", item)
        for item in value
    )
    return struct.pack("<IIQ", _ARRAY, kind, len(value)) + items


def _padded(raw: bytes) -> bytes:
    return raw + b"\0" * (-len(raw) % _ALIGNMENT)


if __name__ == "__main__":
    write_tiny_llama(Path(sys.argv[1]))
