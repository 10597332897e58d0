"""`jd-assets run`: dumps through the pipeline, in this process, as Dagster runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from jd_assets.automation.local import LocalRuns, failure_of, instance, local_runs
from jd_assets.cli.outcome import DumpOutcome, ran, show, unchanged
from jd_assets.cli.output import messages, print_json, progress_bars
from jd_assets.dumps.boards import load_boards
from jd_assets.dumps.discovery import find_dumps, reference
from jd_assets.errors import DumpError, LibraryError, SettingsError
from jd_assets.freshness import Freshness, library_is_current
from jd_assets.records import DumpRef
from jd_assets.settings import Settings
from jd_assets.store import Store
from jd_assets.workbench import Workbench, observer

# Dumps share postings and duplicates, so one dump's run may leave an earlier one something to do; two rounds settle it.
MAX_ROUNDS = 3


def run(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; the dumps folder if none is given.")
    ] = None,
    board: Annotated[
        str | None, typer.Option(help="The board of these files (else from boards.toml or the file's name).")
    ] = None,
    date: Annotated[
        str | None, typer.Option(help="The day of these files, YYYY-MM-DD (else from the name, or the file's day).")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the model calls and dollars that a run would need; run nothing.")
    ] = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="Ask models in batches: half the price, but answers may take a day.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Run dumps through every stage. Only what is new or changed is computed."""
    settings = Settings.load()
    dumps, refused = _collect(paths or [settings.dumps_dir], settings, board, _day(date))
    if not dumps and not refused:
        raise SettingsError(f"No dump lies in {', '.join(map(str, paths or [settings.dumps_dir]))}.")
    dumps.sort(key=lambda dump: (dump.date, dump.key))
    if dry_run:
        _dry_run(settings, dumps, refused, batched=batch, as_json=as_json)
        return
    with Store.open(settings) as store:
        for dump in dumps:
            store.dumps.register(dump)
        with (
            closing(Workbench(store, settings, batched=batch)) as bench,
            instance(settings) as dagster,
            local_runs(dagster, bench) as runs,
        ):
            outcomes = _run_all(bench, runs, dumps) if dumps else []
        outcomes += refused
        if as_json:
            print_json([asdict(outcome) for outcome in outcomes])
        else:
            show(store, outcomes)
    if any(outcome.is_trouble for outcome in outcomes):
        raise typer.Exit(1)


def _dry_run(
    settings: Settings, dumps: Sequence[DumpRef], refused: Sequence[DumpOutcome], *, batched: bool, as_json: bool
) -> None:
    from jd_assets.cli import forecast as printed  # the model engine, which most runs do without
    from jd_assets.forecast import DumpForecast, forecast

    with Workbench.open(settings) as bench, progress_bars() as bars:
        task = bars.add_task("dumps", total=len(dumps))
        progress = partial(_bar, bars, task)
        found = forecast(bench, dumps, batched=batched, progress=progress)
        found.dumps.extend(DumpForecast(one.dump, one.path, problem=one.reason) for one in refused)
        spent = bench.store.calls.spent("").day
        models = bench.models
    if as_json:
        print_json(printed.plain(found, batched=batched))
    else:
        printed.show(found, models, spent, batched=batched)
    if any(one.problem for one in found.dumps):
        raise typer.Exit(1)


def _bar(bars: Progress, task: TaskID, done: int, of: int) -> None:
    bars.update(task, completed=done, total=of)


def _collect(
    paths: Sequence[Path], settings: Settings, board: str | None, day: dt.date | None
) -> tuple[list[DumpRef], list[DumpOutcome]]:
    """The dumps that the arguments name, and the files among them that are none."""
    boards = load_boards(settings.boards_file)
    dumps: dict[str, DumpRef] = {}
    refused: list[DumpOutcome] = []
    for given in paths:
        if not given.exists():
            raise SettingsError(f"{given} does not exist. Name a dump file or a folder of dumps.")
        # A file of the dumps folder has the key that the sensor gives it, however it is named here.
        inside = given.absolute().is_relative_to(settings.dumps_dir)
        root = settings.dumps_dir if inside else given.absolute() if given.is_dir() else None
        for path in find_dumps(given.absolute()) if given.is_dir() else [given.absolute()]:
            try:
                dump = reference(path, boards, root, board=board, date=day)
            except DumpError as error:
                refused.append(DumpOutcome("", str(path), "refused", str(error)))
                continue
            first = dumps.setdefault(dump.key, dump)
            if first.path != dump.path:
                reason = f"its key {dump.key} is that of {first.path}: name the folder above both, or give --board"
                refused.append(DumpOutcome("", str(path), "refused", reason))
    return list(dumps.values()), refused


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SettingsError(f"--date {text} is no day: write it as 2026-01-31.") from error


def _run_all(bench: Workbench, runs: LocalRuns, dumps: Sequence[DumpRef]) -> list[DumpOutcome]:
    """Bring library and dumps up to date, and again those whose postings or duplicates a later dump changed."""
    outcomes: dict[str, DumpOutcome] = {}
    with progress_bars() as bars:
        if not library_is_current(bench):
            with _watched(bars, "library"):
                reason = failure_of(runs.load_library())
            if reason is not None:
                raise LibraryError(reason)
        runs.add_partitions([dump.key for dump in dumps])
        recorded, freshness = runs.recorded(), Freshness(bench)
        overall = bars.add_task("dumps", total=len(dumps))
        for dump in dumps:
            reports = freshness.unchanged(dump) if dump.key in recorded else None
            if reports is None:
                outcomes[dump.key] = _ingest(bars, runs, dump)
            else:
                outcomes[dump.key] = unchanged(dump, reports)
            bars.advance(overall)
        for _ in range(MAX_ROUNDS):
            reopened = {dump.key: dump for dump in bench.store.dumps.reopened()}
            touched = {dump.key: dump for dump in dumps if freshness.unchanged(dump) is None}
            again = [dump for key, dump in (reopened | touched).items() if not _failed(outcomes, key)]
            for dump in sorted(again, key=lambda dump: (dump.date, dump.key)):
                outcomes[dump.key] = _ingest(bars, runs, dump).after(outcomes.get(dump.key))
            if not again:
                break
    return list(outcomes.values())


def _failed(outcomes: dict[str, DumpOutcome], dump: str) -> bool:
    return dump in outcomes and outcomes[dump].is_trouble


def _ingest(bars: Progress, runs: LocalRuns, dump: DumpRef) -> DumpOutcome:
    with _watched(bars, dump.key):
        outcome = ran(dump, runs.ingest(dump.key))
    if outcome.is_trouble:
        messages.print(f"{dump.key}: {outcome.reason}", style="red", markup=False, highlight=False, soft_wrap=True)
    return outcome


@contextmanager
def _watched(bars: Progress, name: str) -> Iterator[None]:
    """A bar that shows what the stages report while the block runs."""
    task = bars.add_task(name, total=None)
    token = observer.set(partial(_show, bars, task, name))
    try:
        yield
    finally:
        observer.reset(token)
        bars.remove_task(task)


def _show(bars: Progress, task: TaskID, name: str, stage: str, done: int, of: int) -> None:
    bars.update(task, description=f"{name} {stage}", completed=done, total=of)
