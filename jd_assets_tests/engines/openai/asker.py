"""A process that asks questions, to be killed; its arguments: database, folder, endpoint, number of questions."""

from __future__ import annotations

import sys
from pathlib import Path

from jd_assets.engines.openai.engine import ModelEngine
from jd_assets.store import Store
from jd_assets_tests.engines.openai.asking import ENVIRON, config, questions


def main(database: str, folder: str, url: str, count: str) -> None:
    """Ask as many questions and end."""
    with Store.connect(database, Path(folder)) as store, ModelEngine(store.calls, config(url), ENVIRON) as engine:
        engine.answer(questions(int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
