"""`jd-assets dev`: the Dagster UI and daemon with the right environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from typing import Annotated

import typer

from jd_assets.automation.local import INSTANCE_FOLDER, environment
from jd_assets.cli.output import messages
from jd_assets.settings import Settings
from jd_assets.store.server import embedded

END_SECONDS = 20  # what Dagster gets to end in good order: its UI may wait for a browser that is gone


def dev(
    port: Annotated[int, typer.Option(help="Where the UI listens, on this machine only.")] = 3000,
) -> None:
    """Start Postgres (if it is the embedded one), the Dagster UI and its daemon; Ctrl-C ends all of them."""
    settings = Settings.load()
    server = embedded(settings).running() if settings.database_url is None else nullcontext()
    with server:
        messages.print(f"Dagster on http://127.0.0.1:{port} (Ctrl-C ends it)")
        command = [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--workspace", str(INSTANCE_FOLDER / "workspace.yaml")]
        # Dagster starts in another folder: paths that were given relative to this one must be whole.
        code = _wait_for(command, {**os.environ, **settings.environ(), **environment(settings)})
    raise typer.Exit(code)


def _wait_for(command: list[str], env: dict[str, str]) -> int:
    """Run a command to its end; its exit code, or 0 if this process was asked to end and ended it in good order."""
    child: subprocess.Popen[bytes] | None = None
    asked = False

    def end(signum: int, frame: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGALRM, kill)
        signal.alarm(END_SECONDS)
        if child is not None:
            child.send_signal(signal.SIGINT)

    def kill(signum: int, frame: object) -> None:
        if child is not None:
            os.killpg(child.pid, signal.SIGKILL)  # its session: UI, daemon, code server and runs

    # Before the start: a child inherits signals that are ignored, as in a background job. In a session of its own it
    # gets Ctrl-C once, from here, and not a second time from the terminal.
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, end)
    child = subprocess.Popen(command, env=env, cwd=INSTANCE_FOLDER, start_new_session=True)
    code = child.wait()
    return 0 if asked else code
