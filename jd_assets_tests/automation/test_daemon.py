"""`jd-assets dev` as a person uses it: the sensor, a partition materialized from the UI, a backfill over dumps."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jd_assets.library.files import write_folder
from jd_assets.settings import Settings
from jd_assets.store import Store
from jd_assets.store.server import embedded
from jd_assets_tests.small_world import alias, posting, small_library

pytestmark = pytest.mark.slow

DUMPS = [f"acme_2026-01-0{day}" for day in (1, 2, 3)]
SECONDS = 300  # for whatever the daemon is asked to do: it shares two cores with the other tests
ALL = ["taxonomy", "library_vectors", "postings", "quarantine", "nano_parse", "extracted_skills", "skill_matches"]
ALL += ["role_signals", "role_decisions", "library_links", "review_queue", "role_centroids", "client_enrichment"]
DONE = {"SUCCESS", "FAILURE", "CANCELED"}


class Dev:
    """A running `jd-assets dev`, asked the way its web page asks."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.url = folder, f"http://127.0.0.1:{port}/graphql"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JD_ASSETS_", "DAGSTER_"))}
        self.environ = kept | {
            "JD_ASSETS_HOME": str(folder / "home"),
            "JD_ASSETS_DUMPS": str(folder / "dumps"),
            "JD_ASSETS_TAXONOMY": str(folder / "taxonomy"),
        }
        self.settings = Settings.load(self.environ)
        self.log = folder / "dev.log"
        with self.log.open("wb") as log:
            command = [sys.executable, "-c", "from jd_assets.cli import main; main()", "dev", "--port", str(port)]
            self.process = subprocess.Popen(command, env=self.environ, stdout=log, stderr=subprocess.STDOUT)

    def ask(self, query: str, **variables: Any) -> Any:
        """The answer to a GraphQL query."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(self.url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = json.load(answer)
        assert "errors" not in said, said["errors"]
        return said["data"]

    def until(self, what: Callable[[], Any]) -> Any:
        """What a question answers as soon as its answer is true; fails after a while."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                if found := what():
                    return found
            except OSError:  # it is not up yet
                pass
            time.sleep(1)
        raise AssertionError(f"not within {SECONDS} seconds:\n{self.log.read_text()[-3000:]}")

    def runs(self) -> dict[str, tuple[str, str]]:
        """Status and partition of every run."""
        query = "{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"
        found = {}
        for run in self.ask(query)["runsOrError"]["results"]:
            tags = {tag["key"]: tag["value"] for tag in run["tags"]}
            found[run["runId"]] = (run["status"], tags.get("dagster/partition", ""))
        return found

    def finished(self, count: int) -> dict[str, tuple[str, str]]:
        """The runs, once there are so many and all are over."""
        runs = self.until(lambda: self._over(count))
        assert isinstance(runs, dict)
        return runs

    def _over(self, count: int) -> dict[str, tuple[str, str]] | None:
        runs = self.runs()
        return runs if len(runs) >= count and {status for status, _ in runs.values()} <= DONE else None

    def rows(self, stage: str) -> dict[str, int]:
        """How many current rows each dump has in a stage."""
        with Store.open(self.settings) as store:
            return {dump: store.rows.count(stage, dump) for dump in DUMPS}

    def metadata(self, asset: str, partition: str) -> dict[str, Any]:
        """The whole numbers that the partition's latest materialization reports."""
        query = """query ($asset: AssetKeyInput!, $partitions: [String!]) {
            assetNodeOrError(assetKey: $asset) { ... on AssetNode {
                assetMaterializations(partitions: $partitions, limit: 1) {
                    metadataEntries { label ... on IntMetadataEntry { intValue } } } } } }"""
        found = self.ask(query, asset={"path": [asset]}, partitions=[partition])["assetNodeOrError"]
        (latest,) = found["assetMaterializations"]
        return {entry["label"]: entry.get("intValue") for entry in latest["metadataEntries"]}


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    """Dagster's UI and daemon over three new dumps and a small library."""
    (tmp_path / "dumps").mkdir()
    for number, dump in enumerate(DUMPS):
        records = [posting(f"{number}-{key}", skills=["Java", "relational things"]) for key in range(3)]
        (tmp_path / "dumps" / f"{dump}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    write_folder(small_library(), tmp_path / "taxonomy")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = Dev(tmp_path, port)
    try:
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(60)


def test_dumps_run_by_themselves_from_the_ui_and_in_a_backfill(dev: Dev) -> None:
    runs = dev.finished(3)
    assert sorted(runs.values()) == [("SUCCESS", dump) for dump in DUMPS]
    assert dev.rows("client_enrichment") == dict.fromkeys(DUMPS, 3)

    launched = dev.ask(
        """mutation ($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) {
            __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }""",
        params={
            "selector": {
                "repositoryName": "__repository__",
                "repositoryLocationName": "jd_assets",
                "pipelineName": "ingest",
                "assetSelection": [{"path": [asset]} for asset in ALL],
                "assetCheckSelection": None,
            },
            "mode": "default",
            "runConfigData": "{}",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": DUMPS[0]}]},
        },
    )["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    assert dev.finished(4)[launched["run"]["runId"]] == ("SUCCESS", DUMPS[0])
    assert dev.metadata("extracted_skills", DUMPS[0])["computed"] == 0

    library = small_library()
    write_folder(
        replace(library, skill_aliases=(*library.skill_aliases, alias("relational things", "sql"))),
        dev.folder / "taxonomy",
    )
    backfill = dev.ask(
        """mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
            __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }""",
        params={"assetSelection": [{"path": [asset]} for asset in ALL], "partitionNames": DUMPS},
    )["launchPartitionBackfill"]
    assert backfill["__typename"] == "LaunchBackfillSuccess", backfill
    query = "query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
    ended = {"COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED"}
    status = dev.until(
        lambda: (
            state
            if (state := dev.ask(query, id=backfill["backfillId"])["partitionBackfillOrError"]["status"]) in ended
            else None
        )
    )
    assert status == "COMPLETED_SUCCESS"
    assert {dump: dev.metadata("extracted_skills", dump)["computed"] for dump in DUMPS} == dict.fromkeys(DUMPS, 3)

    dev.process.send_signal(signal.SIGINT)
    assert dev.process.wait(60) == 0
    assert not embedded(dev.settings).is_running()
