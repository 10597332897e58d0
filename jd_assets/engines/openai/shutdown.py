"""Models whose end is announced: one that is gone stops the run, one that soon will be is named in time.

What belongs here: what a shutdown date means. What does not: asking the endpoint for it (`client`, `batch_endpoint`),
and when to ask (`caller`, `batch_caller`).
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

from jd_assets.engines.openai.config import ModelsConfig
from jd_assets.errors import ModelAccessError

LOOKUP_SECONDS = 5.0  # many endpoints answer nothing of use: not worth a longer wait
NOTICE = timedelta(days=30)  # another model costs all answers anew, and for an embedder thresholds have to be learned

_log = logging.getLogger(__name__)


def check_shutdown(model: str, shutdown: date | None, config: ModelsConfig) -> None:
    """Warn when a model is about to be shut down; `shutdown` is the day, in UTC, or None if none is announced.

    Raises ModelAccessError when that day has passed; on the day itself the model may still answer.
    """
    if shutdown is None:
        return
    today, url, settings = datetime.now(UTC).date(), config.endpoint.base_url, _settings_of(model, config)
    if shutdown < today:
        raise ModelAccessError(
            f"{model} was shut down on {shutdown}, says {url}: name another model in the models file ({settings})"
        )
    if shutdown - today <= NOTICE:
        _log.warning(
            "%s will be shut down on %s, says %s: name another model in the models file (%s) before that day",
            model,
            shutdown,
            url,
            settings,
        )


def _settings_of(model: str, config: ModelsConfig) -> str:
    """The settings that name a model; tasks that have it from the defaults follow those."""
    named = {"defaults": config.defaults.model}
    named |= {f"tasks.{name}": task.model for name, task in config.tasks.items() if task.model != config.defaults.model}
    named |= {"embedder": config.embedder.model}
    return ", ".join(f"{table}.model" for table, name in named.items() if name == model)
