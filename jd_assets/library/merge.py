"""The library in use: the taxonomy folder, and the imports beside it. Here stands the rule for where they meet.

    An imported skill or role with the slug of an entry of the library, or whose own name already names one, *is*
    that entry. The entry stays as it is, and takes over what it lacks: the other names, a skill's dimensions, and a
    role's dimensions, responsibilities or baseline if it had none.
    Every other name that the library has already stays where it is; the imported entry keeps its other names. A role
    whose own name is a title of several roles is told apart by its namespace in brackets.
    Guards of the library stay; an imported guard counts for imported names. An imported name that the library knows as
    a maker of skills ("Google") never counts where it merely stands.

The folder goes before imports, and imports go in the order of their names. Everything that was not taken as it came
is named in the notes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from jd_assets.library.model import Entry, Guard, Kra, Role, RoleAlias, RoleDimension, Skill, SkillAlias, Taxonomy
from jd_assets.library.tokens import forms, number_variants

Key = tuple[str, ...]
Row = TypeVar("Row", bound=Entry)
RoleRow = TypeVar("RoleRow", Kra, RoleDimension)

NoteKind = Literal["same skill", "same role", "skill alias taken", "role title taken", "ambiguous alias"]

MIN_BARE_NAME = 3  # letters: "ML (computer programming)" without its brackets is something else

_QUALIFIER = re.compile(r"\s*\([^()]*\)$")


@dataclass(frozen=True, slots=True)
class Note:
    """Where an import met the library, or itself: `entry` came with `text`, which belongs to `kept_by`."""

    kind: NoteKind
    text: str
    entry: str
    kept_by: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The union, and the notes on it in a stable order."""

    taxonomy: Taxonomy
    notes: tuple[Note, ...]


def merge(library: Taxonomy, imports: Mapping[str, Taxonomy]) -> Merged:
    """The library with the imports (by namespace) added one after the other."""
    notes: list[Note] = []
    for namespace, imported in sorted(imports.items()):
        library = _add(library, namespace, imported, notes)
    return Merged(library, tuple(notes))


def bare_name(name: str) -> str:
    """A name without the words in brackets behind it: "Java (computer programming)" is "Java"."""
    bare = _QUALIFIER.sub("", name)
    return bare if len(bare) >= MIN_BARE_NAME else name


class _Names:
    """Who has which name; singular and plural are one name, as they are to the index that finds them in text."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        self._owners: dict[Key, set[str]] = defaultdict(set)
        for name, owner in named:
            self._owners[forms(name)].add(owner)

    def owners(self, name: str) -> set[str]:
        key = forms(name)
        found = self._owners.get(key)
        if found is not None:
            return found
        return {owner for variant in number_variants(key) for owner in self._owners.get(variant, ())}

    def owner(self, names: Collection[str]) -> str | None:
        """The one owner of all these names that have any."""
        owners = {owner for name in names for owner in self.owners(name)}
        return owners.pop() if len(owners) == 1 else None


def _add(library: Taxonomy, namespace: str, imported: Taxonomy, notes: list[Note]) -> Taxonomy:
    skill_names = _Names([*((row.alias, row.skill) for row in library.skill_aliases), *_display(library.skills)])
    role_names = _Names([*((row.alias, row.role) for row in library.role_aliases), *_display(library.roles)])
    skill_of = _same("same skill", library.skills, imported.skills, skill_names, notes)
    role_of = _same("same role", library.roles, imported.roles, role_names, notes)
    aliases = _skill_aliases(imported, skill_names, skill_of, notes)
    return replace(
        library,
        skills=_skills(library, imported, skill_of),
        skill_aliases=_union(library.skill_aliases, aliases),
        guards=_guards(library, imported, aliases),
        dimensions=_union(library.dimensions, imported.dimensions),
        roles=_union(library.roles, _roles(namespace, imported, role_names, role_of, notes)),
        role_aliases=_union(library.role_aliases, _role_aliases(imported, role_names, role_of, notes)),
        role_kras=_union(library.role_kras, _lacking(library.role_kras, imported.role_kras, role_of)),
        role_dimensions=_union(
            library.role_dimensions, _lacking(library.role_dimensions, imported.role_dimensions, role_of)
        ),
        role_baselines=_union(library.role_baselines, _moved(imported.role_baselines, "role", role_of)),
    )


def _display(entries: Iterable[Skill | Role]) -> Iterator[tuple[str, str]]:
    return ((entry.display_name, entry.slug) for entry in entries)


def _same(
    kind: NoteKind, library: Iterable[Skill | Role], imported: Iterable[Skill | Role], names: _Names, notes: list[Note]
) -> dict[str, str]:
    """For each imported entry that is one of the library's under another slug: its slug, and the library's."""
    known = {entry.slug for entry in library}
    same: dict[str, str] = {}
    for entry in imported:
        owner = names.owner({entry.display_name, bare_name(entry.display_name)})
        if entry.slug in known:
            owner = entry.slug
        elif owner is not None:
            same[entry.slug] = owner
        if owner is not None:
            notes.append(Note(kind, entry.display_name, entry.slug, owner))
    return same


def _skills(library: Taxonomy, imported: Taxonomy, skill_of: Mapping[str, str]) -> tuple[Skill, ...]:
    further: dict[str, list[str]] = defaultdict(list)
    for skill in imported.skills:
        further[skill_of.get(skill.slug, skill.slug)].extend(skill.dimensions)
    known = [
        skill.model_copy(update={"dimensions": tuple(dict.fromkeys((*skill.dimensions, *further[skill.slug])))})
        if skill.slug in further
        else skill
        for skill in library.skills
    ]
    return _union(tuple(known), [skill for skill in imported.skills if skill.slug not in skill_of])


def _skill_aliases(
    imported: Taxonomy, names: _Names, skill_of: Mapping[str, str], notes: list[Note]
) -> list[SkillAlias]:
    kept = []
    for row, moved in zip(imported.skill_aliases, _moved(imported.skill_aliases, "skill", skill_of), strict=True):
        owners = names.owners(row.alias)
        if not owners:
            # The library's entry has a canonical name of its own.
            kept.append(moved.model_copy(update={"type": "SYNONYM"}) if row.skill in skill_of else moved)
        elif moved.skill not in owners:
            notes.append(Note("skill alias taken", row.alias, row.skill, ", ".join(sorted(owners))))
    return kept


def _roles(
    namespace: str, imported: Taxonomy, names: _Names, role_of: Mapping[str, str], notes: list[Note]
) -> list[Role]:
    new = []
    for role in imported.roles:
        owners = names.owners(role.display_name)
        if owners and role.slug not in role_of and role.slug not in owners:
            notes.append(Note("role title taken", role.display_name, role.slug, ", ".join(sorted(owners))))
            new.append(role.model_copy(update={"display_name": f"{role.display_name} ({namespace})"}))
        elif role.slug not in role_of:
            new.append(role)
    return new


def _role_aliases(imported: Taxonomy, names: _Names, role_of: Mapping[str, str], notes: list[Note]) -> list[RoleAlias]:
    kept = []
    for row, moved in zip(imported.role_aliases, _moved(imported.role_aliases, "role", role_of), strict=True):
        owners = names.owners(row.alias)
        if not owners:
            kept.append(moved)
        elif moved.role not in owners:
            notes.append(Note("role title taken", row.alias, row.role, ", ".join(sorted(owners))))
    return kept


def _guards(library: Taxonomy, imported: Taxonomy, aliases: Collection[SkillAlias]) -> tuple[Guard, ...]:
    known = {guard.alias.lower() for guard in library.guards}
    makers = {skill.vendor.lower() for skill in library.skills}
    new = {row.alias.lower(): row.alias for row in aliases if row.alias.lower() not in known}
    named = [
        Guard(alias=alias, rule="phrase", reason="a maker's name") for name, alias in new.items() if name in makers
    ]
    others = new.keys() - makers
    return _union(library.guards, [*named, *(guard for guard in imported.guards if guard.alias.lower() in others)])


def _lacking(known: Iterable[RoleRow], rows: Iterable[RoleRow], role_of: Mapping[str, str]) -> list[RoleRow]:
    """The rows of roles that are new, and of those that are the library's but had none of these rows there."""
    served = {row.role for row in known}
    return _moved([row for row in rows if role_of.get(row.role) not in served], "role", role_of)


def _moved(rows: Iterable[Row], field: str, same: Mapping[str, str]) -> list[Row]:
    """The rows, with those of entries that the library has already moved to the library's entry."""
    return [
        row.model_copy(update={field: same[owner]}) if (owner := getattr(row, field)) in same else row for row in rows
    ]


def _union(known: tuple[Row, ...], new: Iterable[Row]) -> tuple[Row, ...]:
    """The known rows, and the new ones of other keys."""
    rows = {row.key: row for row in known}
    for row in new:
        rows.setdefault(row.key, row)
    return tuple(rows.values())
