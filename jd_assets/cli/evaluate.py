"""`jd-assets eval`: the stages against labelled postings."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from jd_assets.cli.output import console, print_json, progress_bars
from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.evaluation.in_memory import judge_all
from jd_assets.evaluation.labels import as_posting, as_prediction, read_labels, read_vocabulary, score
from jd_assets.library.files import read_folder
from jd_assets.settings import Settings
from jd_assets.stages.registry import build_stages


def evaluate(
    labels: Annotated[
        Path, typer.Argument(help="Labelled postings, one JSON object a line (docs/evaluation.md).", exists=True)
    ],
    predictions: Annotated[Path | None, typer.Option(help="Write the prediction lines to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Run labelled postings through the stages and print how often they are right."""
    settings = Settings.load()
    gold = read_labels(labels)
    library = read_folder(settings.taxonomy_dir)
    stages = build_stages(library, MiniLMEmbedder(settings.cache_dir))
    with progress_bars() as bars:
        task = bars.add_task("postings", total=len(gold))
        answered = judge_all(
            stages, [as_posting(label) for label in gold], lambda done, of: bars.update(task, completed=done)
        )
    vocabulary = read_vocabulary(labels.parent / "roles.csv")
    predicted = [as_prediction(item, vocabulary) for item in answered]
    if predictions is not None:
        predictions.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in predicted))
    scores = score(gold, predicted, {role.slug: role.parent for role in library.roles if role.parent})
    if as_json:
        print_json(asdict(scores))
    else:
        console.print("\n".join(scores.lines()), highlight=False)
