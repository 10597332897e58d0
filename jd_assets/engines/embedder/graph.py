"""The MiniLM encoder as an ONNX graph, built from its tensors: token ids in, one vector a token out.

What belongs here: the forward pass and its quantisation. What does not: files, hashes, tokens, batches, pooling.

Two things decide the shape of this graph. First, a sentence's result must not depend on the rest of its batch, so
each token row gets an int8 scale of its own (ONNX Runtime's own dynamic quantisation takes one scale from the whole
batch), products are summed as integers, and every other operator works within a row or a sentence. Second, CPU time:
rows stay two-dimensional except inside attention, and the operators are those that are vectorised. In particular
`Add` + `LayerNormalization` runs five times faster than the fused `SkipLayerNormalization`, and `Add` + `Gelu` faster
than `BiasGelu`; a session must not fuse them back (see `minilm`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]

DIM = 384
LAYERS = 6
HEADS = 12
NORM_EPSILON = 1e-12

# Weights use 7 of their 8 bits. x86 processors without VNNI add two products of an unsigned and a signed byte in 16
# bits and clip silently; 2 * 255 * 64 still fits. It costs .001 of rank correlation (.9966 instead of .9975 on 1,500
# sentences of postings) and makes the sums exact everywhere.
WEIGHT_MAX = 64
ZERO_POINT = 128  # of activations around zero, in 1..255
# Gelu's output lies in [-0.17, max]: nearly the whole byte can serve the positive side.
GELU_MIN = 0.17
GELU_ZERO_POINT = 16

CONTRIB = "com.microsoft"
FINGERPRINT = "fingerprint"  # a key of the model's metadata
INPUT, OUTPUT = "ids", "tokens"


def build_model(tensors: Mapping[str, Array], *, quantise: bool, max_tokens: int) -> ModelProto:
    """The encoder over `tensors` (named as in the upstream safetensors file).

    Input `ids` int32 (batch, length), length <= max_tokens, no padding; output `tokens` float32 (batch, length, 384).
    With `quantise` the matrix products are int8, weights scaled per output column and activations per token.
    The metadata entry `fingerprint` is a hash of all nodes and constants: equal for equal functions.
    """
    graph = _Graph()
    encoder = _Encoder(graph, tensors, quantise)
    rows = encoder.embed(max_tokens)
    for layer in range(LAYERS):
        rows = encoder.layer(rows, f"encoder.layer.{layer}")
    graph.add("Reshape", rows, encoder.sentence_shape, output=OUTPUT)
    return graph.model()


class _Encoder:
    """Writes the parts of a BERT encoder into a graph. `rows` are always float32 (batch * length, 384)."""

    def __init__(self, graph: _Graph, tensors: Mapping[str, Array], quantise: bool) -> None:
        self._graph, self._tensors, self._quantise = graph, tensors, quantise
        self._row_shape = graph.constant(np.array([-1, DIM], np.int64))
        self._ids_shape = graph.add("Shape", INPUT)
        self.sentence_shape = graph.add("Concat", self._ids_shape, graph.constant(np.array([DIM], np.int64)), axis=0)

    def embed(self, max_tokens: int) -> str:
        """Word plus position plus segment (always the first), normalised."""
        add, constant = self._graph.add, self._graph.constant
        words = add("Gather", constant(self._tensors["embeddings.word_embeddings.weight"]), INPUT)
        places = self._tensors["embeddings.position_embeddings.weight"][:max_tokens]
        places = places + self._tensors["embeddings.token_type_embeddings.weight"][0]
        length = add("Slice", self._ids_shape, constant(np.array([1], np.int64)), constant(np.array([2], np.int64)))
        used = add("Slice", constant(places), constant(np.array([0], np.int64)), length)
        return self._norm(add("Reshape", add("Add", words, used), self._row_shape), "embeddings")

    def layer(self, rows: str, name: str) -> str:
        """Self-attention, then the feed-forward block, each added to its input and normalised."""
        add = self._graph.add
        rows = self._norm(add("Add", self._attention(rows, f"{name}.attention"), rows), f"{name}.attention.output")
        wide = add("Gelu", self._linear(rows, f"{name}.intermediate.dense"))
        narrow = self._linear(wide, f"{name}.output.dense", after_gelu=True)
        return self._norm(add("Add", narrow, rows), f"{name}.output")

    def _attention(self, rows: str, name: str) -> str:
        """Self-attention and its output projection; one product for query, key and value together.

        Only the query's bias is added to its rows. The key's adds the same to all logits of a query, which softmax
        does not see; the value's passes through weights that sum to 1, so it joins the bias of the projection.
        """
        add, tensors = self._graph.add, self._tensors
        weight = np.concatenate([tensors[f"{name}.self.{part}.weight"].T for part in ("query", "key", "value")], axis=1)
        query, key, value = self._graph.split(self._product(rows, weight), 3)
        query = add("Add", query, self._graph.constant(tensors[f"{name}.self.query.bias"]))
        per_sentence = [add("Reshape", part, self.sentence_shape) for part in (query, key, value)]
        context = add("MultiHeadAttention", *per_sentence, domain=CONTRIB, num_heads=HEADS)
        output = tensors[f"{name}.output.dense.weight"].T
        bias = tensors[f"{name}.output.dense.bias"] + _row_times(tensors[f"{name}.self.value.bias"], output)
        product = self._product(add("Reshape", context, self._row_shape), output)
        return add("Add", product, self._graph.constant(bias))

    def _norm(self, rows: str, name: str) -> str:
        scale, shift = (self._graph.constant(self._tensors[f"{name}.LayerNorm.{part}"]) for part in ("weight", "bias"))
        return self._graph.add("LayerNormalization", rows, scale, shift, axis=-1, epsilon=NORM_EPSILON)

    def _linear(self, rows: str, name: str, *, after_gelu: bool = False) -> str:
        product = self._product(rows, self._tensors[f"{name}.weight"].T, after_gelu=after_gelu)
        return self._graph.add("Add", product, self._graph.constant(self._tensors[f"{name}.bias"]))

    def _product(self, rows: str, weight: Array, *, after_gelu: bool = False) -> str:
        """rows (n, k) times weight (k, m); quantised if asked for."""
        add, constant = self._graph.add, self._graph.constant
        if not self._quantise:
            return add("MatMul", rows, constant(weight))
        row_scale, zero = self._gelu_scale(rows) if after_gelu else self._symmetric_scale(rows)
        zero_point = np.array(zero, np.uint8)
        flat_scale = add("Reshape", row_scale, constant(np.array([-1], np.int64)))
        zeros = add("Expand", constant(zero_point.reshape(1)), add("Shape", flat_scale))
        bytes_ = add("QuantizeLinear", rows, flat_scale, zeros, axis=0)
        column_scale = (np.abs(weight).max(axis=0) / WEIGHT_MAX).astype(np.float32)
        quantised = np.rint(weight / column_scale).astype(np.int8)
        # The operator knows one activation scale for all rows: it gets 1, and each row is scaled back after it.
        one = constant(np.array(1, np.float32))
        ins = (bytes_, constant(quantised), one, constant(column_scale), constant(zero_point))
        return add("Mul", add("MatMulIntegerToFloat", *ins, domain=CONTRIB), row_scale)

    def _symmetric_scale(self, rows: str) -> tuple[str, int]:
        """(n, 1) scales that map each row's largest magnitude to 127, and the zero point."""
        add, constant = self._graph.add, self._graph.constant
        columns = constant(np.array([1], np.int64))
        # Two reductions instead of Abs and one: Abs would write the whole tensor once more.
        top = add("ReduceMax", rows, columns, keepdims=1)
        bottom = add("Neg", add("ReduceMin", rows, columns, keepdims=1))
        scale = add("Mul", add("Max", top, bottom), constant(np.array(1 / 127, np.float32)))
        return add("Max", scale, constant(np.array(1e-9, np.float32))), ZERO_POINT  # a row of zeros: no division by 0

    def _gelu_scale(self, rows: str) -> tuple[str, int]:
        """(n, 1) scales for rows that are nowhere below -GELU_MIN, and the zero point."""
        add, constant = self._graph.add, self._graph.constant
        top = add("ReduceMax", rows, constant(np.array([1], np.int64)), keepdims=1)
        scale = add("Mul", top, constant(np.array(1 / (255 - GELU_ZERO_POINT), np.float32)))
        return add("Max", scale, constant(np.array(GELU_MIN / GELU_ZERO_POINT, np.float32))), GELU_ZERO_POINT


def _row_times(row: Array, matrix: Array) -> Array:
    """row @ matrix, summed in order: a BLAS sums as its processor likes, and the fingerprint would differ."""
    products: Array = row.astype(np.float64)[:, None] * matrix
    total: Array = products.cumsum(axis=0)[-1].astype(np.float32)
    return total


class _Graph:
    """Collects nodes and constants, numbered in the order of their making, and hashes them on the way."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[TensorProto] = []
        self._hash = hashlib.sha256()

    def constant(self, value: Array) -> str:
        value = np.require(value, requirements="C")  # keeps scalars scalar, which ascontiguousarray does not
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(value, name))
        self._hash.update(repr((name, str(value.dtype), value.shape)).encode())
        self._hash.update(value.tobytes())
        return name

    def add(self, operator: str, *inputs: str, output: str = "", domain: str = "", **attributes: Any) -> str:
        return self._node(operator, inputs, [output or f"n{len(self._nodes)}"], domain, attributes)[0]

    def split(self, value: str, parts: int) -> list[str]:
        """`value` cut along its last of two axes into equal parts."""
        outputs = [f"n{len(self._nodes)}_{part}" for part in range(parts)]
        return self._node("Split", (value,), outputs, "", {"axis": 1, "num_outputs": parts})

    def _node(
        self, operator: str, inputs: tuple[str, ...], outputs: list[str], domain: str, attributes: dict[str, Any]
    ) -> list[str]:
        self._nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, **attributes))
        self._hash.update(repr((operator, inputs, outputs, domain, sorted(attributes.items()))).encode())
        return outputs

    def model(self) -> ModelProto:
        ids = helper.make_tensor_value_info(INPUT, TensorProto.INT32, ["batch", "length"])
        tokens = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", "length", DIM])
        graph = helper.make_graph(self._nodes, "minilm", [ids], [tokens], self._constants)
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)  # the oldest that knows opset 20
        helper.set_model_props(model, {FINGERPRINT: self._hash.hexdigest()})
        return model
