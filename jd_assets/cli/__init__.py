"""The command line: what a person types, and what they read.

Commands parse arguments, call the workbench, and print tables or JSON; no stage logic. Exit codes: 0 done, 1 some
dumps failed or were refused, 2 something has to be changed first (message says what), 75 try again later.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from jd_assets.errors import JdAssetsError, TransientError

EXIT_FAILED, EXIT_PERMANENT, EXIT_TRANSIENT = 1, 2, 75

# A command's module is imported when it is called: `status` need not wait for Dagster.
COMMANDS = {
    "run": ("jd_assets.cli.run", "run"),
    "dev": ("jd_assets.cli.dev", "dev"),
    "status": ("jd_assets.cli.status", "status"),
    "trace": ("jd_assets.cli.trace", "trace"),
    "calls": ("jd_assets.cli.calls", "calls"),
    "export": ("jd_assets.cli.export", "export"),
    "eval": ("jd_assets.cli.evaluate", "app"),
    "library": ("jd_assets.cli.library", "app"),
    "db": ("jd_assets.cli.database", "app"),
}


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            command: Any = get_command(found)
        else:
            single = typer.Typer(add_completion=False)
            single.command()(found)
            command = get_command(single)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Commands,
    help="Job postings in; structured records, skills, roles, links and review items out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root() -> None:
    """Job postings in; structured records, skills, roles, links and review items out."""


def main() -> None:
    """The `jd-assets` command."""
    try:
        app()
    except JdAssetsError as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        sys.exit(EXIT_TRANSIENT if isinstance(error, TransientError) else EXIT_PERMANENT)
