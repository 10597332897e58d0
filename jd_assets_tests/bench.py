"""`make bench`: what a run costs, from cold, on about five thousand real postings, and what it costs again.

Prints postings a second, CPU-seconds a posting (all processes of the run, and Postgres), each stage's share, the
highest memory, the seconds of the run over unchanged dumps, and what models cost (`bench_models.py`). The data is not
part of the project (see `shared`).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict

from jd_assets.settings import Settings
from jd_assets.store.server import embedded
from jd_assets_tests import bench_models
from jd_assets_tests.measuring import Cost, measured, verdict
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
MAX_CPU_SECONDS, MAX_RSS_GB, MIN_SPEEDUP = 0.06, 1.5, 20


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
            report(library, cold, again)
            models = bench_models.measure(server, files[-1])
        finally:
            server.stop()
    bench_models.report(models)


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


if __name__ == "__main__":
    main()
