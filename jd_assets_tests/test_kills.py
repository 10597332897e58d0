"""A run that is killed at any point leaves nothing that the next run does not put right."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lancedb
import pytest

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.library.files import write_folder
from jd_assets.settings import Settings
from jd_assets.stages.registry import STAGES
from jd_assets.store import Store
from jd_assets.store.server import embedded
from jd_assets_tests.installation import models_folder
from jd_assets_tests.small_world import SKILLS, OpenWorld, World, posting, small_library

pytestmark = pytest.mark.slow

SEED = 20260105
BY_TIME, BY_STAGE = 12, 8  # points at which a run is killed
DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")
SECONDS = 120

# What is killed: a process that brings a world up to date, as the workbench does without Dagster. It says when it
# begins; given a stage and a number, it kills itself when that stage has reported its progress so often.
CHILD = """
import os, signal, sys
from pathlib import Path
from jd_assets.store import Store
from jd_assets.workbench import observer
from jd_assets_tests.small_world import World

url, folder, stage, number, *dumps = sys.argv[1:]
seen = 0

def watch(name, done, of):
    global seen
    seen += name == stage
    if seen and seen == int(number):
        os.kill(os.getpid(), signal.SIGKILL)

with Store.connect(url, Path(folder) / "lance") as store:
    world = World(store, Path(folder))
    observer.set(watch)
    print("begins", flush=True)
    world.bench.load_library(world.library)
    world.bench.sync_library_vectors(run_id="library")
    world.run(*dumps)
"""

Records = Sequence[Mapping[str, Any]]


def dumps_of(version: int) -> dict[str, Records]:
    """Three dumps that share postings and duplicates; version 1 changes, drops and adds some of version 0."""
    names = [names[0] for names, _ in SKILLS.values()]
    found: dict[str, Records] = {}
    for number, day in enumerate(DAYS):
        picked = [
            posting(
                str(key),
                ["Backend Engineer", "Data Analyst", "Blimp Pilot", "Frontend Engineer"][key % 4],
                [names[(key + step * (version + number)) % len(names)] for step in (0, 3, 5)],
            )
            for key in range(number * 8 + version * 3, number * 8 + 14)
        ]
        repost = {**picked[0], "id": f"repost {day}"}
        found[day] = [*picked, repost, {"id": "bad", "title": "", "description": ""}]
    return found


def write(world: World, version: int) -> list[str]:
    """Put the dumps into a world; their keys."""
    return [world.write(records, day=day) for day, records in dumps_of(version).items()]


def finish(world: World, dumps: Sequence[str]) -> None:
    """An undisturbed run over these dumps."""
    world.bench.load_library(world.library)
    world.bench.sync_library_vectors(run_id="library")
    world.ran.update(dumps)
    world.run(*dumps)


def vectors(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """LanceDB's rows by table and id, but not what tells of the past: kept embeddings of texts, and first dumps."""
    lance = lancedb.connect(folder)
    names = [name for name in lance.list_tables().tables if not name.startswith("embeddings")]
    tables = {name: lance.open_table(name).to_arrow().to_pylist() for name in names}
    return {
        name: [{**row, "dump": None} for row in sorted(rows, key=lambda row: str(row["id"]))]
        for name, rows in tables.items()
    }


def left_behind(world: World) -> dict[str, Any]:
    """All that runs left, in Postgres and in LanceDB."""
    return {**world.outcome(), "vectors": vectors(world.folder / "lance")}


@contextmanager
def child(
    world: World, url: str, dumps: Sequence[str], stage: str = "", number: int = 0
) -> Iterator[subprocess.Popen[str]]:
    """A run in a process of its own, from the moment at which it begins to work."""
    command = [sys.executable, "-c", CHILD, url, str(world.folder), stage, str(number), *dumps]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        yield process
        process.kill()


@pytest.fixture
def expected(world: World) -> dict[str, Any]:
    """What a run from nothing leaves, undisturbed."""
    finish(world, write(world, 1))
    return left_behind(world)


def duration(open_world: OpenWorld) -> float:
    """Seconds that an undisturbed run takes in a process of its own."""
    with open_world() as world, child(world, url_of(world), write(world, 1)) as process:
        started = time.monotonic()
        assert process.wait(SECONDS) == 0
        return time.monotonic() - started


def url_of(world: World) -> str:
    """Where a world's rows are."""
    with world.store.database.transaction() as conn:
        return f"postgresql://postgres@/{conn.info.dbname}?host={conn.info.host}&port={conn.info.port}"


def test_a_run_killed_at_any_time_is_made_up_for_by_the_next(open_world: OpenWorld, expected: dict[str, Any]) -> None:
    chance = random.Random(SEED)
    whole = duration(open_world)
    killed = 0
    for number in range(BY_TIME):
        after = chance.uniform(0, whole)
        print(f"killed after {after:.2f} of {whole:.2f} s, {'a changed world' if number % 2 else 'from nothing'}")
        killed += disturb(open_world, expected, changed=bool(number % 2), after=after)
    assert killed >= BY_TIME / 2, "most runs were still at work when they were killed"


def test_a_run_killed_in_any_stage_is_made_up_for_by_the_next(open_world: OpenWorld, expected: dict[str, Any]) -> None:
    chance = random.Random(SEED)
    for stage in chance.sample([stage.name for stage in STAGES], BY_STAGE):
        number = chance.randint(1, 3)
        print(f"killed at report {number} of {stage}")
        assert disturb(open_world, expected, changed=number % 2 == 0, stage=stage, number=number)


def disturb(
    open_world: OpenWorld,
    expected: dict[str, Any],
    *,
    changed: bool,
    after: float = SECONDS,
    stage: str = "",
    number: int = 0,
) -> bool:
    """Kill a run, run again, compare; whether the run was still at work when it was killed."""
    with open_world() as world:
        if changed:
            finish(world, write(world, 0))
        dumps = write(world, 1)
        with child(world, url_of(world), dumps, stage, number) as process:
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                process.kill()
            code = process.wait(SECONDS)
        assert code in (0, -signal.SIGKILL)
        finish(World(world.store, world.folder), dumps)
        found = left_behind(world)
    for part, value in expected.items():
        assert found[part] == value, part
    return code == -signal.SIGKILL


# --- the whole command, with Dagster and a server of its own ---------------------------------------------------------

COMMAND = [sys.executable, "-c", "from jd_assets.cli import main; main()", "run", "--json"]
SERVER_KILLS, COMMAND_KILLS = 2, 2


class Home:
    """A folder with dumps and a small library, for `jd-assets run` with the embedded server."""

    def __init__(self, folder: Path, models: Path) -> None:
        (folder / "home").mkdir(parents=True)
        (folder / "home" / "cache").symlink_to(models)
        (folder / "dumps").mkdir()
        for day, records in dumps_of(1).items():
            lines = "".join(json.dumps(record) + "\n" for record in records)
            (folder / "dumps" / f"board_{day}.jsonl").write_text(lines)
        write_folder(small_library(), folder / "taxonomy")
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("JD_ASSETS_")} | {
            "JD_ASSETS_HOME": str(folder / "home"),
            "JD_ASSETS_DUMPS": str(folder / "dumps"),
            "JD_ASSETS_TAXONOMY": str(folder / "taxonomy"),
        }
        self.settings = Settings.load(self.environ)

    def start(self) -> subprocess.Popen[bytes]:
        """A run."""
        return subprocess.Popen(COMMAND, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self) -> float:
        """A run to its end; how many seconds it took."""
        started = time.monotonic()
        with self.start() as process:
            _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, errors.decode()
        return time.monotonic() - started

    def left_behind(self, embedder: MiniLMEmbedder) -> dict[str, Any]:
        """All that runs left, in Postgres and in LanceDB."""
        with Store.open(self.settings) as store:
            centroids = store.centroids.of(embedder.name)
            return {
                "rows": World(store, self.settings.home / "world").rows(),
                "review": [(item.kind, item.subject, item.postings, item.examples) for item in store.review.items()],
                "centroids": {role: (centroid.n, centroid.total.tolist()) for role, centroid in centroids.items()},
                "quarantine": [record.place for record in store.dumps.quarantined()],
                "vectors": vectors(self.settings.lance_dir),
            }


@pytest.mark.parametrize("victim", ["command", "server"])
def test_the_command_or_its_server_may_be_killed(
    victim: str, tmp_path: Path, embedder: MiniLMEmbedder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    models = models_folder(tmp_path_factory.getbasetemp())
    undisturbed = Home(tmp_path / "undisturbed", models)
    whole = undisturbed.run()
    expected = undisturbed.left_behind(embedder)
    chance = random.Random(SEED)
    for number in range(COMMAND_KILLS if victim == "command" else SERVER_KILLS):
        home = Home(tmp_path / str(number), models)
        after = chance.uniform(0.3, 0.95) * whole
        print(f"{victim} killed after {after:.1f} of {whole:.1f} s")
        with home.start() as process:
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                if victim == "command":
                    process.kill()
                else:
                    kill_server(home.settings)
            _, errors = process.communicate(timeout=SECONDS)
        if victim == "server":
            assert process.returncode in (0, 1, 75), errors.decode()
            assert b"Traceback" not in errors, errors.decode()
        home.run()
        found = home.left_behind(embedder)
        for part, value in expected.items():
            assert found[part] == value, part


def kill_server(settings: Settings) -> None:
    """Kill the postmaster as a crash would."""
    pid_file = embedded(settings).data_dir / "cluster" / "postmaster.pid"
    if pid_file.exists():
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
