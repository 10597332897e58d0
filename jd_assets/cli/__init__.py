"""The command line: what a person types, and what they read.

Commands parse arguments, call the workbench, and print tables or JSON; no stage logic. Exit codes: 0 done, 1 some
dumps failed or were refused, 2 something has to be changed first (message says what), 75 try again later.
"""

from __future__ import annotations

import sys

import typer

from jd_assets.cli import database, dev, evaluate, export, run, status, trace
from jd_assets.errors import JdAssetsError, TransientError

EXIT_FAILED, EXIT_PERMANENT, EXIT_TRANSIENT = 1, 2, 75

app = typer.Typer(
    help="Job postings in; structured records, skills, roles, links and review items out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("dev")(dev.dev)
app.command("status")(status.status)
app.command("trace")(trace.trace)
app.command("export")(export.export)
app.command("eval")(evaluate.evaluate)
app.add_typer(database.app, name="db")


def main() -> None:
    """The `jd-assets` command."""
    try:
        app()
    except JdAssetsError as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        sys.exit(EXIT_TRANSIENT if isinstance(error, TransientError) else EXIT_PERMANENT)
