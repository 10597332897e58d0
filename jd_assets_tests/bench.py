"""`make bench`: what a run costs, from cold, on about five thousand real postings, and what it costs again.

Prints postings a second, CPU-seconds a posting (all processes of the run, and Postgres), each stage's share, the
highest memory, and the seconds of the run over unchanged dumps. The data is not part of the project (see `shared`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from jd_assets.settings import Settings
from jd_assets.store.server import EmbeddedPostgres, embedded
from jd_assets_tests.shared import shared_folder

FILES = (
    "linkedin_india/LinkedIn_Jobs_Data_India.csv",
    "google_careers/job_skills.csv",
    "linkedin_us_data_roles/DataAnalyst.csv",
    "dice_us/talk2rajasimman__Spacy-Custome-NER-/dice_com-job_us_sample.csv",
    "glassdoor_us/PlayingNumbers__ds_salary_proj/glassdoor_jobs.csv",
    "google_jobs_serpapi/sunjana2199__2025-jobs-analysis/all_jobs.csv",
    "kenya_tech/jobs.csv",
)
SAMPLE_SECONDS = 0.2
MAX_CPU_SECONDS, MAX_RSS_GB, MIN_SPEEDUP = 0.06, 1.5, 20


@dataclass
class Cost:
    """What a command took: wall and CPU seconds, Postgres' CPU seconds, and the highest memory of its processes."""

    outcome: list[dict[str, Any]]
    seconds: float
    cpu_seconds: float
    postgres_seconds: float
    peak_bytes: int


def main() -> None:
    """Run, run again, print."""
    files = [str(shared_folder("data", "dumps", *name.split("/"))) for name in FILES]
    with tempfile.TemporaryDirectory(prefix="jd_assets_bench_") as home:
        os.environ["JD_ASSETS_HOME"] = home
        server = embedded(Settings.load())
        server.start()
        try:
            with tempfile.NamedTemporaryFile("w", suffix="_2026-01-01.jsonl") as one:
                one.write(json.dumps({"id": "1", "title": "Warm up", "description": "A posting to load the library."}))
                one.flush()
                library = measured(server, ["run", "--json", "--board", "warm-up", one.name])
            cold = measured(server, ["run", "--json", *files])
            again = measured(server, ["run", "--json", *files])
        finally:
            server.stop()
    report(library, cold, again)


def measured(server: EmbeddedPostgres, arguments: Sequence[str]) -> Cost:
    """Run `jd-assets` and watch it. Raises CalledProcessError when it fails."""
    started, before = time.perf_counter(), postgres_cpu(server)
    command = [sys.executable, "-c", "from jd_assets.cli import main; main()", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child, watching(child.pid) as peak:
        output, _ = child.communicate()
    seconds = time.perf_counter() - started
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command, output)
    usage = os.times()
    cpu = usage.children_user + usage.children_system - _CHILDREN[-1]
    _CHILDREN.append(usage.children_user + usage.children_system)
    return Cost(json.loads(output), seconds, cpu, postgres_cpu(server) - before, peak[0])


_CHILDREN = [0.0]  # CPU seconds of all children that ended so far


@contextmanager
def watching(pid: int) -> Iterator[list[int]]:
    """The highest memory of a process and its children, sampled while the block runs, in the first place of a list."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            try:
                root = psutil.Process(pid)
                tree = [root, *root.children(recursive=True)]
                peak[0] = max(peak[0], sum(process.memory_info().rss for process in tree))
            except psutil.NoSuchProcess:
                continue

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def postgres_cpu(server: EmbeddedPostgres) -> float:
    """CPU seconds of the server so far: its processes, and those that ended."""
    postmaster = psutil.Process(int((server.data_dir / "cluster" / "postmaster.pid").read_text().split()[0]))
    times = [postmaster.cpu_times(), *(child.cpu_times() for child in postmaster.children())]
    ended = times[0].children_user + times[0].children_system
    return ended + sum(one.user + one.system for one in times)


def report(library: Cost, cold: Cost, again: Cost) -> None:
    """Print the table."""
    postings = sum(dump["postings"] for dump in cold.outcome)
    per_stage: dict[str, float] = defaultdict(float)
    for dump in cold.outcome:
        for stage, figures in dump["stages"].items():
            per_stage[stage] += figures.get("cpu_seconds", 0.0)
    cpu = cold.cpu_seconds + cold.postgres_seconds
    print(f"{len(cold.outcome)} dumps, {postings:,} postings, {os.cpu_count()} cores\n")
    print(f"library, once (loading, embedding, warm-up)  {library.seconds:8.1f} s {library.cpu_seconds:10.1f} CPU-s")
    print(f"cold run                                     {cold.seconds:8.1f} s {cpu:10.1f} CPU-s")
    print(f"postings a second                            {postings / cold.seconds:8.1f}")
    verdict("CPU-seconds a posting", cpu / postings, "<=", MAX_CPU_SECONDS, cpu / postings <= MAX_CPU_SECONDS)
    for stage, seconds in sorted(per_stage.items(), key=lambda item: -item[1]):
        print(f"    {stage:41}{seconds / postings:8.4f} {100 * seconds / cpu:9.0f} %")
    rest = cold.cpu_seconds - sum(per_stage.values())
    print(f"    {'checks, Dagster, start':41}{rest / postings:8.4f} {100 * rest / cpu:9.0f} %")
    print(f"    {'Postgres':41}{cold.postgres_seconds / postings:8.4f} {100 * cold.postgres_seconds / cpu:9.0f} %")
    peak = max(library.peak_bytes, cold.peak_bytes) / 1e9
    verdict("peak memory, GB", peak, "<", MAX_RSS_GB, peak < MAX_RSS_GB)
    print(f"unchanged run                                {again.seconds:8.1f} s {again.cpu_seconds:10.1f} CPU-s")
    ratio = cold.seconds / again.seconds
    verdict("times faster", ratio, ">=", MIN_SPEEDUP, ratio >= MIN_SPEEDUP)
    states = ", ".join(sorted({dump["status"] for dump in again.outcome}))
    print(f"in the unchanged run: {sum(dump['computed'] for dump in again.outcome)} rows computed, all dumps {states}")


def verdict(name: str, value: float, sign: str, limit: float, kept: bool) -> None:
    """One line with a target."""
    print(f"{name:45}{value:8.3f}   target {sign} {limit:g}: {'kept' if kept else 'MISSED'}")


if __name__ == "__main__":
    main()
