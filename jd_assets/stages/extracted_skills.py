"""Stage `extracted_skills`: which hard skills a posting names, each with its places in the text.

What belongs here: which library aliases in the text count (guards, sections, overlaps), which further terms look like
skills, and which skills are primary. What a skill *is* in the library is decided by `skill_matches`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from jd_assets.engines.rules.sections import BOILERPLATE
from jd_assets.engines.rules.skill_candidates import candidates
from jd_assets.engines.rules.skill_guards import judge_line
from jd_assets.engines.rules.skill_weight import Mentions, primary
from jd_assets.library.skill_index import Line, SkillIndex, context_of
from jd_assets.records import ExtractedSkill, ExtractedSkills, RefusedTerm, Section, SectionKind, Span
from jd_assets.stages.base import Stage, Upstream

Place = SectionKind | Literal["title"]

# Where a list beside known skills names further ones.
NAMES_SKILLS: frozenset[Place] = frozenset(
    {"requirements", "preferred", "skills", "responsibilities", "summary", "other"}
)


@dataclass(slots=True)
class _Term:
    """A skill being gathered over the text: one entry per library skill (or per unknown wording)."""

    name: str
    place: Place
    origin: Literal["library", "pattern"]
    why: str
    mentions: Mentions
    spans: list[Span] = field(default_factory=list)

    def add(self, span: Span, place: Place, line: str) -> None:
        self.spans.append(span)
        self.mentions.add(place, line)


class ExtractedSkillsStage(Stage[tuple[tuple[Line, ...], tuple[Line, ...]], ExtractedSkills]):
    """Facts: the alias hits in the title and in the description."""

    name = "extracted_skills"
    reads = ("postings", "nano_parse")
    library_parts = ("skills", "skill_aliases", "guards")
    output = ExtractedSkills

    def __init__(self, index: SkillIndex) -> None:
        self._index = index

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[tuple[Line, ...], tuple[Line, ...]]]:
        return [self._hits(item.posting.title, item.posting.description) for item in batch]

    def _hits(self, title: str, description: str) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        context = context_of(title, description)
        return tuple(self._index.lines(title, context)), tuple(self._index.lines(description, context))

    def judge(self, upstream: Upstream, facts: tuple[tuple[Line, ...], tuple[Line, ...]]) -> ExtractedSkills:
        if upstream.nano_parse.JD_type != "pass":
            return ExtractedSkills(rejected=True, rejection_reason=upstream.nano_parse.JD_type)
        terms: dict[str, _Term] = {}
        refused: dict[str, RefusedTerm] = {}
        title_lines, lines = facts
        for line in title_lines:
            _take(line, upstream.posting.title, "title", "title", terms, refused)
        for line in lines:
            place = _section_at(upstream.nano_parse.sections, line.start)
            _take(line, upstream.posting.description, "description", place, terms, refused)
        central = primary([term.mentions for term in terms.values()])
        return ExtractedSkills(
            final_skills=tuple(
                ExtractedSkill(
                    name=term.name,
                    is_primary=position in central,
                    spans=tuple(term.spans),
                    section=term.place,
                    origin=term.origin,
                    why=term.why,
                )
                for position, term in enumerate(terms.values())
            ),
            refused=tuple(refused.values()),
        )


def _section_at(sections: Sequence[Section], position: int) -> SectionKind:
    for section in sections:
        if section.start <= position < section.end:
            return section.kind
    return "other"


def _take(
    line: Line,
    text: str,
    where: Literal["title", "description"],
    place: Place,
    terms: dict[str, _Term],
    refused: dict[str, RefusedTerm],
) -> None:
    """Take the hits of one line that count, and note why the others do not."""
    verdicts = judge_line(line, text)
    covered = -1
    known: list[tuple[int, int]] = []
    # Longest first at each place; a hit inside one already taken is another reading of the same words.
    for hit in sorted(line.hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start < covered:
            continue
        accepted, why = verdicts[hit]
        words = text[hit.start : hit.end]
        span = Span(field=where, start=hit.start, end=hit.end)
        if accepted and place in BOILERPLATE:
            accepted, why = False, f"stands in the section {place}"
        if not accepted:
            refused.setdefault(hit.entry.alias, RefusedTerm(text=words, span=span, reason=why))
            continue
        covered = hit.end
        known.append((hit.start, hit.end))
        mentions = Mentions(words, hit.entry.nature)
        term = terms.setdefault(hit.entry.skill, _Term(words, place, "library", why, mentions))
        term.add(span, place, text[line.start : line.end])
    if where == "description" and place in NAMES_SKILLS and known:
        _take_candidates(line, text, place, known, terms)


def _take_candidates(
    line: Line, text: str, place: Place, known: Sequence[tuple[int, int]], terms: dict[str, _Term]
) -> None:
    """Take the unknown names that stand in the same lists as known skills."""
    for found in candidates(text, line.start, line.end, known):
        words = text[found.start : found.end]
        # Not a slug: no library skill is ever filed under a key with a space in front.
        why = f"in a list with {found.beside!r}"
        term = terms.setdefault(f" {words.lower()}", _Term(words, place, "pattern", why, Mentions(words, None)))
        span = Span(field="description", start=found.start, end=found.end)
        term.add(span, place, text[line.start : line.end])
