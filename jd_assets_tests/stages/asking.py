"""Postings through the real stages, over a small library and an embedder of words: no server, no model, no network."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jd_assets.evaluation.in_memory import judge_all
from jd_assets.library.model import Taxonomy
from jd_assets.records import Posting
from jd_assets.stages.base import Stage, Upstream
from jd_assets.stages.registry import build_stages
from jd_assets_tests.small_world import WordEmbedder


@lru_cache(maxsize=64)
def stages(library: Taxonomy) -> dict[str, Stage[Any, Any]]:
    """All stages over this library; the same ones when asked again."""
    return build_stages(library, WordEmbedder())


def posting(description: str, title: str = "", **fields: Any) -> Posting:
    """A posting with this text."""
    return Posting(**{"posting_id": "p", "board": "test", "title": title, "description": description, **fields})


def ask(library: Taxonomy, description: str, title: str = "", **fields: Any) -> Upstream:
    """The records of a posting from every stage up to the decision."""
    return judge_all(stages(library), [posting(description, title, **fields)])[0]


def answer(library: Taxonomy, name: str, item: Upstream) -> Any:
    """What one stage says of a posting, given the records it reads."""
    stage = stages(library)[name]
    return stage.judge(item, stage.gather([item])[0])
