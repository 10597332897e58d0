"""`jd-assets eval`: the stages against labelled postings, matching and titles against ESCO's."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import orjson
import typer
from typer.core import TyperGroup

from jd_assets.cli.output import console, print_json, progress_bars, table
from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.engines.openai.config import EngineName, load_models
from jd_assets.evaluation.measure import (
    esco_beside,
    measure_engine,
    measure_postings,
    measure_spans,
    measure_titles,
    with_engine,
)
from jd_assets.library.importers.esco import read_esco
from jd_assets.library.imports import imports_folder, read_library
from jd_assets.library.model import Taxonomy
from jd_assets.settings import Settings
from jd_assets.store import Store
from jd_assets.workbench import Workbench

Json = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]
Esco = Annotated[
    Path | None, typer.Option("--taxonomy", help="Folder of the English ESCO release; else taxonomies/esco_* nearby.")
]


class _PostingsByDefault(TyperGroup):
    """`eval LABELS.jsonl` is `eval postings LABELS.jsonl`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["postings", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_PostingsByDefault,
    help="How often the answers are right: eval LABELS.jsonl, eval esco DIR, eval titles DIR (docs/evaluation.md).",
    no_args_is_help=True,
    add_completion=False,
)


@app.command("postings")
def postings(
    labels: Annotated[
        Path, typer.Argument(help="Labelled postings, one JSON object a line (docs/evaluation.md).", exists=True)
    ],
    predictions: Annotated[Path | None, typer.Option(help="Write the prediction lines to this file.")] = None,
    engine: Annotated[
        EngineName | None,
        typer.Option(
            help="Who answers: rules, openai or cascade; accuracy is shown against the share sent to a model."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run labelled postings through the stages and print how often they are right (`postings` may be left out)."""
    settings = Settings.load()
    if engine is not None:
        _engine(settings, labels, engine, predictions, as_json=as_json)
        return
    library = read_library(settings.taxonomy_dir, imports_folder(settings.home)).taxonomy
    with progress_bars() as bars:
        task = bars.add_task("postings", total=None)
        measured = measure_postings(
            labels,
            library,
            MiniLMEmbedder(settings.cache_dir),
            lambda done, of: bars.update(task, completed=done, total=of),
        )
    if predictions is not None:
        predictions.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in measured.predictions))
    if as_json:
        print_json(asdict(measured.scores))
    else:
        console.print("\n".join(measured.scores.lines()), highlight=False)


def _engine(settings: Settings, labels: Path, engine: EngineName, predictions: Path | None, *, as_json: bool) -> None:
    library = read_library(settings.taxonomy_dir, imports_folder(settings.home)).taxonomy
    config = with_engine(load_models(settings.models_file), engine)
    run_id = f"eval-{uuid4().hex}"
    with ExitStack() as opened, progress_bars() as bars:
        bench = None
        if engine != "rules":
            config.api_key()  # said at once where there is none
            store = opened.enter_context(Store.open(settings))
            bench = opened.enter_context(closing(Workbench(store, settings, models=config)))
        task = bars.add_task("postings", total=None)
        measured = measure_engine(
            labels,
            library,
            MiniLMEmbedder(settings.cache_dir),
            config,
            bench.engine if bench else None,
            run_id,
            lambda done, of: bars.update(task, completed=done, total=of),
        )
        calls = bench.store.calls.totals("task", run_id=run_id) if bench else []
    if predictions is not None:
        predictions.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in measured.predictions))
    if as_json:
        print_json(
            {
                "scores": asdict(measured.scores),
                "points": [point._asdict() for point in measured.points],
                "asked": {stage: asdict(tally) for stage, tally in measured.asked.items()},
                "calls": [asdict(line) for line in calls],
            }
        )
        return
    console.print("\n".join(measured.scores.lines()), highlight=False)
    columns = ("task", "threshold", "% sent", "kept: rules", "sent: rules", "sent: model", "together")
    rows = [
        (
            f"{point.task} *" if point.default else point.task,
            f"{point.threshold:.3f}",
            _percent(point.sent),
            *map(_percent, point[3:7]),
        )
        for point in measured.points
    ]
    console.print(table("Percent right against the share sent to a model (* the default threshold)", columns, rows))
    if calls:
        spent = [(line.key, line.attempts, line.cache_hits, line.cost_usd, line.unknown_costs) for line in calls]
        console.print(table("Calls", ("task", "calls", "cache hits", "USD", "of unknown cost"), spent))


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


@app.command("esco")
def esco(
    labels: Annotated[Path, typer.Argument(help="Folder of the Skill-Extraction-benchmark.", exists=True)],
    taxonomy: Esco = None,
    split: Annotated[str, typer.Option(help="Which files: validation, test.")] = "validation",
    as_json: Json = False,
) -> None:
    """Match spans and sentences labelled with ESCO skills and print how the right skill ranks."""
    scores = measure_spans(labels, _esco(taxonomy, labels), MiniLMEmbedder(Settings.load().cache_dir), split)
    if as_json:
        print_json({f"{part}, {numbers}": found._asdict() for (part, numbers), found in scores.items()})
        return
    columns: tuple[str, ...] = ("part", "numbers", "ranked", "n", "RP@1", "RP@5", "RP@10", "MRR")
    rows: list[tuple[object, ...]] = [
        (part, numbers, kind, ranks.queries, *(100 * figure for figure in ranks[1:]))
        for (part, numbers), found in scores.items()
        for kind, ranks in (("spans", found.spans), ("sentences", found.sentences))
    ]
    console.print(table("Skills, ranked (percent)", columns, rows))
    columns = ("part", "numbers", "not present", "% linked", "% of labelled linked", "% of these right")
    rows = [
        (part, numbers, found[2], *(100 * share for share in found[3:])) for (part, numbers), found in scores.items()
    ]
    console.print(table("Spans, linked or not", columns, rows))


@app.command("titles")
def titles(
    labels: Annotated[Path, typer.Argument(help="Folder of the JobBERT evaluation dataset.", exists=True)],
    taxonomy: Esco = None,
    as_json: Json = False,
) -> None:
    """Find ESCO occupations by vacancy titles alone, on a fixed sample, and print how often they are right."""
    scores = measure_titles(labels, _esco(taxonomy, labels), MiniLMEmbedder(Settings.load().cache_dir))
    if as_json:
        print_json(scores._asdict())
    else:
        figures = (scores.titles, *(100 * figure for figure in scores[1:]))
        columns = ("titles", "accuracy@1", "accuracy@5", "MRR")
        console.print(table("Roles from titles (percent)", columns, [figures]))


def _esco(folder: Path | None, labels: Path) -> Taxonomy:
    return read_esco(folder).taxonomy if folder else esco_beside(labels)
