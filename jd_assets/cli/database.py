"""`jd-assets db`: the embedded Postgres by hand."""

from __future__ import annotations

import typer

from jd_assets.cli.output import console
from jd_assets.errors import SettingsError
from jd_assets.settings import Settings
from jd_assets.store.server import EmbeddedPostgres, embedded

app = typer.Typer(help="The embedded Postgres of the data folder.", no_args_is_help=True, add_completion=False)


@app.command()
def start() -> None:
    """Start the server and leave it running until `db stop`."""
    console.print(_server().start(), soft_wrap=True, highlight=False)


@app.command()
def stop() -> None:
    """Stop the server."""
    _server().stop()
    console.print("stopped")


@app.command()
def url() -> None:
    """Print the address of the rows' database, for psql and other clients."""
    console.print(_server().url, soft_wrap=True, highlight=False)


def _server() -> EmbeddedPostgres:
    settings = Settings.load()
    if settings.database_url is not None:
        raise SettingsError("JD_ASSETS_DATABASE_URL names a server of your own: start and stop that one yourself.")
    return embedded(settings)
