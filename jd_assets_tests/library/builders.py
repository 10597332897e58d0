"""Libraries to order: each function makes a library of one skill or role, `joined` makes one library of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from jd_assets.library.model import (
    TABLES,
    Dimension,
    Entry,
    Guard,
    GuardRule,
    Kra,
    MatchStrategy,
    Role,
    RoleAlias,
    RoleBaseline,
    RoleDimension,
    Skill,
    SkillAlias,
    Taxonomy,
)
from jd_assets.library.skill_index import Line, SkillIndex, context_of
from jd_assets.library.tokens import token_lines


def skill(
    slug: str,
    *names: str,
    dimensions: Sequence[str] = ("things",),
    tags: Sequence[str] = (),
    strategy: MatchStrategy = "CASE_INSENSITIVE",
    guard: GuardRule | None = None,
    **metadata: str,
) -> Taxonomy:
    """A skill with its names (the first is the canonical one), its dimensions, and one guard over all its names."""
    row: dict[str, Any] = {
        "slug": slug,
        "display_name": names[0],
        "context_tags": tuple(tags),
        "dimensions": tuple(dimensions),
        "category": "Concept",
        "sub_category": "Test",
        "nature": "TOOL",
        "volatility": "STABLE",
        "lifespan": "EVERGREEN",
        "version_strategy": "UNVERSIONED",
    }
    return Taxonomy(
        skills=(Skill(**{**row, **metadata}),),
        skill_aliases=tuple(
            SkillAlias(alias=name, skill=slug, type="SYNONYM" if number else "CANONICAL", strategy=strategy)
            for number, name in enumerate(names)
        ),
        guards=tuple(Guard(alias=name, rule=guard, reason="also a word") for name in names) if guard else (),
        dimensions=tuple(dimension(name) for name in dimensions),
    )


def role(
    slug: str,
    *aliases: str,
    dimensions: Mapping[str, str] | Sequence[str] = (),
    kras: Sequence[str] = (),
    domain: str = "Software",
    parent: str = "",
    baseline: Mapping[str, Any] | None = None,
) -> Taxonomy:
    """A role with titles (the first is its display name), dimensions (name to weight, or core ones) and KRAs."""
    weights = dimensions if isinstance(dimensions, Mapping) else dict.fromkeys(dimensions, "core")
    typical = {
        "nature_of_work": f"Work of {slug}",
        "nature_summary": "Does what is typical.",
        "tech_stack_maturity": "Mature Enterprise",
        "maturity_reasoning": "Typical.",
    }
    return Taxonomy(
        roles=(Role(slug=slug, display_name=aliases[0], domain=domain, parent=parent),),
        role_aliases=tuple(RoleAlias(alias=name, role=slug) for name in aliases),
        role_kras=tuple(Kra(role=slug, kra=kra) for kra in kras),
        dimensions=tuple(dimension(name) for name in weights),
        role_dimensions=tuple(
            RoleDimension.model_validate({"role": slug, "dimension": name, "weight": weight})
            for name, weight in weights.items()
        ),
        role_baselines=() if baseline is None else (RoleBaseline(role=slug, **{**typical, **baseline}),),
    )


def dimension(slug: str) -> Dimension:
    """A dimension of that name."""
    return Dimension(slug=slug, display_name=slug.replace("-", " ").title(), rationale="", difficulty_hint="well_known")


def joined(*parts: Taxonomy) -> Taxonomy:
    """All parts as one library; rows that are equal stand there once."""
    rows = {name: tuple(dict.fromkeys(row for part in parts for row in part.entries(name))) for name in TABLES}
    return with_tables(Taxonomy(), rows)


def shuffled(taxonomy: Taxonomy, seed: int) -> Taxonomy:
    """The same library, the rows of each table in another order."""
    random = Random(seed)
    return with_tables(
        taxonomy, {name: random.sample(taxonomy.entries(name), len(taxonomy.entries(name))) for name in TABLES}
    )


def with_tables(taxonomy: Taxonomy, tables: Mapping[str, Sequence[Entry]]) -> Taxonomy:
    """The library with other rows in these tables."""
    rows: dict[str, Any] = {name: tuple(entries) for name, entries in tables.items()}
    return replace(taxonomy, **rows)


def alias_lines(index: SkillIndex, text: str) -> list[Line]:
    """The lines of a text that hold aliases, read as a posting of that text alone."""
    lines = list(token_lines(text))
    return index.lines(lines, context_of(lines))
