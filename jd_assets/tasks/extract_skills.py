"""Task `extract_skills`: the hard skills that a posting names.

The model names them; every place in the text, the section and whether the library knows the name are found by our
code. Confidence: see `skills_confidence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jd_assets.library.skill_index import Line
from jd_assets.records import ExtractedSkill, ExtractedSkills, Posting, RefusedTerm, Section, SectionKind, Span
from jd_assets.tasks.base import Ask, PostingTask, Strict, Subject
from jd_assets.tasks.channel import posting_block
from jd_assets.tasks.confidence import skills_confidence
from jd_assets.tasks.quotes import places

MOST_SKILLS, LONGEST_NAME = 80, 80

Lines = tuple[tuple[Line, ...], tuple[Line, ...]]  # of title and description


class NamedSkill(Strict):
    name: str
    primary: bool


class NamedSkills(Strict):
    skills: list[NamedSkill]


class ExtractSkills(PostingTask[Lines, ExtractedSkills]):
    name = "extract_skills"
    stage = "extracted_skills"
    schema = NamedSkills
    max_output_tokens = 2000

    def asks(self, subject: Subject[Lines, None, ExtractedSkills]) -> Sequence[Ask]:
        if subject.record.rejected:
            return ()
        posting = subject.upstream.posting

        def check(answer: NamedSkills) -> list[str]:
            return _problems(answer, posting)

        question = self.question(posting.posting_id, [posting_block(posting)], check)
        return [Ask(skills_confidence(subject.record), question)]

    def merge(self, subject: Subject[Lines, None, ExtractedSkills], answers: Sequence[Any]) -> ExtractedSkills:
        answer: NamedSkills | None = answers[0]
        return subject.record if answer is None else _record(answer, subject)


def _problems(answer: NamedSkills, posting: Posting) -> list[str]:
    found = []
    if len(answer.skills) > MOST_SKILLS:
        found.append(f"There are {len(answer.skills)} skills: name at most {MOST_SKILLS}.")
    for skill in answer.skills:
        if not 0 < len(skill.name) <= LONGEST_NAME or skill.name != " ".join(skill.name.split()):
            found.append(f"{skill.name[:40]!r} is no name: give words of one line, at most {LONGEST_NAME} characters.")
        elif not places(posting, skill.name):
            found.append(f"{skill.name!r} does not stand in title or description: copy the words as they stand there.")
    return found


def _record(answer: NamedSkills, subject: Subject[Lines, None, ExtractedSkills]) -> ExtractedSkills:
    posting, sections = subject.upstream.posting, subject.upstream.nano_parse.sections
    known = {
        (field, hit.start, hit.end)
        for field, lines in zip(("title", "description"), subject.facts, strict=True)
        for line in lines
        for hit in line.hits
    }
    skills: dict[str, ExtractedSkill] = {}
    for named in answer.skills:
        spans = places(posting, named.name)
        skill = ExtractedSkill(
            name=named.name,
            is_primary=named.primary,
            spans=spans,
            section=_section(spans[0], sections),
            origin="library" if any((s.field, s.start, s.end) in known for s in spans) else "pattern",
            why="named by the model",
        )
        skills.setdefault(named.name.lower(), skill)
    ordered = sorted(skills.values(), key=lambda skill: (skill.spans[0].field != "title", skill.spans[0].start))
    taken = {span for skill in ordered for span in skill.spans}
    left_out = [
        RefusedTerm(text=skill.name, span=skill.spans[0], reason="not named by the model")
        for skill in subject.record.final_skills
        if taken.isdisjoint(skill.spans)
    ]
    refused = [term for term in subject.record.refused if term.span not in taken]
    return ExtractedSkills(final_skills=tuple(ordered), refused=(*refused, *left_out))


def _section(span: Span, sections: Sequence[Section]) -> Any:
    if span.field == "title":
        return "title"
    other: SectionKind = "other"
    return next((section.kind for section in sections if section.start <= span.start < section.end), other)
