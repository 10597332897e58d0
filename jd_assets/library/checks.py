"""Is the library coherent? Each problem is named with the entry it concerns.

What belongs here: questions that the library's content alone answers. What does not: mending it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets.library.tokens import forms

# "role-12", "d_init_01"; not "s3" and "d3", which are names.
_GENERIC_SLUG = re.compile(
    r"^(?:(?:skill|dimension|role|dim|new|init|tmp|misc)[-_]?|[dsr][-_])(?:(?:init|new|tmp)[-_]?)?\d+$"
)
MIN_SKILLS_PER_DIMENSION = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one entry of the library."""

    kind: str
    entry: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.entry}: {self.reason}"


def problems(taxonomy: Taxonomy) -> list[Problem]:
    """All problems, in a stable order; none for a coherent library."""
    return [*_dangling(taxonomy), *_doubled(taxonomy), *_orphans(taxonomy), *_slugs(taxonomy)]


def _dangling(taxonomy: Taxonomy) -> Iterator[Problem]:
    skills = {skill.slug for skill in taxonomy.skills}
    dimensions = {dimension.slug for dimension in taxonomy.dimensions}
    roles = {role.slug for role in taxonomy.roles}
    aliases = {alias.alias.lower() for alias in taxonomy.skill_aliases}
    for skill in taxonomy.skills:
        for slug in skill.dimensions:
            if slug not in dimensions:
                yield Problem("dangling", f"skill {skill.slug}", f"no dimension {slug}")
    for alias in taxonomy.skill_aliases:
        if alias.skill not in skills:
            yield Problem("dangling", f"alias {alias.alias}", f"no skill {alias.skill}")
    for guard in taxonomy.guards:
        if guard.alias.lower() not in aliases:
            yield Problem("dangling", f"guard {guard.alias}", "no such alias")
    for role in taxonomy.roles:
        if role.parent and role.parent not in roles:
            yield Problem("dangling", f"role {role.slug}", f"no role {role.parent}")
    for table, owner in (
        *((f"alias {row.alias}", row.role) for row in taxonomy.role_aliases),
        *((f"KRA {row.kra}", row.role) for row in taxonomy.role_kras),
        *((f"baseline {row.role}", row.role) for row in taxonomy.role_baselines),
        *((f"link {row.role}-{row.dimension}", row.role) for row in taxonomy.role_dimensions),
    ):
        if owner not in roles:
            yield Problem("dangling", table, f"no role {owner}")
    for link in taxonomy.role_dimensions:
        if link.dimension not in dimensions:
            yield Problem("dangling", f"role {link.role}", f"no dimension {link.dimension}")


def _doubled(taxonomy: Taxonomy) -> Iterator[Problem]:
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for alias in taxonomy.skill_aliases:
        owners[forms(alias.alias)].add(alias.skill)
    for key, slugs in sorted(owners.items()):
        if len(slugs) > 1:
            yield Problem("doubled", f"alias {' '.join(key)}", f"names {', '.join(sorted(slugs))}")
    for name, count in sorted(Counter(guard.alias.lower() for guard in taxonomy.guards).items()):
        if count > 1:
            yield Problem("doubled", f"guard {name}", f"stands there {count} times, in whatever case")


def _orphans(taxonomy: Taxonomy) -> Iterator[Problem]:
    members = Counter(slug for skill in taxonomy.skills for slug in skill.dimensions)
    in_roles = {link.dimension for link in taxonomy.role_dimensions}
    for skill in taxonomy.skills:
        if not skill.dimensions:
            yield Problem("orphan", f"skill {skill.slug}", "in no dimension")
    for dimension in taxonomy.dimensions:
        if members[dimension.slug] < MIN_SKILLS_PER_DIMENSION:
            yield Problem("orphan", f"dimension {dimension.slug}", f"{members[dimension.slug]} skills")
        if dimension.slug not in in_roles:
            yield Problem("orphan", f"dimension {dimension.slug}", "in no role")
    described = {row.role for row in taxonomy.role_kras} & {row.role for row in taxonomy.role_aliases}
    with_dimensions = {link.role for link in taxonomy.role_dimensions}
    for role in taxonomy.roles:
        if role.slug not in described:
            yield Problem("orphan", f"role {role.slug}", "without aliases or KRAs")
        if role.domain != OUTSIDE_TECHNOLOGY and role.slug not in with_dimensions:
            yield Problem("orphan", f"role {role.slug}", "without dimensions")


def _slugs(taxonomy: Taxonomy) -> Iterator[Problem]:
    for kind, slugs in (
        ("skill", [skill.slug for skill in taxonomy.skills]),
        ("dimension", [dimension.slug for dimension in taxonomy.dimensions]),
        ("role", [role.slug for role in taxonomy.roles]),
    ):
        for slug in slugs:
            if _GENERIC_SLUG.match(slug):
                yield Problem("generic slug", f"{kind} {slug}", "says nothing about what it is")
