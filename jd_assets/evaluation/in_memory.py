"""All stages over postings in memory: the same stages as a run, without a store. For evaluation and experiments."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

from jd_assets.engines.questions import Unanswered
from jd_assets.pipeline import Progress, asking_for
from jd_assets.records import Posting
from jd_assets.stages.base import Stage, Tally, Upstream


def judge_all(
    stages: Mapping[str, Stage[Any, Any]],
    postings: Sequence[Posting],
    progress: Progress | None = None,
    asked: MutableMapping[str, Tally] | None = None,
    run_id: str = "",
) -> list[Upstream]:
    """The records of each posting through every stage up to the role decision, in the order of `postings`.

    A posting about which a model gives no answer that counts keeps an empty record from there on. What was asked of
    models, on behalf of `run_id`, is counted in `asked` by stage.
    """
    names = [name for name in stages if name in Upstream.__dataclass_fields__]
    size = max((stages[name].batch for name in names), default=1)
    tallies: MutableMapping[str, Tally] = {} if asked is None else asked
    answered: list[Upstream] = []
    for start in range(0, len(postings), size):
        batch = [Upstream(posting=posting) for posting in postings[start : start + size]]
        left_out: set[int] = set()
        for name in names:
            positions = [number for number in range(len(batch)) if number not in left_out]
            own = [batch[number] for number in positions]
            facts = stages[name].gather(own)
            with asking_for(run_id, "", name):
                judged = stages[name].judge_batch(list(zip(own, facts, strict=True)), tallies.setdefault(name, Tally()))
            for number, record in zip(positions, judged, strict=True):
                if isinstance(record, Unanswered):
                    left_out.add(number)
                else:
                    batch[number] = replace(batch[number], **{name: record})
        answered.extend(batch)
        if progress:
            progress(len(answered), len(postings))
    return answered
