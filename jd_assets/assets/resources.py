"""The one resource of the assets: the workbench, opened for a run and closed with it."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from jd_assets.settings import Settings
from jd_assets.workbench import Workbench


@dg.resource(description="Store, embedder, library and stages, as the environment's settings say.")
def workbench(context: dg.InitResourceContext) -> Iterator[Workbench]:
    """The workbench of this installation. Whoever has one open already puts it in place of this resource."""
    with Workbench.open(Settings.load()) as opened:
        yield opened
