"""`jd-assets calls`: what models were asked and what they said, to the last call and the last digit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from jd_assets.cli import call_text
from jd_assets.cli.names import posting_id, run_id
from jd_assets.cli.output import console, print_json, table
from jd_assets.settings import Settings
from jd_assets.store import Store
from jd_assets.store.calls import CallLine, CallTotals, Grouping

SHOWN = 20  # calls, where neither a posting nor --limit says which
TOTALS: tuple[Grouping, ...] = ("task", "model", "day")


def calls(
    posting: Annotated[str | None, typer.Argument(help="A posting id, or its first characters.")] = None,
    run: Annotated[str | None, typer.Option(help="Only this run: its id, or its first characters.")] = None,
    task: Annotated[str | None, typer.Option(help="Only this task, such as decide_role.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Show prompts and answers whole.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=0, help="Show only the newest so many; 0: all, as for a posting or --json."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all there is to know as JSON.")] = False,
) -> None:
    """Show model calls in pipeline order, with prompt, answer and cost, and their totals by task, model and day."""
    most = limit if limit is not None else 0 if posting or as_json else SHOWN
    with Store.open(Settings.load()) as store:
        ledger = store.calls.ledger(
            TOTALS,
            posting_id=posting_id(store, posting) if posting else None,
            run_id=run_id(store, run) if run else None,
            task=task,
            newest=most or None,
        )
    if as_json:
        print_json({"calls": [call_text.plain(line) for line in ledger.lines], "totals": _plain_totals(ledger.totals)})
        return
    if not ledger.lines:
        console.print("No model was asked: every answer is by rules, or nothing was run yet (docs/models.md).")
        return
    for line in ledger.lines:
        for text in _lines(line, full=full):
            console.print(text, markup=False, highlight=False, soft_wrap=True)
    if len(ledger.lines) == most:
        console.print(f"These are the newest {most}; --limit 0 shows all. The totals are over all of them.\n")
    for by, totals in ledger.totals.items():
        console.print(_table(by, totals))


def _lines(line: CallLine, *, full: bool) -> Iterator[str]:
    who = f"posting {line.posting_id[:8]}, run {line.run_id[:8] or '-'}"
    yield f"{line.at:%Y-%m-%d %H:%M:%S} {line.task} by {line.model_answered or line.model}, {who}"
    yield f"  {call_text.usage(line)} · {call_text.outcome(line)}"
    for message in call_text.prompt(line, full=full):
        yield f"  > {message}"
    answer = call_text.answer(line, full=full)
    if answer is not None:
        yield f"  < {answer}"
    yield ""


def _table(by: Grouping, totals: Sequence[CallTotals]) -> Any:
    columns = ["attempts", "answered", "failed", "hits", "tokens in", "cached", "tokens out", "cost"]
    rows = [_row(one.key, one) for one in totals]
    return table(f"By {by}", [by, *columns], [*rows, _row("all", _sum(totals))])


def _row(key: str, total: CallTotals) -> list[object]:
    unknown = f" + {total.unknown_costs} unknown" if total.unknown_costs else ""
    counts = (total.attempts, total.answered, total.failed, total.cache_hits)
    tokens = (total.input_tokens, total.cached_tokens, total.output_tokens)
    return [key, *counts, *tokens, call_text.dollars(total.cost_usd) + unknown]


def _sum(totals: Sequence[CallTotals]) -> CallTotals:
    names = [name for name in CallTotals.__dataclass_fields__ if name != "key"]
    return CallTotals("all", **{name: sum(getattr(total, name) for total in totals) for name in names})


def _plain_totals(totals: Mapping[Grouping, Sequence[CallTotals]]) -> dict[str, list[dict[str, Any]]]:
    return {by: [asdict(total) for total in found] for by, found in totals.items()}
