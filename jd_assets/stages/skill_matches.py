"""Stage `skill_matches`: each extracted term against the library; one status per skill per posting, decided once.

What belongs here: turning the library's word on a term into the posting's match, with metadata for skills the library
does not hold. How a term is matched stands in `library/skill_matcher.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from jd_assets.library.model import Taxonomy
from jd_assets.library.skill_matcher import (
    Neighbour,
    SkillMatcher,
    TermMatch,
    common_dimensions,
    is_near,
)
from jd_assets.records import ExtractedSkill, NewSkillMeta, SkillMatch, SkillMatches
from jd_assets.stages.base import Stage, Upstream

_JOINED = re.compile(r"\s(?:and|or|&)\s|/|,", re.IGNORECASE)


class MatchFacts(NamedTuple):
    """The library's word on each term, and the roles that each dimension met belongs to."""

    terms: tuple[TermMatch, ...]
    candidate_roles: tuple[str, ...]


class SkillMatchesStage(Stage[MatchFacts, SkillMatches]):
    name = "skill_matches"
    reads = ("postings", "extracted_skills")
    library_parts = ("skills", "skill_aliases", "guards", "role_dimensions")
    output = SkillMatches

    def __init__(self, taxonomy: Taxonomy, matcher: SkillMatcher, embedder_name: str) -> None:
        self._matcher, self._embedder_name = matcher, embedder_name
        self._roles: dict[str, set[str]] = {}
        for link in taxonomy.role_dimensions:
            self._roles.setdefault(link.dimension, set()).add(link.role)

    def settings(self) -> object:
        return self._embedder_name

    def gather(self, batch: Sequence[Upstream]) -> Sequence[MatchFacts]:
        known = self._matcher.match(skill.name for item in batch for skill in item.extracted_skills.final_skills)
        facts = []
        for item in batch:
            terms = tuple(known[skill.name] for skill in item.extracted_skills.final_skills)
            roles = {role for term in terms for dimension in term.dimensions for role in self._roles.get(dimension, ())}
            facts.append(MatchFacts(terms, tuple(sorted(roles))))
        return facts

    def judge(self, upstream: Upstream, facts: MatchFacts) -> SkillMatches:
        matches: dict[tuple[str, str], SkillMatch] = {}
        for skill, term in zip(upstream.extracted_skills.final_skills, facts.terms, strict=True):
            match = _match(skill, term)
            # Two wordings of one skill are one match; the first wording stands for it, primary if either is.
            key = match.status, match.skill or match.term.lower()
            first = matches.get(key)
            if first is None:
                matches[key] = match
            elif match.is_primary and not first.is_primary:
                matches[key] = first.model_copy(update={"is_primary": True})
        return SkillMatches(matches=tuple(matches.values()), candidate_roles=facts.candidate_roles)


def _match(skill: ExtractedSkill, term: TermMatch) -> SkillMatch:
    if term.skill is None:
        return SkillMatch(
            term=skill.name,
            is_primary=skill.is_primary,
            status="new",
            similarity=term.similarity,
            new_skill_meta=_meta(skill.name, term),
        )
    by_embedding = term.via == "embedding_alias"
    return SkillMatch(
        term=skill.name,
        is_primary=skill.is_primary,
        status="in_library",
        skill=term.skill,
        display_name=term.display_name,
        matched_via=term.via,
        alias=term.alias,
        match_strategy=term.strategy,
        similarity=term.similarity,
        dimensions=term.dimensions,
        proposed_alias=skill.name if by_embedding else None,
        alias_skipped_reason=None if by_embedding else "alias_text already exists for this canonical skill",
    )


def _meta(name: str, term: TermMatch) -> NewSkillMeta:
    """Metadata of a new skill: what its nearest library skill has, where one is near; neutral values else."""
    nearest = term.neighbours[0] if term.neighbours else None
    model = nearest if nearest and is_near(nearest) else None
    decision, reason = _keep_merge_or_split(name, model)
    return NewSkillMeta(
        category=model.category if model else "Concept",
        sub_category=model.sub_category if model else "Unsorted",
        skill_nature=model.nature if model else "CONCEPT",
        volatility=model.volatility if model else "MEDIUM",
        typical_lifespan=model.lifespan if model else "MULTI_YEAR",
        version_strategy="VERSIONED" if any(char.isdigit() for char in name) else "UNVERSIONED",
        dimensions=common_dimensions(term.neighbours),
        decision=decision,
        decision_reason=reason,
        nearest_skill=nearest.skill if nearest else None,
        nearest_similarity=nearest.similarity if nearest else None,
    )


def _keep_merge_or_split(name: str, near: Neighbour | None) -> tuple[Literal["keep", "merge", "split"], str]:
    if sum(bool(part.strip()) for part in _JOINED.split(name)) > 1:
        return "split", "names more than one skill"
    if near:
        return "merge", f"close to {near.display_name} ({near.similarity:.2f}): perhaps an alias of it"
    return "keep", "no library skill is near"
