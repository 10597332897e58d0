"""A small world with Dagster on it: rows and Dagster's storage in one real database, as with one's own Postgres."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from jd_assets.assets import ALL_ASSETS
from jd_assets.automation.local import QUIET, environment, instance
from jd_assets.automation.partitions import dumps_partitions
from jd_assets.definitions import build_defs
from jd_assets.engines.embedder import Embedder
from jd_assets.library.files import write_folder
from jd_assets.settings import Settings
from jd_assets.store import Store
from jd_assets.workbench import Workbench
from jd_assets_tests.small_world import World

PARTITIONED = [asset.key for asset in ALL_ASSETS if asset.partitions_def is not None]


class Installation(World):
    """A world whose dumps run as Dagster runs; its folders and database are what the environment names."""

    def __init__(self, url: str, store: Store, folder: Path, dagster: dg.DagsterInstance, embedder: Embedder) -> None:
        super().__init__(store, folder)
        self.dagster = dagster
        self.settings = Settings.load()
        self.bench = Workbench(store, self.settings, embedder)
        self.defs = build_defs({"workbench": self.bench})
        self.write_library()

    def write_library(self) -> None:
        """Write the library into the taxonomy folder."""
        write_folder(self.library, self.settings.taxonomy_dir)

    def add_alias(self, name: str, skill: str) -> None:
        super().add_alias(name, skill)
        self.write_library()

    def materialize(self, *assets: str, partition: str | None = None) -> dg.ExecuteInProcessResult:
        """Materialize some assets in this process."""
        if partition:
            self.dagster.add_dynamic_partitions(dumps_partitions.name or "", [partition])
        return dg.materialize(
            list(ALL_ASSETS),
            selection=list(assets),
            resources={"workbench": self.bench},
            instance=self.dagster,
            partition_key=partition,
            run_config=QUIET,
            raise_on_error=False,
        )

    def ingest(self, dump: str) -> dg.ExecuteInProcessResult:
        """Run the whole job over one dump, library included."""
        self.dagster.add_dynamic_partitions(dumps_partitions.name or "", [dump])
        job = self.defs.resolve_job_def("ingest")
        return job.execute_in_process(instance=self.dagster, partition_key=dump, run_config=QUIET, raise_on_error=False)

    def materialization(self, asset: str, dump: str | None = None) -> dg.AssetMaterialization:
        """The latest materialization of an asset, or of one of its partitions."""
        wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[dump] if dump else None)
        (record,) = self.dagster.fetch_materializations(wanted, limit=1).records
        assert record.asset_materialization is not None
        return record.asset_materialization

    def data_version(self, asset: str, dump: str | None = None) -> str:
        """What the asset last reported as its data version."""
        return (self.materialization(asset, dump).tags or {})["dagster/data_version"]

    def metadata(self, asset: str, dump: str | None = None) -> dict[str, Any]:
        """What the asset last reported, as plain values."""
        return {name: value.value for name, value in self.materialization(asset, dump).metadata.items()}


@contextmanager
def installed(url: str, folder: Path, embedder: Embedder, models: Path) -> Iterator[Installation]:
    """An installation in a folder, on the database at `url`; the environment names it as long as the block lasts."""
    (folder / "home").mkdir(parents=True)
    (folder / "home" / "cache").symlink_to(models)
    (folder / "dumps").mkdir()
    (folder / "taxonomy").mkdir()
    (folder / "boards.toml").write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JD_ASSETS_HOME", str(folder / "home"))
        patch.setenv("JD_ASSETS_DUMPS", str(folder / "dumps"))
        patch.setenv("JD_ASSETS_TAXONOMY", str(folder / "taxonomy"))
        patch.setenv("JD_ASSETS_BOARDS", str(folder / "boards.toml"))
        patch.setenv("JD_ASSETS_DATABASE_URL", url)
        settings = Settings.load()
        for name, value in environment(settings).items():
            patch.setenv(name, value)  # `instance` sets them too; set here, they go away with the block
        with Store.connect(url, settings.lance_dir) as store, instance(settings) as dagster:
            yield Installation(url, store, folder, dagster, embedder)


def models_folder(base: Path) -> Path:
    """Where the test processes of a session share the built model."""
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "models"
