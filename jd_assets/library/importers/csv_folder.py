"""A folder in the library's own format (what `library export` writes) as an import.

Slugs that the library has name the library's entries: a skill may join a built-in dimension, an alias may name a
built-in skill. All other slugs get the namespace in front. Rows that the library has already are left out, so that an
export can be added to and imported again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from jd_assets.library.files import read_folder
from jd_assets.library.importers.names import resolved
from jd_assets.library.imports import SOURCE_FILE, Import, Source, read_source
from jd_assets.library.model import Dimension, Entry, Role, Skill, Taxonomy

Row = TypeVar("Row", bound=Entry)

LICENCE_UNKNOWN = "not stated"


def read_csv_folder(folder: Path, library: Taxonomy, namespace: str | None = None) -> Import:
    """Read a library folder as an import into `library`.

    The namespace is the given one, else that of the folder's source note, else the folder's name. Raises LibraryError
    with every malformed row.
    """
    noted = read_source(folder) if (folder / SOURCE_FILE).is_file() else None
    plain = folder.resolve().name
    found = noted or Source(_as_namespace(plain), plain, "", LICENCE_UNKNOWN)
    name = _as_namespace(namespace) if namespace else found.namespace
    return _import(Source(name, found.name, found.version, found.licence), read_folder(folder), library)


def _as_namespace(name: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", name.lower())) or "csv"


def _import(source: Source, content: Taxonomy, library: Taxonomy) -> Import:
    skills = _renames(content.skills, library.skills, source.namespace)
    dimensions = _renames(content.dimensions, library.dimensions, source.namespace)
    roles = _renames(content.roles, library.roles, source.namespace)
    in_roles = {"role": roles}
    aliases, notes = resolved(_new(content.skill_aliases, library.skill_aliases, {"skill": skills}))
    taxonomy = Taxonomy(
        skills=tuple(
            skill.model_copy(update={"dimensions": tuple(dimensions.get(slug, slug) for slug in skill.dimensions)})
            for skill in _new(content.skills, library.skills, {"slug": skills})
        ),
        skill_aliases=tuple(aliases),
        guards=tuple(_new(content.guards, library.guards, {})),
        dimensions=tuple(_new(content.dimensions, library.dimensions, {"slug": dimensions})),
        roles=tuple(_new(content.roles, library.roles, {"slug": roles, "parent": roles})),
        role_aliases=tuple(_new(content.role_aliases, library.role_aliases, in_roles)),
        role_kras=tuple(_new(content.role_kras, library.role_kras, in_roles)),
        role_dimensions=tuple(
            _new(content.role_dimensions, library.role_dimensions, {"role": roles, "dimension": dimensions})
        ),
        role_baselines=tuple(_new(content.role_baselines, library.role_baselines, in_roles)),
    )
    return Import(source, taxonomy, tuple(notes))


def _renames(
    own: Iterable[Skill | Dimension | Role], library: Iterable[Skill | Dimension | Role], namespace: str
) -> dict[str, str]:
    """The slugs that need the namespace in front, with it."""
    known = {entry.slug for entry in library}
    prefix = f"{namespace}-"
    return {
        entry.slug: prefix + entry.slug
        for entry in own
        if entry.slug not in known and not entry.slug.startswith(prefix)
    }


def _new(rows: Iterable[Row], library: Iterable[Row], renames: Mapping[str, Mapping[str, str]]) -> list[Row]:
    """The rows that the library does not have, with the slugs in some fields renamed."""
    known = {row.key: row for row in library}
    changed = [row for row in rows if known.get(row.key) != row]
    return [
        row.model_copy(
            update={field: names.get(getattr(row, field), getattr(row, field)) for field, names in renames.items()}
        )
        for row in changed
    ]
