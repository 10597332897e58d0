"""O*NET (the U.S. Department of Labor's occupations), the tab-separated text release, as a library.

Slugs are `onet-` and O*NET's own id: the O*NET-SOC code of an occupation, the commodity code (UNSPSC) of a dimension.
Technologies and tools have no ids in O*NET: their slug is made of their name.

    example      a skill ("Technology Skills", "Tools Used"); repeated vendor names are taken out of its name
    commodity    a dimension
    occupation   a role; alternate and reported titles are its titles; occupations outside information technology only
                 mark a posting as not technical
    task         a responsibility (KRA), core tasks first
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from jd_assets.library.importers.names import product_guards, resolved
from jd_assets.library.importers.tables import one_line, rows
from jd_assets.library.imports import Import, Source
from jd_assets.library.merge import bare_name
from jd_assets.library.model import (
    AliasType,
    Dimension,
    Kra,
    Role,
    RoleAlias,
    RoleDimension,
    Skill,
    SkillAlias,
    Taxonomy,
)
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY

NAMESPACE = "onet"
LICENCE = (
    "This includes information from the O*NET Database by the U.S. Department of Labor, Employment and Training "
    "Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET is a trademark of USDOL/ETA; changed: "
    "arranged as library tables, repeated vendor names shortened."
)

# O*NET-SOC codes of information technology: managers, computer occupations, data scientists, hardware engineers and
# technicians, telecommunications.
TECHNICAL_SOC = ("11-3021", "15-12", "15-2051", "17-2061", "17-2072", "17-3023", "27-1024", "49-2022", "49-9052")

MAX_DIMENSIONS = 5  # a skill's
MAX_ROLE_DIMENSIONS = 15
MAX_KRAS = 10  # a role's
CORE_EXAMPLES = 3  # examples that make a dimension a core one

_SLUG_PARTS = re.compile(r"[a-z0-9+#]+")


class _Example(NamedTuple):
    occupation: str
    text: str
    commodity: str
    commodity_title: str
    technology: bool


def read_onet(folder: Path) -> Import:
    """Read the folder of an O*NET text release. Raises LibraryError when a file or column is missing."""
    examples = list(_examples(folder))
    skills, aliases = _skills(examples)
    kept, notes = resolved(aliases)
    roles = _roles(folder)
    titles = {example.commodity: example.commodity_title for example in examples}
    return Import(
        Source(NAMESPACE, "O*NET", _version(folder), LICENCE),
        Taxonomy(
            skills=tuple(skills),
            skill_aliases=tuple(kept),
            guards=tuple(product_guards(kept)),
            dimensions=tuple(
                Dimension(
                    slug=_slug(code),
                    display_name=title,
                    rationale=f"UNSPSC commodity {code}, {title}, with O*NET's examples.",
                    difficulty_hint="well_known",
                )
                for code, title in titles.items()
            ),
            roles=tuple(roles),
            role_aliases=tuple(_titles(folder, roles)),
            role_kras=tuple(_kras(folder)),
            role_dimensions=tuple(_links(examples)),
        ),
        tuple(notes),
    )


def _slug(text: str) -> str:
    return f"{NAMESPACE}-{text}"


def _named_slug(name: str) -> str:
    return _slug("-".join(_SLUG_PARTS.findall(name.lower())))


def _version(folder: Path) -> str:
    note = folder / "Read Me.txt"
    found = re.search(r"O\*NET (\d+\.\d+) Database", note.read_text(encoding="utf-8")) if note.is_file() else None
    return found.group(1) if found else ""


def _examples(folder: Path) -> Iterator[_Example]:
    columns = ("O*NET-SOC Code", "Example", "Commodity Code", "Commodity Title")
    for name, technology in (("Technology Skills.txt", True), ("Tools Used.txt", False)):
        for row in rows(folder, name, columns, tabs=True):
            occupation, text, commodity, title = (one_line(row[column]) for column in columns)
            yield _Example(_slug(occupation), text, commodity, title, technology)


def _skills(examples: list[_Example]) -> tuple[list[Skill], list[SkillAlias]]:
    groups: dict[str, list[_Example]] = defaultdict(list)
    for example in examples:
        groups[_named_slug(_short(example.text))].append(example)
    skills: list[Skill] = []
    aliases: list[SkillAlias] = []
    for slug, group in groups.items():
        wordings = Counter(example.text for example in group)
        full = min(wordings, key=lambda text: (-wordings[text], text))
        name, tool = _short(full), not any(example.technology for example in group)
        commodities = Counter(example.commodity for example in group)
        ranked = sorted(commodities, key=lambda code: (-commodities[code], code))
        skills.append(
            Skill(
                slug=slug,
                display_name=name,
                category="Hardware" if tool else "Tool",
                sub_category=next(item.commodity_title for item in group if item.commodity == ranked[0]),
                nature="HARDWARE" if tool else "TOOL",
                volatility="STABLE",
                lifespan="MULTI_YEAR",
                version_strategy="UNVERSIONED",
                dimensions=tuple(_slug(code) for code in ranked[:MAX_DIMENSIONS]),
            )
        )
        names: dict[str, AliasType] = {name: "CANONICAL"}
        for text in sorted(wordings):
            names.setdefault(text, "SYNONYM")
            names.update(dict.fromkeys(_initials(text), "ABBREVIATION"))
        aliases.extend(
            SkillAlias(alias=text, skill=slug, type=kind, strategy="CASE_INSENSITIVE") for text, kind in names.items()
        )
    return skills, aliases


def _short(text: str) -> str:
    """The name alone: "Adobe Systems Adobe Acrobat" is "Adobe Acrobat", "Structured query language SQL" has no SQL."""
    words = text.split()
    again = [number for number, word in enumerate(words) if number and word == words[0]]
    if again and again[0] + 1 < len(words):
        words = words[again[0] :]
    return " ".join(words[:-1] if _initials(text) else words)


def _initials(text: str) -> tuple[str, ...]:
    """The last word, where it is the initials of the words before."""
    *words, last = text.split()
    return (last,) if len(words) > 1 and last == "".join(word[0] for word in words).upper() else ()


def _roles(folder: Path) -> list[Role]:
    columns = ("O*NET-SOC Code", "Title", "Description")
    return [
        Role(
            slug=_slug(code),
            display_name=title,
            domain="Computer and Mathematical" if code.startswith(TECHNICAL_SOC) else OUTSIDE_TECHNOLOGY,
            archetype="Other",
            summary=description,
        )
        for row in rows(folder, "Occupation Data.txt", columns, tabs=True)
        for code, title, description in [tuple(one_line(row[column]) for column in columns)]
    ]


def _titles(folder: Path, roles: list[Role]) -> list[RoleAlias]:
    found: dict[str, RoleAlias] = {}
    own = {role.display_name.lower(): role.slug for role in roles}

    def add(title: str, role: str) -> None:
        row = RoleAlias(alias=title, role=role)
        if title and title != "n/a" and own.get(title.lower(), role) == role:
            found.setdefault(row.key, row)

    for role in roles:
        add(role.display_name, role.slug)
    for row in rows(folder, "Alternate Titles.txt", ("O*NET-SOC Code", "Alternate Title", "Short Title"), tabs=True):
        add(bare_name(one_line(row["Alternate Title"])), _slug(row["O*NET-SOC Code"]))
        add(one_line(row["Short Title"]), _slug(row["O*NET-SOC Code"]))
    for row in rows(folder, "Sample of Reported Titles.txt", ("O*NET-SOC Code", "Reported Job Title"), tabs=True):
        add(bare_name(one_line(row["Reported Job Title"])), _slug(row["O*NET-SOC Code"]))
    return list(found.values())


def _kras(folder: Path) -> list[Kra]:
    tasks: dict[str, dict[str, None]] = defaultdict(dict)
    found = list(rows(folder, "Task Statements.txt", ("O*NET-SOC Code", "Task", "Task Type"), tabs=True))
    for row in sorted(found, key=lambda row: row["Task Type"] != "Core"):
        tasks[_slug(row["O*NET-SOC Code"])][one_line(row["Task"])] = None
    return [Kra(role=role, kra=task) for role, own in tasks.items() for task in list(own)[:MAX_KRAS]]


def _links(examples: list[_Example]) -> list[RoleDimension]:
    counts: Mapping[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        counts[example.occupation][example.commodity] += 1
    return [
        RoleDimension(role=role, dimension=_slug(code), weight="core" if own[code] >= CORE_EXAMPLES else "common")
        for role, own in counts.items()
        for code in sorted(own, key=lambda code: (-own[code], code))[:MAX_ROLE_DIMENSIONS]
    ]
