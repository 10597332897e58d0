"""The tasks in the order in which a posting meets them, and how stages come to use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jd_assets.engines.openai.config import ModelsConfig
from jd_assets.engines.questions import Answerer
from jd_assets.library.model import Taxonomy
from jd_assets.stages.base import Stage
from jd_assets.tasks.adjudicate_role import AdjudicateRole
from jd_assets.tasks.asked import AskedStage, UsedTask
from jd_assets.tasks.base import Task
from jd_assets.tasks.decide_role import DecideRole
from jd_assets.tasks.describe_new_role import DescribeNewRole
from jd_assets.tasks.describe_new_skill import DescribeNewSkill
from jd_assets.tasks.enrich import Enrich
from jd_assets.tasks.extract_skills import ExtractSkills
from jd_assets.tasks.nano_parse import ParsePosting

TASKS: tuple[type[Task[Any, Any, Any]], ...] = (
    ParsePosting,
    ExtractSkills,
    DescribeNewSkill,
    DecideRole,
    AdjudicateRole,
    DescribeNewRole,
    Enrich,
)


def with_models(
    stages: Mapping[str, Stage[Any, Any]], taxonomy: Taxonomy, config: ModelsConfig, answerer: Answerer | None
) -> dict[str, Stage[Any, Any]]:
    """The stages over one library as the configuration has them answered; a stage all by rules stays as it is.

    `answerer` None: for their names and versions only.
    """
    used = {name: used_tasks(name, taxonomy, config) for name in stages}
    return {name: AskedStage(stage, used[name], answerer) if used[name] else stage for name, stage in stages.items()}


def used_tasks(stage: str, taxonomy: Taxonomy, config: ModelsConfig) -> list[UsedTask]:
    """The tasks of a stage that models take part in."""
    return [
        UsedTask(kind(taxonomy), config.task(kind.name))
        for kind in TASKS
        if kind.stage == stage and config.task(kind.name).engine != "rules"
    ]
