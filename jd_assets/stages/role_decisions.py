"""Stage `role_decisions`: the role of a posting, the named case by which it was chosen, and why.

What belongs here: weighing the candidates' evidence and naming the case. The evidence itself is made by `role_signals`;
the closed set of cases is documented in docs/decision.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jd_assets.engines.rules.role_weights import chances, likeliest, role_weights
from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets.records import DecisionCase, RoleCandidate, RoleDecision, RoleEvidence
from jd_assets.stages.base import Stage, Upstream

LOW_CONFIDENCE = 0.35
NEW_ROLE_TITLE = 0.55  # no role's alias is as near as this to the title …
NEW_ROLE_KRA = 0.50  # … and no role's duties are as near as this
MIN_TECH_SKILLS = 3  # below this a posting without a near role is not technical rather than new
SURE_DOMAIN = 0.6  # probability of the chosen role's domain from which the domain counts as clear
SHOWN_CANDIDATES = 5
NO_ROLE = dict.fromkeys(("role", "display_name", "sub_role", "specific_role"))  # as fields of a decision


class CandidateFacts(NamedTuple):
    """What the library says about one candidate role."""

    role: str
    display_name: str
    domain: str
    parent: str
    parent_name: str
    dimensions: tuple[str, ...]


class RoleDecisionsStage(Stage[tuple[CandidateFacts, ...], RoleDecision]):
    name = "role_decisions"
    reads = ("postings", "nano_parse", "skill_matches", "role_signals")
    library_parts = ("roles", "role_dimensions")
    output = RoleDecision
    shares_judgement = True

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._roles = {role.slug: role for role in taxonomy.roles}
        self._dimensions: dict[str, list[str]] = {}
        for link in sorted(taxonomy.role_dimensions, key=lambda link: link.key):
            self._dimensions.setdefault(link.role, []).append(link.dimension)

    def adopt(self, record: RoleDecision, leader: str) -> RoleDecision:
        return record.model_copy(update={"shared_from": leader})

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[CandidateFacts, ...]]:
        return [
            tuple(
                CandidateFacts(
                    role.slug,
                    role.display_name,
                    role.domain,
                    role.parent,
                    self._roles[role.parent].display_name if role.parent in self._roles else "",
                    tuple(self._dimensions.get(role.slug, ())),
                )
                for role in (self._roles[evidence.role] for evidence in item.role_signals.evidence)
            )
            for item in batch
        ]

    def judge(self, upstream: Upstream, facts: tuple[CandidateFacts, ...]) -> RoleDecision:
        if upstream.nano_parse.JD_type != "pass":
            return RoleDecision(case="REJECTED", reasoning=f"Nothing to judge: {upstream.nano_parse.JD_type}.")
        evidence = {item.role: item for item in upstream.role_signals.evidence}
        candidates = {item.role: item for item in facts}
        if not evidence:
            return _not_technical("No role of the library has anything in common with the posting.")
        scores = {role: score(item) for role, item in evidence.items()}
        ranked, likely = ranking(upstream), chances(scores)

        def of_domain(domain: str) -> float:
            return sum(chance for role, chance in likely.items() if candidates[role].domain == domain)

        outside = {role for role, item in candidates.items() if item.domain == OUTSIDE_TECHNOLOGY}
        best, confidence = likeliest(likely, outside)
        chosen = candidates[best]
        named = named_roles(upstream, facts)
        case = _case(upstream, chosen, evidence, named, confidence, of_domain(chosen.domain))
        decision = RoleDecision(
            case=case,
            confidence=round(confidence, 4),
            margin=lead(upstream, chosen.role),
            candidates=tuple(_candidate(evidence[role], scores[role]) for role in ranked[:SHOWN_CANDIDATES]),
            reasoning=_reasoning(
                case, chosen, evidence[best], named, [candidates[r].display_name for r in ranked if r != best][:1]
            ),
            alias_collision_detected=len(named) > 1,
            collision_roles=named if len(named) > 1 else (),
            queued=case in ("LOW_CONFIDENCE", "NEW_ROLE"),
            **supported(upstream, chosen),
        )
        if case in ("NOT_TECH", "NEW_ROLE"):
            decision = decision.model_copy(update=NO_ROLE)
        if case == "NOT_TECH":
            decision = decision.model_copy(update={"domain": None})
        return as_new_role(decision, upstream) if case == "NEW_ROLE" else decision


def ranking(upstream: Upstream) -> list[str]:
    """The candidates, best score first; equal ones by slug."""
    scores = {item.role: score(item) for item in upstream.role_signals.evidence}
    return sorted(scores, key=lambda role: (-scores[role], role))


def lead(upstream: Upstream, role: str) -> float:
    """A candidate's lead in score over the best other one; negative where another leads."""
    scores = {item.role: score(item) for item in upstream.role_signals.evidence}
    return round(scores[role] - max((value for other, value in scores.items() if other != role), default=0.0), 4)


def supported(upstream: Upstream, chosen: CandidateFacts) -> dict[str, Any]:
    """The fields of a decision that follow from the chosen role: its names, and what of the posting speaks for it."""
    skills = [match for match in upstream.skill_matches.matches if set(match.dimensions) & set(chosen.dimensions)]
    return {
        "domain": chosen.domain,
        "role": chosen.parent or chosen.role,
        "display_name": chosen.parent_name or chosen.display_name,
        "sub_role": chosen.role if chosen.parent else None,
        "specific_role": chosen.role,
        "matched_skills": tuple(match.display_name or match.term for match in skills),
        "matched_dimensions": tuple(
            dimension for dimension in chosen.dimensions if any(dimension in match.dimensions for match in skills)
        ),
        "matched_kras": tuple(
            match.kra
            for signal in upstream.role_signals.kra_match_roles
            if signal.role == chosen.role
            for match in signal.kra_matches
        ),
    }


def technical_case(
    chosen: CandidateFacts, named: Sequence[str], confidence: float, *, by_domain: bool = True
) -> DecisionCase:
    """The case of a role within technology: what the title, which names the roles `named`, has to do with the choice.

    `by_domain`: whether the domain is clear where the title does not tell.
    """
    if confidence < LOW_CONFIDENCE:
        return "LOW_CONFIDENCE"
    if len(named) > 1:
        return "ALIAS_COLLISION"
    if tuple(named) == (chosen.role,):
        return "UNIQUE_ALIAS"
    if named and chosen.parent == named[0]:
        return "SUB_ROLE"
    return "DOMAIN" if by_domain else "SIGNALS"


def as_new_role(decision: RoleDecision, upstream: Upstream) -> RoleDecision:
    """The decision with a proposal for a role that the library lacks, named as the posting is titled."""
    title = upstream.nano_parse.role or upstream.posting.title
    return decision.model_copy(
        update={"is_new_role": True, "new_role_slug": slug(title), "new_role_display_name": title}
    )


def score(evidence: RoleEvidence) -> float:
    """The weighted sum of a candidate's evidence."""
    total: float = sum(weight * getattr(evidence, name) for name, weight in role_weights().items())
    return round(total, 4)


def slug(title: str) -> str:
    """A role title as a slug: "Prompt Engineer (GenAI)" is "prompt-engineer-genai"."""
    return "-".join(re.findall(r"[a-z0-9+#]+", title.lower())) or "untitled"


def named_roles(upstream: Upstream, facts: Sequence[CandidateFacts]) -> tuple[str, ...]:
    """The roles whose title the posting bears. A role and a speciality of it are no collision: the speciality is
    meant."""
    roles = [signal.role for signal in upstream.role_signals.alias_match_roles]
    above = {role.parent for role in facts if role.role in roles}
    return tuple(role for role in roles if role not in above)


def _case(
    upstream: Upstream,
    chosen: CandidateFacts,
    evidence: Mapping[str, RoleEvidence],
    named: Sequence[str],
    confidence: float,
    domain_chance: float,
) -> DecisionCase:
    if chosen.domain == OUTSIDE_TECHNOLOGY:
        return "NOT_TECH"
    known_title = any(item.alias or item.contained or item.title >= NEW_ROLE_TITLE for item in evidence.values())
    if not known_title and evidence[chosen.role].kra < NEW_ROLE_KRA:
        known = [match for match in upstream.skill_matches.matches if match.status == "in_library"]
        return "NEW_ROLE" if len(known) >= MIN_TECH_SKILLS else "NOT_TECH"
    return technical_case(chosen, named, confidence, by_domain=domain_chance >= SURE_DOMAIN)


def _candidate(evidence: RoleEvidence, total: float) -> RoleCandidate:
    return RoleCandidate(
        role=evidence.role,
        score=total,
        alias_score=evidence.alias,
        skill_score=evidence.skill,
        kra_score=evidence.kra,
    )


def _not_technical(reason: str) -> RoleDecision:
    return RoleDecision(case="NOT_TECH", reasoning=reason)


def _reasoning(
    case: DecisionCase, chosen: CandidateFacts, evidence: RoleEvidence, named: Sequence[str], rivals: Sequence[str]
) -> str:
    """One sentence a person can check against the trace."""
    said = []
    if chosen.role in named:
        said.append("the title is an alias of the role")
    elif evidence.contained:
        said.append("an alias of the role stands in the title")
    elif evidence.title >= NEW_ROLE_TITLE:
        said.append(f"the title is near the role's aliases ({evidence.title:.2f})")
    if evidence.skill:
        said.append(f"the skills speak for it ({evidence.skill:.2f})")
    if evidence.kra:
        said.append(f"the duties are near its responsibilities ({evidence.kra:.2f})")
    against = f"; next best: {rivals[0]}" if rivals else ""
    others = (
        f"; the title also names {', '.join(role for role in named if role != chosen.role)}" if len(named) > 1 else ""
    )
    because = ", ".join(said) or "weak evidence only"
    return f"Domain={chosen.domain}; {chosen.display_name}: {because}{others}{against} [{case}]."
