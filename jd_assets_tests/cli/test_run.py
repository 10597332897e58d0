"""`jd-assets run` and what one reads after it: status, trace, export."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from jd_assets_tests.cli.conftest import Command
from jd_assets_tests.installation import Installation
from jd_assets_tests.small_world import posting


def outcome(jd_assets: Command, *arguments: str, code: int = 0) -> dict[str, dict[str, Any]]:
    """What `run --json` says of each dump, by the name of its file."""
    said = jd_assets("run", "--json", *arguments)
    assert said.code == code, said
    return {Path(dump["path"]).name: dump for dump in json.loads(said.out)}


def write(folder: Path, name: str, records: list[dict[str, str]]) -> Path:
    """A dump file that nobody registered yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records))
    return folder / name


def test_a_run_takes_the_dumps_folder_and_a_second_one_finds_nothing_to_do(
    installation: Installation, jd_assets: Command
) -> None:
    dumps = installation.settings.dumps_dir
    write(dumps, "acme_2026-01-01.jsonl", [posting("1"), posting("2")])
    write(dumps, "acme_2026-01-02.jsonl", [posting("2"), posting("3", "Data Analyst")])
    first = outcome(jd_assets)
    assert [dump["status"] for dump in first.values()] == ["done", "done"]
    assert first["acme_2026-01-02.jsonl"]["records"] == 2
    assert first["acme_2026-01-02.jsonl"]["postings"] + first["acme_2026-01-02.jsonl"]["known_elsewhere"] == 2
    assert sum(dump["computed"] for dump in first.values()) >= 30

    second = outcome(jd_assets)
    assert [dump["status"] for dump in second.values()] == ["unchanged", "unchanged"]
    assert sum(dump["computed"] + dump["written"] for dump in second.values()) == 0

    said = jd_assets("run")
    assert said.code == 0
    assert "Backend Developer" in said.out
    assert "Waiting for review" in said.out
    assert max(map(len, said.out.splitlines())) <= 110


def test_a_dump_that_lost_a_posting_leaves_nothing_waiting_behind(
    installation: Installation, jd_assets: Command
) -> None:
    dumps = installation.settings.dumps_dir
    write(dumps, "acme_2026-01-01.jsonl", [posting("1"), posting("2", skills=["Go"])])
    write(dumps, "acme_2026-01-02.jsonl", [posting("2", skills=["Python"]), posting("3")])
    outcome(jd_assets)
    changed = write(dumps, "acme_2026-01-02.jsonl", [posting("3")])
    again = outcome(jd_assets, str(changed))
    assert set(again) == {"acme_2026-01-01.jsonl", "acme_2026-01-02.jsonl"}
    assert installation.store.dumps.waiting() == []
    assert len(installation.rows()["role_decisions"]) == 3
    assert {dump["status"] for dump in outcome(jd_assets).values()} == {"unchanged"}


def test_bad_files_are_named_the_others_run_and_the_exit_code_says_so(
    installation: Installation, jd_assets: Command, tmp_path: Path
) -> None:
    good = write(tmp_path / "in", "good_2026-01-01.jsonl", [posting("1")])
    empty = [{"id": f"empty {number}", "title": "", "description": ""} for number in range(3)]
    bad = write(tmp_path / "in", "bad_2026-01-01.jsonl", [posting("2"), *empty])
    dumps = outcome(jd_assets, str(good), str(bad), code=1)
    assert dumps[good.name]["status"] == "done"
    assert dumps[bad.name]["status"] == "failed"
    assert "3 of 4 records" in dumps[bad.name]["reason"]
    said = jd_assets("run", str(good), str(bad))
    assert said.code == 1
    assert "3 of 4 records" in said.out


def test_two_files_with_one_key_are_not_mixed_up(
    installation: Installation, jd_assets: Command, tmp_path: Path
) -> None:
    one = write(tmp_path / "in" / "one", "jobs_2026-01-01.jsonl", [posting("1")])
    two = write(tmp_path / "in" / "two", "jobs_2026-01-01.jsonl", [posting("2")])
    said = jd_assets("run", "--json", str(one), str(two))
    assert said.code == 1
    statuses = {dump["path"]: dump["status"] for dump in json.loads(said.out)}
    assert statuses == {str(one): "done", str(two): "refused"}
    said = jd_assets("run", "--json", str(tmp_path / "in"))
    assert [dump["dump"] for dump in json.loads(said.out)] == ["jobs_2026-01-01_one", "jobs_2026-01-01_two"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "/no/such/file.csv"], "/no/such/file.csv does not exist"),
        (["run", "--date", "2026-13-01"], "--date 2026-13-01 is no day"),
        (["run"], "No dump lies in"),
        (["trace", "nobody"], "No posting's id begins with 'nobody'"),
        (["db", "start"], "JD_ASSETS_DATABASE_URL names a server of your own"),
    ],
)
def test_what_has_to_be_changed_is_said_in_one_line(
    installation: Installation, jd_assets: Command, arguments: list[str], says: str
) -> None:
    said = jd_assets(*arguments)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_a_broken_library_stops_the_run_and_names_its_rows(installation: Installation, jd_assets: Command) -> None:
    write(installation.settings.dumps_dir, "acme_2026-01-01.jsonl", [posting("1")])
    (installation.settings.taxonomy_dir / "roles.csv").write_text("slug\nx\n")
    said = jd_assets("run")
    assert said.code == 2
    assert "roles.csv" in said.err


def test_a_server_that_does_not_answer_is_said_to_be_so(
    installation: Installation, jd_assets: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JD_ASSETS_DATABASE_URL", "postgresql://127.0.0.1:1/nobody")
    said = jd_assets("status")
    assert said.code == 75
    assert "does not answer" in said.err


def test_status_trace_and_export_show_what_a_run_left(installation: Installation, jd_assets: Command) -> None:
    write(installation.settings.dumps_dir, "acme_2026-01-01.jsonl", [posting("1", skills=["Java", "[SQL]"])])
    assert "No dump is registered yet" in jd_assets("status").out
    outcome(jd_assets)

    assert "acme_2026-01-01" in jd_assets("status").out
    status = json.loads(jd_assets("status", "--json").out)
    assert status["dumps"][0]["state"] == "ingested"
    assert status["dumps"][0]["role_decisions"] == 1

    rows = [json.loads(line) for line in jd_assets("export", "decisions").out.splitlines()]
    assert [row["role"] for row in rows] == ["backend-engineer"]
    skills = list(csv.DictReader(io.StringIO(jd_assets("export", "skills", "--format", "csv").out)))
    assert {"java", "sql"} <= {skill["skill"] for skill in skills}
    target = installation.folder / "links.parquet"
    assert jd_assets("export", "links", "--format", "parquet", "-o", str(target)).code == 0
    assert set(pl.read_parquet(target)["posting_id"]) == {rows[0]["posting_id"]}
    assert jd_assets("export", "links", "-o", "/no/such/folder/x").code == 2

    trace = jd_assets("trace", rows[0]["posting_id"][:6])
    assert trace.code == 0
    for stage in ("postings", "extracted_skills", "role_decisions", "client_enrichment"):
        assert stage in trace.out
    whole = json.loads(jd_assets("trace", rows[0]["posting_id"], "--json").out)
    assert whole["role_decisions"][0]["payload"]["specific_role"] == "backend-engineer"
