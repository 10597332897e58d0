"""`jd-assets export`: decisions, skills or links of all postings as one table."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from jd_assets.errors import SettingsError
from jd_assets.records import LibraryLinks, Posting, RoleDecision, SkillMatches
from jd_assets.settings import Settings
from jd_assets.workbench import Workbench

Row = dict[str, Any]


class What(StrEnum):
    DECISIONS = "decisions"
    SKILLS = "skills"
    LINKS = "links"


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def export(
    what: Annotated[
        What, typer.Argument(help="One row a posting (decisions), a skill (skills), or a skill and dimension (links).")
    ],
    format: Annotated[Format, typer.Option(help="File format.")] = Format.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; standard output if none is given.")
    ] = None,
) -> None:
    """Write current results as JSON Lines, CSV or Parquet."""
    if format is Format.PARQUET and output is None and sys.stdout.isatty():
        raise SettingsError("Parquet is no text for a terminal: name a file with --output.")
    with Workbench.open(Settings.load()) as bench:
        rows = [row for dump in bench.store.dumps.registered() for row in _ROWS[what](bench, dump.key)]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    packed = io.BytesIO()
    if format is Format.JSONL:
        frame.write_ndjson(packed)
    elif format is Format.CSV:
        frame.write_csv(packed)
    else:
        frame.write_parquet(packed)
    if output is None:
        sys.stdout.buffer.write(packed.getbuffer())
        sys.stdout.flush()
        return
    try:
        output.write_bytes(packed.getbuffer())
    except OSError as error:
        raise SettingsError(f"{output} cannot be written ({error.strerror}): name another file.") from error


def _decisions(bench: Workbench, dump: str) -> Iterator[Row]:
    for posting, decision in bench.records(dump, Posting, RoleDecision):
        yield {
            **_head(dump, posting),
            "case": decision.case,
            "role": decision.role,
            "role_name": decision.display_name,
            "domain": decision.domain,
            "confidence": decision.confidence,
            "margin": decision.margin,
            "queued": decision.queued,
            "duplicate_of": posting.duplicate_of,
            "reasoning": decision.reasoning,
        }


def _skills(bench: Workbench, dump: str) -> Iterator[Row]:
    for posting, matches in bench.records(dump, Posting, SkillMatches):
        for match in matches.matches:
            yield {
                **_head(dump, posting),
                "term": match.term,
                "skill": match.skill,
                "skill_name": match.display_name,
                "status": match.status,
                "is_primary": match.is_primary,
                "matched_via": match.matched_via,
                "similarity": match.similarity,
                "dimensions": "|".join(match.dimensions),
            }


def _links(bench: Workbench, dump: str) -> Iterator[Row]:
    for posting, links in bench.records(dump, Posting, LibraryLinks):
        for item in links.items:
            yield {**_head(dump, posting), "role": links.role, **item.model_dump()}


def _head(dump: str, posting: Posting) -> Row:
    return {"posting_id": posting.posting_id, "dump": dump, "title": posting.title, "company": posting.company}


_ROWS: dict[What, Callable[[Workbench, str], Iterator[Row]]] = {
    What.DECISIONS: _decisions,
    What.SKILLS: _skills,
    What.LINKS: _links,
}
