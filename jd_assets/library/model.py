"""What the library holds: nine tables of small records, and the version of the whole and of each table.

A `Taxonomy` is plain content, as it stands in `seeds/taxonomy/*.csv` or in Postgres. How text is found in it is the
business of `lookup.py`; reading and writing it of `files.py` and of the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar, Literal, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict

from jd_assets.hashing import digest, digest_set

AliasType = Literal["CANONICAL", "SYNONYM", "ABBREVIATION", "VERSIONED", "SPELLING", "TYPO"]
MatchStrategy = Literal["CASE_INSENSITIVE", "EXACT_CASE"]
GuardRule = Literal["case", "context", "phrase"]


class Entry(BaseModel):
    """One row of one table; `key` names it within its table."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    KEY: ClassVar[tuple[str, ...]]

    @property
    def key(self) -> str:
        return "|".join(str(getattr(self, field)) for field in self.KEY)


class Skill(Entry):
    """A canonical skill. `dimensions` are slugs, the main one first; `context_tags` confirm ambiguous names."""

    KEY = ("slug",)
    slug: str
    display_name: str
    category: str
    sub_category: str
    nature: str
    volatility: str
    lifespan: str
    version_strategy: str
    vendor: str = ""
    license: str = ""
    year: int | None = None
    context_tags: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()


class SkillAlias(Entry):
    """A spelling of a skill. EXACT_CASE aliases count only in this very case."""

    KEY = ("alias", "skill")
    alias: str
    skill: str
    type: AliasType
    strategy: MatchStrategy


class Guard(Entry):
    """What must hold before an ambiguous alias counts.

    `case`: the right case is enough, except where every word has a capital (start of a sentence, headings);
    `context`: it needs another skill or a context tag beside it; `phrase`: it never counts alone.
    """

    KEY = ("alias",)
    alias: str
    rule: GuardRule
    reason: str


class Dimension(Entry):
    """A field of work: skills belong to dimensions, and roles consist of them."""

    KEY = ("slug",)
    slug: str
    display_name: str
    rationale: str
    difficulty_hint: str
    stack: str = ""


class Role(Entry):
    KEY = ("slug",)
    slug: str
    display_name: str
    domain: str
    parent: str = ""
    archetype: str = ""
    summary: str = ""


class RoleAlias(Entry):
    """A title under which a role is advertised. The same title under two roles is a collision, decided per posting."""

    KEY = ("alias", "role")
    alias: str
    role: str


class Kra(Entry):
    """A key responsibility area: a short sentence that duty lines of postings are compared with."""

    KEY = ("role", "kra")
    role: str
    kra: str


class RoleDimension(Entry):
    KEY = ("role", "dimension")
    role: str
    dimension: str
    weight: Literal["core", "common"]


class RoleBaseline(Entry):
    """What is typical for a role, used where a posting says too little of itself."""

    KEY = ("role",)
    role: str
    nature_of_work: str
    nature_summary: str
    tech_stack_maturity: str
    maturity_reasoning: str
    ai_title_match: bool = False
    ai_skill: bool = False
    ai_primary: bool = False
    ai_secondary: bool = False
    ai_team: bool = False
    builds_ai: bool = False


def combined_version(part_versions: Mapping[str, str], parts: Iterable[str]) -> str:
    """The content hash of some tables from those of each."""
    return digest({part: part_versions[part] for part in parts})


@dataclass(frozen=True)
class Taxonomy:
    """The whole library as content. Field names are table names, and file names without `.csv`.

    Change it with `dataclasses.replace`: the copy computes its own versions.
    """

    skills: tuple[Skill, ...] = ()
    skill_aliases: tuple[SkillAlias, ...] = ()
    guards: tuple[Guard, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    roles: tuple[Role, ...] = ()
    role_aliases: tuple[RoleAlias, ...] = ()
    role_kras: tuple[Kra, ...] = ()
    role_dimensions: tuple[RoleDimension, ...] = ()
    role_baselines: tuple[RoleBaseline, ...] = ()

    @cached_property
    def part_versions(self) -> dict[str, str]:
        """The content hash of each table, whatever the order of its rows."""
        return {part: digest_set(digest(entry.model_dump_json()) for entry in self.entries(part)) for part in TABLES}

    @cached_property
    def version(self) -> str:
        """The content hash of the whole library."""
        return digest(self.part_versions)

    def version_of(self, parts: Iterable[str]) -> str:
        """The content hash of some tables: what a stage that reads only these has to compare."""
        return combined_version(self.part_versions, parts)

    def entries(self, part: str) -> tuple[Entry, ...]:
        """The rows of one table."""
        rows: tuple[Entry, ...] = getattr(self, part)
        return rows

    def all_entries(self) -> Iterator[tuple[str, Entry]]:
        """Every row of every table, with its table's name."""
        for part in TABLES:
            for entry in self.entries(part):
                yield part, entry


TABLES: dict[str, type[Entry]] = {
    field.name: get_args(get_type_hints(Taxonomy)[field.name])[0] for field in fields(Taxonomy)
}
