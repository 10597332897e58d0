"""Stage `role_signals`: what title, skills and duties say about the role, and the evidence for the best candidates.

What belongs here: the three signals by their formulas, top five each, and for each serious candidate the figures that
the decision weighs. What does not: weighing them (`role_decisions`).

The formulas (read off the printed numbers of the system this one follows):
    alias  1.0 when the posting's role, or one of its role aliases, is an alias of the role
    skill  matched / total: all final skills count in the total; a role matches a skill when they share a dimension
    kra    the mean of the three best sentences, each sentence taking the role's best KRA
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from jd_assets.engines.embedder import Embedder, embed_groups
from jd_assets.library.role_index import (
    MAX_SENTENCES,
    KraNearness,
    RoleIndex,
    SentenceMatch,
    TitleHit,
    TitleNearness,
    is_generic,
)
from jd_assets.records import KraMatch, RoleEvidence, RoleSignal, RoleSignals, SkillMatches
from jd_assets.stages.base import Stage, Upstream

TOP = 5
CANDIDATES = 12  # roles whose evidence is kept for the decision
GENERIC_ALIAS = 0.6  # "Software Engineer" says less than "iOS Developer"
PRIMARY_WEIGHT = 2.0  # a primary skill speaks twice as loud as another
STACK_DOUBT = 2.0  # weight of the skills that would have to speak against: one primary skill alone makes no stack sure
GENERIC_STACK = 2.0  # behind a generic title the stack says which engineer is meant


class SignalFacts(NamedTuple):
    """What the library's roles have to do with one posting: by title, by skill, by duty."""

    named: tuple[TitleHit, ...]
    contained: tuple[TitleHit, ...]
    title_similarity: dict[str, float]  # per candidate, as are the next two
    skill_roles: tuple[tuple[str, ...], ...]  # per match, the roles that share a dimension
    stacks: dict[str, float]  # the share of the stack-bound skills that belong to the role's stack
    parents: dict[str, str]  # of the roles bound to a stack
    skill_weights: dict[str, float]  # how much the skills speak for the role, 0..1
    kra: tuple[tuple[str, float, tuple[SentenceMatch, ...]], ...]  # role, score, sentence matches
    kra_scores: dict[str, float]
    names: dict[str, str]


class RoleSignalsStage(Stage[SignalFacts, RoleSignals]):
    name = "role_signals"
    reads = ("postings", "nano_parse", "skill_matches")
    library_parts = ("roles", "role_aliases", "role_kras", "role_dimensions", "dimensions")
    output = RoleSignals

    def __init__(self, index: RoleIndex, embedder: Embedder) -> None:
        self._index, self._embedder = index, embedder

    def settings(self) -> object:
        return self._embedder.name

    def gather(self, batch: Sequence[Upstream]) -> Sequence[SignalFacts]:
        index = self._index
        duties = [item.nano_parse.duties[:MAX_SENTENCES] for item in batch]
        titles = index.near_titles([_title(item) for item in batch])
        kras = index.near_kras(duties, embed_groups(self._embedder, duties))
        return [self._facts(*about) for about in zip(batch, titles, kras, strict=True)]

    def _facts(self, item: Upstream, near_title: TitleNearness, near_kras: KraNearness) -> SignalFacts:
        index = self._index
        names = (_title(item), *item.nano_parse.role_aliases)
        named = {hit.role: hit for name in names for hit in index.named(name)}
        # "Software Engineer, Site Reliability Engineering": a generic name leaves room for what else the title says.
        open_title = all(is_generic(hit.alias) for hit in named.values())
        inside = index.contained(item.posting.title) if open_title else ()
        contained = {hit.role: hit for hit in inside if hit.role not in named}
        weights = _skill_weights(index, item.skill_matches)
        stacks = _stack_shares(index, item.skill_matches)
        certain = {*named, *contained, *(role for role in stacks if index.roles[role].parent in named)}
        certain.update(_best(weights, CANDIDATES))
        pool = certain | near_title.contenders(CANDIDATES) | near_kras.contenders(CANDIDATES)
        titles, kra_scores = near_title.of(pool), near_kras.of(pool)
        candidates = sorted(certain.union(*(_best(scores, CANDIDATES) for scores in (titles, kra_scores))))
        skill_roles = tuple(index.roles_of(match.dimensions) for match in item.skill_matches.matches)
        return SignalFacts(
            named=tuple(named[role] for role in sorted(named)),
            contained=tuple(contained[role] for role in sorted(contained)),
            title_similarity={role: titles[role] for role in candidates},
            skill_roles=skill_roles,
            stacks={role: stacks.get(role, 0.0) for role in candidates},
            parents={role: index.roles[role].parent for role in candidates if role in index.stacks},
            skill_weights={role: round(weights.get(role, 0.0), 4) for role in candidates},
            kra=tuple((role, score, near_kras.matches(role)) for role, score in _best(kra_scores, TOP).items()),
            kra_scores={role: max(kra_scores[role], 0.0) for role in candidates},
            names={role: index.roles[role].display_name for role in sorted({*candidates, *chain(*skill_roles)})},
        )

    def judge(self, upstream: Upstream, facts: SignalFacts) -> RoleSignals:
        if upstream.nano_parse.JD_type != "pass":
            return RoleSignals()
        return RoleSignals(
            alias_match_roles=tuple(
                RoleSignal(role=hit.role, display_name=facts.names[hit.role], score=1.0, matched_alias=hit.alias)
                for hit in facts.named[:TOP]
            ),
            skill_match_roles=_skill_signal(upstream.skill_matches, facts),
            kra_match_roles=tuple(
                RoleSignal(
                    role=role,
                    display_name=facts.names[role],
                    score=score,
                    kra_matches=tuple(KraMatch(sentence=s, kra=kra, similarity=value) for s, kra, value in matches),
                )
                for role, score, matches in facts.kra
            ),
            best_kra_similarity=max((value for _, _, matches in facts.kra for _, _, value in matches), default=None),
            evidence=_evidence(facts, GENERIC_STACK if is_generic(_title(upstream)) else 1.0),
        )


def _title(item: Upstream) -> str:
    return item.nano_parse.role or item.posting.title


def _best(scores: Mapping[str, float], count: int) -> dict[str, float]:
    """The highest scores above zero; equal ones by name, so that the order never depends on anything else."""
    ranked = sorted((item for item in scores.items() if item[1] > 0), key=lambda item: (-round(item[1], 4), item[0]))
    return dict(ranked[:count])


def _skill_weights(index: RoleIndex, matches: SkillMatches) -> dict[str, float]:
    """For each role the weighted share of the posting's skills that speak for it."""
    totals: dict[str, float] = defaultdict(float)
    whole = 0.0
    for match in matches.matches:
        weight = PRIMARY_WEIGHT if match.is_primary else 1.0
        whole += weight
        for role, value in index.specificity(match.dimensions).items():
            totals[role] += weight * value
    return {role: value / whole for role, value in totals.items() if role in index.roles}


def _stack_shares(index: RoleIndex, matches: SkillMatches) -> dict[str, float]:
    """For each role bound to a stack the weighted share it has of the posting's stack-bound skills."""
    by_stack: dict[str, float] = defaultdict(float)
    whole = 0.0
    for match in matches.matches:
        stacks = index.stacks_of(match.dimensions)
        if stacks:
            weight = PRIMARY_WEIGHT if match.is_primary else 1.0
            whole += weight
            for stack in stacks:
                by_stack[stack] += weight
    shares = {role: max(by_stack.get(stack, 0.0) for stack in own) for role, own in index.stacks.items()}
    return {role: round(share / (whole + STACK_DOUBT), 4) for role, share in shares.items() if share}


def _skill_signal(matches: SkillMatches, facts: SignalFacts) -> tuple[RoleSignal, ...]:
    total = len(matches.matches)
    matched: dict[str, list[str]] = defaultdict(list)
    for match, roles in zip(matches.matches, facts.skill_roles, strict=True):
        for role in roles:
            matched[role].append(match.display_name or match.term)
    scores = _best({role: len(skills) / total for role, skills in matched.items()}, TOP)
    return tuple(
        RoleSignal(
            role=role,
            display_name=facts.names[role],
            score=round(score, 4),
            matched_skills=tuple(matched[role]),
            matched_count=len(matched[role]),
            total_count=total,
        )
        for role, score in scores.items()
    )


def _evidence(facts: SignalFacts, stack_weight: float) -> tuple[RoleEvidence, ...]:
    named = {hit.role: GENERIC_ALIAS if is_generic(hit.alias) else 1.0 for hit in facts.named}
    contained = {hit.role: hit.coverage for hit in facts.contained}
    return tuple(
        RoleEvidence(
            role=role,
            alias=named.get(role, 0.0),
            inherited=0.0 if role in named else named.get(facts.parents.get(role, ""), 0.0),
            stack=min(1.0, round(facts.stacks[role] * stack_weight, 4)),
            contained=contained.get(role, 0.0),
            title=facts.title_similarity[role],
            skill=facts.skill_weights[role],
            kra=facts.kra_scores[role],
        )
        for role in facts.title_similarity
    )
