"""How commands print: one console for people, JSON for scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import orjson
from rich import box
from rich.console import Console, Group
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

PIPE_WIDTH = 110  # columns where there is no terminal to ask

console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH)
messages = Console(stderr=True)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode())


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Group:
    """A table and an empty line. Numbers are set right; cells are text, never markup: postings may hold brackets."""
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for index, column in enumerate(columns):
        if bool(rows) and all(isinstance(row[index], (int, float)) for row in rows):
            made.add_column(column, justify="right", no_wrap=True)
        else:
            made.add_column(column, overflow="fold", min_width=12)
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    if not rows:
        made.add_row(*("nothing" if index == 0 else "" for index in range(len(columns))), style="dim")
    return Group(made, "")


def progress_bars() -> Progress:
    """Progress on standard error, so that standard output stays clean; nothing where nobody watches."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=messages,
        transient=True,
        disable=not messages.is_terminal,
    )


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else f"{value:.1f}" if isinstance(value, float) else str(value)
    return escape(text)
