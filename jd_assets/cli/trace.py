"""`jd-assets trace`: every stage of one posting, so that "why this role?" has an answer a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape
from rich.panel import Panel

from jd_assets.cli.call_text import dollars, outcome, plain, usage
from jd_assets.cli.names import posting_id
from jd_assets.cli.output import console, print_json, table
from jd_assets.records import (
    CentroidContribution,
    ClientEnrichment,
    ExtractedSkills,
    LibraryLinks,
    NanoParse,
    Posting,
    Record,
    ReviewProposals,
    RoleDecision,
    RoleSignal,
    RoleSignals,
    SkillMatches,
)
from jd_assets.settings import Settings
from jd_assets.stages.registry import RECORD_OF
from jd_assets.store import Store
from jd_assets.store.calls import CallLine
from jd_assets.store.rows import StoredRow


def trace(
    posting: Annotated[str, typer.Argument(help="A posting id, or its first characters.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print every row with its provenance as JSON.")] = False,
    history: Annotated[bool, typer.Option(help="Also list the rows that were superseded.")] = False,
) -> None:
    """Show what each stage said about one posting, from which run, code, library and model calls."""
    with Store.open(Settings.load()) as store:
        found = posting_id(store, posting)
        rows = {stage: store.rows.history(stage, found) for stage in RECORD_OF}
        calls = store.calls.lines(posting_id=found)
        drops = {drop.stage: drop for drop in store.unanswered.of_posting(found)}
    if as_json:
        print_json({stage: [_plain(row, calls) for row in own] for stage, own in rows.items()})
        return
    for stage, own in rows.items():
        current = next((row for row in own if row.superseded_at is None), None)
        if current is None:
            drop = drops.get(stage)
            reason = f": {drop.kind}, {drop.reason}" if drop else ""
            console.print(f"[bold]{stage}[/bold]: no row{escape(reason)}")
            _print_calls(_of(calls, stage, drop.run_id) if drop else [])
            continue
        record = RECORD_OF[stage].model_validate_json(current.payload)
        console.print(Panel("\n".join(_lines(record)) or "nothing", title=f"[bold]{stage}[/bold]", title_align="left"))
        asked = _of(calls, stage, current.run_id)
        paid = sum((line.cost_usd or Decimal(0) for line in asked), Decimal(0))
        sent = sum(not line.cached for line in asked)
        console.print(
            f"  run {current.run_id[:8]}, code {current.code_version[:8]}, library "
            f"{current.library_version[:8] or '-'}, {current.created_at:%Y-%m-%d %H:%M}, {sent} calls, {dollars(paid)}",
            style="dim",
        )
        _print_calls(asked)
        if history and len(own) > 1:
            console.print(
                table(
                    "Superseded",
                    ["written", "superseded", "by run", "output"],
                    [
                        [row.created_at, row.superseded_at, (row.superseded_run or "")[:8], row.output_hash[:8]]
                        for row in own[1:]
                    ],
                )
            )


def _of(calls: Sequence[CallLine], stage: str, run_id: str) -> list[CallLine]:
    """The calls that led to a row: those that its run made for it."""
    return [line for line in calls if (line.stage, line.run_id) == (stage, run_id)]


def _print_calls(calls: Sequence[CallLine]) -> None:
    for line in calls:
        said = f"  {line.task} by {line.model_answered or line.model}: {usage(line)} · {outcome(line)}"
        console.print(said, style="dim", markup=False, highlight=False)


def _plain(row: StoredRow, calls: Sequence[CallLine]) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in StoredRow.__dataclass_fields__}
    asked = [plain(line) for line in _of(calls, row.stage, row.run_id)]
    return fields | {"payload": orjson.loads(row.payload), "calls": asked}


def _lines(record: Record) -> list[str]:
    """A record as lines for a person; posting text is escaped, it may look like markup."""
    return (
        [escape(line) for line in _RENDER[type(record)](record)]
        if type(record) in _RENDER
        else [escape(str(record))[:400]]
    )


def _posting(record: Posting) -> list[str]:
    place = " · ".join(part for part in (record.company, record.location, record.board) if part)
    lines = [record.title, place, f"{len(record.description):,} characters; flags: {', '.join(record.flags) or 'none'}"]
    if record.duplicate_of:
        lines.append(f"{record.duplicate_kind} duplicate of {record.duplicate_of}: shares its judgements")
    return lines


def _nano(record: NanoParse) -> list[str]:
    experience, pay = record.experience, record.ctc
    places = "; ".join(", ".join(p for p in (x.city, x.state, x.country) if p) for x in record.job_locations)
    return [
        f"role: {record.role} ({record.seniority or 'any level'})"
        + (f"; also {', '.join(record.role_aliases)}" if record.role_aliases else ""),
        f"experience: {_range(experience.min, experience.max)} years, said as {experience.raw!r}"
        if experience.raw
        else "experience: not stated",
        f"pay: {_range(pay.min, pay.max)} {pay.currency} a {pay.period}" if pay else "pay: not stated",
        f"place: {places or 'not stated'}; work mode: {record.work_mode or 'not stated'}",
        f"sections: {', '.join(section.kind for section in record.sections)}; duties: {len(record.duties)}",
        f"education: {', '.join(record.education) or '-'}; certifications: {', '.join(record.certifications) or '-'}",
    ]


def _extracted(record: ExtractedSkills) -> list[str]:
    if record.rejected:
        return [f"rejected: {record.rejection_reason}"]
    taken = [
        f"{'*' if skill.is_primary else ' '} {skill.name} [{skill.section}, {len(skill.spans)}x, {skill.why}]"
        for skill in record.final_skills
    ]
    return [*taken, *(f"  refused {term.text!r}: {term.reason}" for term in record.refused)]


def _matches(record: SkillMatches) -> list[str]:
    lines = []
    for match in record.matches:
        if match.status == "in_library":
            how = f"by {match.matched_via} {match.alias!r}" + (f" ({match.similarity:.2f})" if match.similarity else "")
            lines.append(f"{match.term} = {match.display_name} {how}; {', '.join(match.dimensions)}")
        elif match.new_skill_meta:
            lines.append(f"{match.term}: new ({match.new_skill_meta.decision}: {match.new_skill_meta.decision_reason})")
    return lines


def _signals(record: RoleSignals) -> list[str]:
    def shown(name: str, signals: tuple[RoleSignal, ...]) -> str:
        return f"{name}: " + (", ".join(f"{signal.role} {signal.score:.2f}" for signal in signals) or "nothing")

    lines = [
        shown("title", record.alias_match_roles),
        shown("skills", record.skill_match_roles),
        shown("duties", record.kra_match_roles),
    ]
    for match in record.kra_match_roles[0].kra_matches if record.kra_match_roles else ():
        lines.append(f"   {match.similarity:.2f} {match.sentence[:90]!r} ~ {match.kra[:90]!r}")
    return lines


def _decision(record: RoleDecision) -> list[str]:
    return [
        f"{record.display_name or 'no role'}"
        + (f" ({record.sub_role})" if record.sub_role else "")
        + f" [{record.case}] confidence {record.confidence:.2f}, margin {record.margin:.2f}",
        record.reasoning,
        "candidates: " + ", ".join(f"{c.role} {c.score:.2f}" for c in record.candidates),
        f"matched dimensions: {', '.join(record.matched_dimensions) or '-'}",
        *([f"read again because {record.adjudication_reason}"] if record.adjudicated else []),
        *([f"shared from {record.shared_from}"] if record.shared_from else []),
    ]


def _links(record: LibraryLinks) -> list[str]:
    saved = f"{record.skill_dimension_saved} skill links, {record.role_dimension_saved} role links"
    return [
        f"{saved}, {record.skipped} skipped",
        *(f"{item.skill} x {item.dimension}: {item.outcome_line}" for item in record.items),
    ]


def _review(record: ReviewProposals) -> list[str]:
    return [f"{proposal.kind}: {proposal.title}" for proposal in record.proposals]


def _enrichment(record: ClientEnrichment) -> list[str]:
    lines = []
    if record.nature_of_work:
        lines.append(f"nature of work: {record.nature_of_work.label} ({record.nature_of_work.source})")
    if stack := record.tech_stack_maturity:
        lines.append(f"stack: {stack.label} ({stack.source}): {stack.reasoning}")
    if record.ai_index:
        lines.append(f"AI index: {record.ai_index.score:.2f} / 5 ({record.ai_index.source})")
    return lines + [f"{cluster.display_name}: {', '.join(cluster.skills)}" for cluster in record.skill_clusters]


def _centroid(record: CentroidContribution) -> list[str]:
    return [f"adds one vector to {record.role}" if record.role else "adds to no centroid"]


def _range(low: float | None, high: float | None) -> str:
    """ "3 to 5", "3 or more", "up to 5"."""
    if low is not None and high is not None:
        return f"{low:,g} to {high:,g}" if low != high else f"{low:,g}"
    return f"{low:,g} or more" if low is not None else f"up to {high:,g}"


_RENDER: dict[type[Record], Any] = {
    Posting: _posting,
    NanoParse: _nano,
    ExtractedSkills: _extracted,
    SkillMatches: _matches,
    RoleSignals: _signals,
    RoleDecision: _decision,
    LibraryLinks: _links,
    ReviewProposals: _review,
    CentroidContribution: _centroid,
    ClientEnrichment: _enrichment,
}
