"""Task `describe_new_skill`: type, place and relations of a term that the library lacks; keep, merge or split it.

Asked per term beside its nearest library skills, and without the posting: the same term with the same neighbours is
the same request for every posting, paid once. Everything in the answer is a choice. It goes into the posting's match,
and from there to the review queue: only a person changes the library.

Confidence: the metadata by rules is that of the nearest skill, so it is the similarity of that skill where it counts
as near, and 0 where none does (the rules then have neutral values only).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from jd_assets.library.skill_matcher import Neighbour, TermMatch, is_near
from jd_assets.records import NewSkillMeta, SkillMatch, SkillMatches
from jd_assets.stages.skill_matches import MatchFacts
from jd_assets.tasks.base import Ask, PostingTask, Strict, Subject
from jd_assets.tasks.channel import block, visible

LONGEST_TERM = 100
MOST_DIMENSIONS, MOST_RELATED = 3, 3
UNSORTED = "Unsorted"

CATEGORIES = {  # by nature, as the library files them
    "CONCEPT": "Concept",
    "TOOL": "Tool",
    "PLATFORM": "Platform",
    "METHODOLOGY": "Methodology",
    "SERVICE": "Cloud Service",
    "LIBRARY": "Library",
    "STANDARD": "Standard",
    "CERTIFICATION": "Certification",
    "DOMAIN": "Domain Knowledge",
    "FRAMEWORK": "Framework",
    "HARDWARE": "Hardware",
    "LANGUAGE": "Language",
    "PROTOCOL": "Protocol",
    "DATABASE": "Database",
    "OPERATING_SYSTEM": "Operating System",
}
RELATIONS = {"part_of": "part of", "kind_of": "a kind of", "used_with": "used with", "alternative_to": "alternative to"}


class Relation(Strict):
    skill: str
    relation: Literal["part_of", "kind_of", "used_with", "alternative_to"]


class DescribedSkill(Strict):
    nature: Literal[
        "CONCEPT",
        "TOOL",
        "PLATFORM",
        "METHODOLOGY",
        "SERVICE",
        "LIBRARY",
        "STANDARD",
        "CERTIFICATION",
        "DOMAIN",
        "FRAMEWORK",
        "HARDWARE",
        "LANGUAGE",
        "PROTOCOL",
        "DATABASE",
        "OPERATING_SYSTEM",
    ]
    sub_category: str
    volatility: Literal["STABLE", "MEDIUM", "EMERGING", "DECLINING"]
    lifespan: Literal["EVERGREEN", "MULTI_YEAR", "SHORT_LIVED"]
    version_strategy: Literal["UNVERSIONED", "VERSIONED", "NOT_APPLICABLE"]
    dimensions: list[str]
    related: list[Relation]
    decision: Literal["keep", "merge", "split"]
    merge_into: str | None
    parts: list[str]


class DescribeNewSkill(PostingTask[MatchFacts, SkillMatches]):
    name = "describe_new_skill"
    stage = "skill_matches"
    schema = DescribedSkill
    max_output_tokens = 600

    def asks(self, subject: Subject[MatchFacts, None, SkillMatches]) -> Sequence[Ask]:
        known = _known(subject)
        posting_id = subject.upstream.posting.posting_id
        return [self._ask(match, known[match.term], posting_id) for match in _new(subject.record)]

    def _ask(self, match: SkillMatch, term: TermMatch, posting_id: str) -> Ask:
        nearest = term.neighbours[0] if term.neighbours else None
        neighbours = [
            {"id": one.skill, "name": one.display_name, "nature": one.nature, "dimensions": one.dimensions}
            for one in term.neighbours
        ]
        choices = {"sub_category": _sub_categories(term.neighbours), "dimensions": _dimensions(term.neighbours)}
        data = [
            block("neighbours", neighbours),
            block("choices", choices),
            block("term", visible(match.term)[:LONGEST_TERM]),
        ]

        def check(answer: DescribedSkill) -> list[str]:
            return _problems(answer, match.term, term.neighbours)

        confidence = nearest.similarity if nearest and is_near(nearest) else 0.0
        return Ask(max(0.0, confidence), self.question(posting_id, data, check))

    def merge(self, subject: Subject[MatchFacts, None, SkillMatches], answers: Sequence[Any]) -> SkillMatches:
        known = _known(subject)
        given = {
            match.term: _meta(answer, match, known[match.term].neighbours)
            for match, answer in zip(_new(subject.record), answers, strict=True)
            if answer is not None
        }
        matches = tuple(
            match.model_copy(update={"new_skill_meta": given[match.term]}) if match.term in given else match
            for match in subject.record.matches
        )
        return subject.record.model_copy(update={"matches": matches})


def _new(record: SkillMatches) -> list[SkillMatch]:
    return [match for match in record.matches if match.new_skill_meta is not None]


def _known(subject: Subject[MatchFacts, None, SkillMatches]) -> dict[str, TermMatch]:
    skills = subject.upstream.extracted_skills.final_skills
    return {skill.name: term for skill, term in zip(skills, subject.facts.terms, strict=True)}


def _sub_categories(neighbours: Sequence[Neighbour]) -> list[str]:
    return sorted({one.sub_category for one in neighbours} | {UNSORTED})


def _dimensions(neighbours: Sequence[Neighbour]) -> list[str]:
    return sorted({dimension for one in neighbours for dimension in one.dimensions})


def _problems(answer: DescribedSkill, term: str, neighbours: Sequence[Neighbour]) -> list[str]:
    ids = {one.skill for one in neighbours}
    found = []
    if answer.sub_category not in _sub_categories(neighbours):
        found.append(f"The sub_category {answer.sub_category[:60]!r} is none of those offered.")
    if len(answer.dimensions) > MOST_DIMENSIONS or not set(answer.dimensions) <= set(_dimensions(neighbours)):
        found.append(f"dimensions must be at most {MOST_DIMENSIONS} of those offered.")
    if len(answer.related) > MOST_RELATED or not {one.skill for one in answer.related} <= ids:
        found.append(f"related must name at most {MOST_RELATED} skills, by the ids of the neighbours.")
    if (answer.decision == "merge") != (answer.merge_into is not None) or answer.merge_into not in {*ids, None}:
        found.append("merge_into must be the id of a neighbour with the decision merge, and null otherwise.")
    split = answer.decision == "split"
    if split != (len(answer.parts) > 1) or not all(part.strip() and part in term for part in answer.parts):
        found.append("parts must be two or more pieces of the term with the decision split, and empty otherwise.")
    return found


def _meta(answer: DescribedSkill, match: SkillMatch, neighbours: Sequence[Neighbour]) -> NewSkillMeta:
    by_id = {one.skill: one for one in neighbours}
    nearest = by_id[answer.merge_into] if answer.merge_into else neighbours[0] if neighbours else None
    reasons = {
        "merge": f"another name of {nearest.display_name}" if nearest else "",
        "split": f"names several skills: {', '.join(answer.parts)}",
        "keep": "a skill of its own",
    }
    related = [f"{RELATIONS[one.relation]} {by_id[one.skill].display_name}" for one in answer.related]
    return NewSkillMeta(
        category=CATEGORIES[answer.nature],
        sub_category=answer.sub_category,
        skill_nature=answer.nature,
        volatility=answer.volatility,
        typical_lifespan=answer.lifespan,
        version_strategy=answer.version_strategy,
        dimensions=tuple(dict.fromkeys(answer.dimensions)),
        decision=answer.decision,
        decision_reason="; ".join([f"{reasons[answer.decision]} (by the model)", *related]),
        nearest_skill=nearest.skill if nearest else None,
        nearest_similarity=nearest.similarity if nearest else None,
    )
