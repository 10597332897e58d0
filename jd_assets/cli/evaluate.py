"""`jd-assets eval`: the stages against labelled postings, matching and titles against ESCO's."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from typer.core import TyperGroup

from jd_assets.cli.output import console, print_json, progress_bars, table
from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.evaluation.measure import esco_beside, measure_postings, measure_spans, measure_titles
from jd_assets.library.importers.esco import read_esco
from jd_assets.library.imports import imports_folder, read_library
from jd_assets.library.model import Taxonomy
from jd_assets.settings import Settings

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
    as_json: Json = False,
) -> None:
    """Run labelled postings through the stages and print how often they are right (`postings` may be left out)."""
    settings = Settings.load()
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
