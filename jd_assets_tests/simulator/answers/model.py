"""The model: from a request to the text of its answer.

What belongs here: who answers for which schema.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from jd_assets_tests.simulator.answers import choosing, reading
from jd_assets_tests.simulator.answers.channel import Shown
from jd_assets_tests.simulator.answers.generic import fill
from jd_assets_tests.simulator.draws import generator


class _Task(NamedTuple):
    """Who answers, and the blocks of data needed for it."""

    answer: Callable[[Shown, random.Random], dict[str, Any]]
    needs: frozenset[str]


_TASKS = {  # by the name of the answer's schema
    "ParsedPosting": _Task(reading.parsed, frozenset({"posting"})),
    "NamedSkills": _Task(reading.named_skills, frozenset({"posting"})),
    "DecidedRole": _Task(choosing.role, frozenset({"roles", "posting"})),
    "AdjudicatedRole": _Task(choosing.role, frozenset({"roles", "posting"})),
    "DescribedSkill": _Task(choosing.described_skill, frozenset({"neighbours", "choices", "term"})),
    "DescribedRole": _Task(choosing.described_role, frozenset({"roles", "title"})),
    "Enrichment": _Task(choosing.enrichment, frozenset({"choices", "posting"})),
}
_INVENTED = "Words that nobody wrote in any posting, and ids that nobody offered"


def answer(seed: int, messages: list[dict[str, Any]], schema_name: str, schema: dict[str, Any]) -> str:
    """The answer as JSON: the same for the same seed, schema and data, whatever was tried before."""
    shown = Shown.by(messages)
    dice = generator(seed, schema_name, shown.asked)
    task = _TASKS.get(schema_name)
    if task is not None and task.needs <= shown.blocks.keys():
        return orjson.dumps(task.answer(shown, dice)).decode()
    return orjson.dumps(fill(schema, shown.description, dice)).decode()


def invention(seed: int, schema_name: str, schema: dict[str, Any]) -> str:
    """An answer that fits its schema and nothing else: no word of it stands in the posting or was offered."""
    return orjson.dumps(fill(schema, _INVENTED, generator(seed, schema_name), full=True)).decode()


def small_talk(messages: list[dict[str, Any]]) -> str:
    """The answer where no schema was given."""
    return f"You said {len(str(messages[-1]['content']))} characters."
