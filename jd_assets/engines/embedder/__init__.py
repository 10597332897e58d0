"""Sentences to vectors, on this machine, without a network.

What belongs here: the `Embedder` that stages and the library are written against, and its one implementation, MiniLM
on ONNX Runtime: finding and checking the weights (`weights`), building the graph (`graph`), running it (`minilm`).
What does not: storing vectors, embedding a sentence only once, searching (the store's work), and thresholds on
similarities (those belong to whoever asks the question).
"""

from jd_assets.engines.embedder.base import Embedder, Vectors, embed_groups
from jd_assets.engines.embedder.minilm import MiniLMEmbedder

__all__ = ["Embedder", "MiniLMEmbedder", "Vectors", "embed_groups"]
