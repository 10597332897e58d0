"""All stages over postings in memory: the same stages as a run, without a store. For evaluation and experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jd_assets.pipeline import BATCH, Progress
from jd_assets.records import Posting
from jd_assets.stages.base import Stage, Upstream


def judge_all(
    stages: Mapping[str, Stage[Any, Any]], postings: Sequence[Posting], progress: Progress | None = None
) -> list[Upstream]:
    """The records of each posting through every stage up to the role decision, in the order of `postings`."""
    names = [name for name in stages if name in Upstream.__dataclass_fields__]
    answered: list[Upstream] = []
    for start in range(0, len(postings), BATCH):
        batch = [Upstream(posting=posting) for posting in postings[start : start + BATCH]]
        for name in names:
            stage = stages[name]
            facts = stage.gather(batch)
            batch = [replace(item, **{name: stage.judge(item, fact)}) for item, fact in zip(batch, facts, strict=True)]
        answered.extend(batch)
        if progress:
            progress(len(answered), len(postings))
    return answered
