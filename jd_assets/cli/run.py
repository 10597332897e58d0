"""`jd-assets run`: dumps through the pipeline, in this process, as Dagster runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date as Date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import dagster as dg
import typer
from rich.progress import Progress, TaskID

from jd_assets.automation.local import LocalRuns, instance
from jd_assets.cli.output import console, messages, print_json, progress_bars, table
from jd_assets.dumps.boards import Boards, load_boards
from jd_assets.dumps.discovery import find_dumps, reference
from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.errors import DumpError, SettingsError
from jd_assets.records import DumpRef, RoleDecision
from jd_assets.settings import Settings
from jd_assets.store import Store
from jd_assets.workbench import Workbench, observer


@dataclass
class DumpOutcome:
    """What became of one dump. records = postings + known_elsewhere + same_key + quarantined."""

    dump: str
    path: str
    status: str = "done"
    reason: str = ""
    records: int = 0
    postings: int = 0
    known_elsewhere: int = 0
    same_key: int = 0
    quarantined: int = 0
    computed: int = 0
    unchanged: int = 0
    written: int = 0
    seconds: float = 0.0
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)


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
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Run dumps through every stage. Only what is new or changed is computed."""
    settings = Settings.load()
    boards = load_boards(settings.boards_file)
    dumps, refused = _collect(paths or [settings.dumps_dir], boards, board, _day(date))
    with Store.open(settings) as store:
        for dump in dumps:
            store.dumps.register(dump)
        with instance(settings) as dagster_instance:
            bench = Workbench(store, settings, MiniLMEmbedder(settings.cache_dir))
            outcomes = _run_all(
                LocalRuns(dagster_instance, bench), sorted(dumps, key=lambda dump: (dump.date, dump.key))
            )
        outcomes += refused
        if as_json:
            print_json([asdict(outcome) for outcome in outcomes])
        else:
            _print_summary(store, outcomes)
    if any(outcome.status != "done" for outcome in outcomes):
        raise typer.Exit(1)


def _collect(
    paths: Sequence[Path], boards: Boards, board: str | None, day: Date | None
) -> tuple[list[DumpRef], list[DumpOutcome]]:
    """The dumps that the arguments name, and the files among them that are none."""
    dumps: dict[str, DumpRef] = {}
    refused: list[DumpOutcome] = []
    for given in paths:
        if not given.exists():
            raise SettingsError(f"{given} does not exist. Name a dump file or a folder of dumps.")
        root = given if given.is_dir() else None
        for path in find_dumps(given) if given.is_dir() else [given]:
            try:
                dump = reference(path, boards, root, board=board, date=day)
            except DumpError as error:
                refused.append(DumpOutcome("", str(path), "refused", str(error)))
                continue
            dumps[dump.key] = dump
    return list(dumps.values()), refused


def _day(text: str | None) -> Date | None:
    try:
        return Date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SettingsError(f"--date {text} is no day: write it as 2026-01-31.") from error


def _run_all(runs: LocalRuns, dumps: Sequence[DumpRef]) -> list[DumpOutcome]:
    outcomes = []
    with progress_bars() as bars:
        loading = bars.add_task("library", total=1)
        runs.load_library()
        bars.advance(loading)
        runs.add_partitions([dump.key for dump in dumps])
        overall = bars.add_task("dumps", total=len(dumps))
        for dump in dumps:
            stage = bars.add_task(dump.key, total=None)
            token = observer.set(partial(_show, bars, stage))
            try:
                outcomes.append(_outcome(dump, runs.ingest(dump.key)))
            finally:
                observer.reset(token)
            bars.remove_task(stage)
            bars.advance(overall)
            if outcomes[-1].status != "done":
                messages.print(f"[red]{dump.key}[/red]: {outcomes[-1].reason}", highlight=False, soft_wrap=True)
    return outcomes


def _show(bars: Progress, task: TaskID, stage: str, done: int, of: int) -> None:
    bars.update(task, description=stage, completed=done, total=of)


def _outcome(dump: DumpRef, result: dg.ExecuteInProcessResult) -> DumpOutcome:
    outcome = DumpOutcome(dump.key, dump.path)
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        values = {name: entry.value for name, entry in materialization.metadata.items()}
        outcome.stages[materialization.asset_key.path[-1]] = values
    read = outcome.stages.get("postings", {})
    outcome.records, outcome.same_key = int(read.get("records", 0)), int(read.get("same_key", 0))
    outcome.postings, outcome.known_elsewhere = int(read.get("rows_in", 0)), int(read.get("known_elsewhere", 0))
    outcome.quarantined = int(read.get("quarantined", 0))
    for values in outcome.stages.values():
        outcome.computed += int(values.get("computed", 0))
        outcome.unchanged += int(values.get("unchanged", 0))
        outcome.written += int(values.get("written", 0))
        outcome.seconds += float(values.get("seconds", 0.0))
    if not result.success:
        outcome.status, outcome.reason = "failed", _reason(result)
    return outcome


def _reason(result: dg.ExecuteInProcessResult) -> str:
    """The innermost message of the first step that failed."""
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data
            if failure.user_failure_data is not None and failure.user_failure_data.description:
                return str(failure.user_failure_data.description)
            error = failure.error
            while error is not None and error.cause is not None:
                error = error.cause
            return f"{event.step_key}: {error.message.strip() if error else 'failed'}"
    return "the run failed"


def _print_summary(store: Store, outcomes: Sequence[DumpOutcome]) -> None:
    columns = ["dump", "records", "postings", "known", "same key", "bad", "computed", "kept", "seconds"]
    rows = [
        (o.dump or Path(o.path).name, o.records, o.postings, o.known_elsewhere, o.same_key, o.quarantined)
        + (o.computed, o.unchanged, round(o.seconds, 2))
        for o in outcomes
    ]
    console.print(table("Dumps", columns, rows, numbers=columns[1:]))
    for outcome in outcomes:
        if outcome.status != "done":
            console.print(
                f"{outcome.status}: {Path(outcome.path).name}: {outcome.reason}", markup=False, soft_wrap=True
            )
    decisions = [
        RoleDecision.model_validate_json(payload)
        for outcome in outcomes
        if outcome.status == "done"
        for payload in store.rows.payloads(
            "role_decisions", list(store.rows.heads("role_decisions", outcome.dump))
        ).values()
    ]
    roles = Counter(decision.display_name or f"({decision.case.lower().replace('_', ' ')})" for decision in decisions)
    console.print(table("Roles", ["role", "postings"], roles.most_common(12), numbers=["postings"]))
    items = Counter(item.kind for item in store.review.items(state="pending"))
    console.print(table("Waiting for review", ["kind", "items"], sorted(items.items()), numbers=["items"]))
    console.print("Next: jd-assets status · jd-assets trace POSTING · jd-assets export decisions · jd-assets dev")
