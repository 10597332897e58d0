"""The one resource of the assets: the workbench, opened once per process and closed with the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg
from pydantic import PrivateAttr

from jd_assets.settings import Settings
from jd_assets.workbench import Workbench


class WorkbenchResource(dg.ConfigurableResource["WorkbenchResource"]):
    """Store, embedder, library and stages, as the environment's settings say."""

    _lent: Workbench | None = PrivateAttr(default=None)
    _workbench: Workbench | None = PrivateAttr(default=None)
    _stack: ExitStack | None = PrivateAttr(default=None)

    @classmethod
    def lending(cls, workbench: Workbench) -> WorkbenchResource:
        """A resource over a workbench that its owner keeps open, for several runs in one process."""
        resource = cls()
        resource._lent = workbench
        return resource

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[WorkbenchResource]:
        """Lend the workbench for one run; it opens at first use, so that loading definitions costs nothing."""
        with ExitStack() as stack:
            self._stack = stack
            yield self
        self._workbench = self._stack = None

    def open(self) -> Workbench:
        """The workbench of this process."""
        if self._lent is not None:
            return self._lent
        if self._workbench is None:
            assert self._stack is not None, "the workbench is lent to runs only"
            self._workbench = self._stack.enter_context(Workbench.open(Settings.load()))
        return self._workbench
