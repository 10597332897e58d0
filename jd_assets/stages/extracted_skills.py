"""Stage `extracted_skills`: which hard skills a posting names, each with its places in the text.

What belongs here: from the lines of a posting to its terms, and from the chosen terms to the record. Guards, features
and choice are the rules engine's; what a skill *is* in the library is decided by `skill_matches`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from jd_assets.engines.rules.sections import BOILERPLATE
from jd_assets.engines.rules.skill_choice import (
    Key,
    Mention,
    Term,
    Terms,
    choice_weights,
    choose,
    probability,
    reason,
)
from jd_assets.engines.rules.skill_guards import FIELD_OF_STUDY, judge_line
from jd_assets.engines.rules.skill_phrases import TokenLine, line_cuts, phrases, read_lines
from jd_assets.engines.rules.skill_weight import LineSays, Mentions, line_says, primary
from jd_assets.engines.rules.weights import BOUND
from jd_assets.library.skill_index import AliasHit, Line, SkillIndex, context_of
from jd_assets.library.tokens import token_lines
from jd_assets.records import ExtractedSkill, ExtractedSkills, RefusedTerm, Section, SectionKind, Span
from jd_assets.stages.base import Stage, Upstream

Place = SectionKind | Literal["title"]
Characters = tuple[int, int]  # of a text, from and to
Facts = tuple[tuple[Line, ...], tuple[Line, ...]]


class ReadLine(NamedTuple):
    """A line whose phrases may be skills, and where it stands."""

    field: Literal["title", "description"]
    place: Place
    text: str  # of the whole field
    tokens: TokenLine

    def span(self, mention: Mention) -> Span:
        """The characters of a mention in this line."""
        tokens = self.tokens.tokens
        return Span(field=self.field, start=tokens[mention.first].start, end=tokens[mention.last - 1].end)

    def lead(self, mention: Mention) -> str:
        """What stands before a mention in this line."""
        tokens = self.tokens.tokens
        return self.text[tokens[0].start : tokens[mention.first].start]

    @property
    def words(self) -> str:
        tokens = self.tokens.tokens
        return self.text[tokens[0].start : tokens[-1].end]


@dataclass(slots=True)
class Reading:
    """What a posting may name: its lines, the terms in them, and the aliases that do not count."""

    lines: list[ReadLine] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    refused: dict[str, RefusedTerm] = field(default_factory=dict)

    def words(self, mention: Mention) -> str:
        """The words of a mention, verbatim."""
        line = self.lines[mention.line]
        span = line.span(mention)
        return line.text[span.start : span.end]

    def refuse(self, mention: Mention, why: str) -> None:
        """Note an alias that does not count."""
        words = self.words(mention)
        term = RefusedTerm(text=words, span=self.lines[mention.line].span(mention), reason=why)
        self.refused.setdefault(words, term)


class ExtractedSkillsStage(Stage[Facts, ExtractedSkills]):
    """Facts: the alias hits in the title and in the description."""

    name = "extracted_skills"
    reads = ("postings", "nano_parse")
    library_parts = ("skills", "skill_aliases", "guards")
    output = ExtractedSkills

    def __init__(self, index: SkillIndex) -> None:
        self._index = index

    def gather(self, batch: Sequence[Upstream]) -> Sequence[Facts]:
        return [self._hits(item) for item in batch]

    def _hits(self, item: Upstream) -> Facts:
        description = item.posting.description
        title = list(token_lines(item.posting.title))
        body = list(token_lines(description, line_cuts(description, item.nano_parse.sections)))
        context = context_of(title + body)
        return tuple(self._index.lines(title, context)), tuple(self._index.lines(body, context))

    def judge(self, upstream: Upstream, facts: Facts) -> ExtractedSkills:
        if upstream.nano_parse.JD_type != "pass":
            return ExtractedSkills(rejected=True, rejection_reason=upstream.nano_parse.JD_type)
        reading, weights = read(upstream, facts), choice_weights()
        chances = [probability(term.features, weights) for term in reading.terms]
        chosen = choose(reading.terms, chances, weights[BOUND])
        skills = mentions_of(reading, chances, chosen)
        central = primary(skills)
        by_key = {term.key: term for term in reading.terms}
        for term, chance in zip(reading.terms, chances, strict=True):
            if term.skill is not None and chance < term.keep(weights[BOUND]) and term.key not in chosen:
                reading.refuse(term.mentions[0], f"reads like ordinary words here ({chance:.0%} a skill)")
        final = tuple(
            _record(reading, by_key[skill.key], chosen[skill.key], skill.chance, number in central)
            for number, skill in enumerate(skills)
        )
        # What a guard refused may have been taken all the same, for what else the posting says.
        taken = {span for skill in final for span in skill.spans}
        refused = tuple(term for term in reading.refused.values() if term.span not in taken)
        return ExtractedSkills(final_skills=final, refused=refused)


def _record(
    reading: Reading, term: Term, mentions: Sequence[Mention], chance: float, is_primary: bool
) -> ExtractedSkill:
    return ExtractedSkill(
        name=reading.words(mentions[0]),
        is_primary=is_primary,
        spans=tuple(reading.lines[mention.line].span(mention) for mention in mentions),
        section=reading.lines[mentions[0].line].place,
        origin="pattern" if term.skill is None else "library",
        why=term.why or reason(term.features, chance, choice_weights()),
    )


def mentions_of(reading: Reading, chances: Sequence[float], chosen: Mapping[Key, Sequence[Mention]]) -> list[Mentions]:
    """How the posting speaks of each skill chosen, in the order of their first mention."""
    title = {word for line in reading.lines if line.field == "title" for word in line.tokens.words}
    told: dict[int, LineSays] = {}
    skills = []
    for term, chance in zip(reading.terms, chances, strict=True):
        if term.key in chosen:
            shared = sum(word in title for word in term.key) / len(term.key)
            skill = Mentions(term.key, term.nature, chance, shared, chosen[term.key][0])
            for mention in chosen[term.key]:
                line = reading.lines[mention.line]
                if mention.line not in told:
                    told[mention.line] = line_says(line.words)
                skill.add(line.place, mention.line, told[mention.line], line.lead(mention))
            skills.append(skill)
    return sorted(skills, key=lambda skill: skill.where)


def read(upstream: Upstream, facts: Facts) -> Reading:
    """The terms of a posting, not yet judged. Boilerplate holds none."""
    reading, terms = Reading(), Terms()
    posting, sections = upstream.posting, upstream.nano_parse.sections
    for name, text, known in (("title", posting.title, facts[0]), ("description", posting.description, facts[1])):
        where: Literal["title", "description"] = "title" if name == "title" else "description"
        by_start = {line.start: line for line in known}
        cuts = line_cuts(text, sections) if where == "description" else ()
        for tokens, place in _placed(read_lines(text, cuts), sections if where == "description" else None):
            hits = by_start.get(tokens.tokens[0].start)
            counted, refused, subjects = _judged(hits, text, place, where, reading) if hits else ({}, {}, set())
            if place not in BOILERPLATE:
                reading.lines.append(ReadLine(where, place, text, tokens))
                terms.add_line(tokens, text, place, phrases(tokens, text, counted, refused, subjects))
    reading.terms = terms.finished()
    return reading


def _placed(lines: Iterator[TokenLine], sections: Sequence[Section] | None) -> Iterator[tuple[TokenLine, Place]]:
    """Each line of a field with its section; the title (no sections given) is a place of its own."""
    number = 0
    for line in lines:
        if sections is None:
            yield line, "title"
            continue
        start = line.tokens[0].start
        while number < len(sections) and sections[number].end <= start:
            number += 1
        yield line, sections[number].kind if number < len(sections) else "other"


def _judged(
    line: Line, text: str, place: Place, where: Literal["title", "description"], reading: Reading
) -> tuple[dict[Characters, tuple[AliasHit, str]], dict[Characters, AliasHit], set[Characters]]:
    """The aliases of a line that count, by place, and those that do not; these are noted as refused. Apart from them
    the places of fields of study, where no skill can be."""
    counted: dict[Characters, tuple[AliasHit, str]] = {}
    refused: dict[Characters, tuple[AliasHit, str]] = {}
    for hit, (accepted, why) in judge_line(line, text).items():
        if accepted and place in BOILERPLATE:
            accepted, why = False, f"stands in the section {place}"
        (counted if accepted else refused).setdefault((hit.start, hit.end), (hit, why))
    for (start, end), (hit, why) in refused.items():
        if (start, end) not in counted and not any(first <= start and end <= last for first, last in counted):
            term = RefusedTerm(text=text[start:end], span=Span(field=where, start=start, end=end), reason=why)
            reading.refused.setdefault(hit.entry.alias, term)
    subjects = {place for place, (_, why) in refused.items() if why == FIELD_OF_STUDY}
    return counted, {place: hit for place, (hit, _) in refused.items() if place not in subjects}, subjects
