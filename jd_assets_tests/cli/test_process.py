"""The command as a process of its own: an embedded server that comes and goes, pipes that break."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jd_assets.engines.embedder import MiniLMEmbedder
from jd_assets.library.files import write_folder
from jd_assets.store.server import EmbeddedPostgres
from jd_assets_tests.installation import models_folder
from jd_assets_tests.small_world import posting, small_library

COMMAND = [sys.executable, "-c", "from jd_assets.cli import main; main()"]
SECONDS = 120


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, embedder: MiniLMEmbedder) -> Path:
    """A folder with dumps and a small library, in which nothing ran yet."""
    folder = tmp_path_factory.mktemp("process")
    (folder / "home").mkdir()
    (folder / "home" / "cache").symlink_to(models_folder(tmp_path_factory.getbasetemp()))
    (folder / "dumps").mkdir()
    records = [posting(str(number)) for number in range(200)]
    (folder / "dumps" / "acme_2026-01-01.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    write_folder(small_library(), folder / "taxonomy")
    return folder


def environment(home: Path) -> dict[str, str]:
    """What the command reads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JD_ASSETS_", "DAGSTER_"))}
    return kept | {
        "JD_ASSETS_HOME": str(home / "home"),
        "JD_ASSETS_DUMPS": str(home / "dumps"),
        "JD_ASSETS_TAXONOMY": str(home / "taxonomy"),
    }


def test_a_run_starts_the_server_and_leaves_none_behind_and_pipes_may_break(home: Path) -> None:
    env = environment(home)
    run = subprocess.run([*COMMAND, "run", "--json"], env=env, capture_output=True, timeout=SECONDS, check=True)
    (dump,) = json.loads(run.stdout)
    assert (dump["status"], dump["postings"]) == ("done", 200)
    assert not EmbeddedPostgres(home / "home" / "postgres").is_running()

    again = subprocess.run([*COMMAND, "run", "--json"], env=env, capture_output=True, timeout=SECONDS, check=True)
    assert [dump["status"] for dump in json.loads(again.stdout)] == ["unchanged"]

    for arguments in (["export", "skills"], ["status", "--json"]):
        with subprocess.Popen([*COMMAND, *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            child.stdout.read(1)
            child.stdout.close()
            assert child.stderr.read() == b""
            child.wait(SECONDS)
    assert not EmbeddedPostgres(home / "home" / "postgres").is_running()
