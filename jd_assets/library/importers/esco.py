"""ESCO (European Skills, Competences, Qualifications and Occupations), the English CSV release, as a library.

Every slug is `esco-` and the last part of the concept's URI, so that ESCO's own id can be read off it.

    skill        a skill; its preferred label is the canonical name, alternative and hidden labels are synonyms
    skill group  a dimension: the groups that a skill stands in directly, or else those of its broader skills
    occupation   a role with its labels as titles; its domain is the name of its ISCO unit group, or for occupations
                 outside information technology the domain of roles that mark a posting as not technical
    description  responsibilities (KRAs), sentence by sentence; then essential skills, the most particular ones first
    essential    the dimensions of an occupation's essential skills, the most frequent ones first, are the role's

Occupations outside information technology only tell that a posting is not technical: as in the built-in library they
have titles and responsibilities (those of their description), and no dimensions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from jd_assets.library.importers.names import resolved, vocabulary_guards
from jd_assets.library.importers.tables import one_line, rows
from jd_assets.library.imports import Import, Source
from jd_assets.library.merge import bare_name
from jd_assets.library.model import Dimension, Kra, Role, RoleAlias, RoleDimension, Skill, SkillAlias, Taxonomy
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY

NAMESPACE = "esco"
LICENCE = (
    "This service uses the ESCO classification of the European Commission. Free re-use under Commission Decision "
    "2011/833/EU with this credit; changed: arranged as library tables, labels that name several skills left out."
)

# ISCO-08 groups of information technology: managers, engineers, professionals, technicians, trainers, sales.
TECHNICAL_ISCO = ("1330", "2152", "2153", "2166", "2356", "2434", "251", "252", "3114", "351", "3522", "742")

MAX_DIMENSIONS = 5  # a skill's
MAX_ROLE_DIMENSIONS = 15
MAX_KRAS = 10  # a role's
CORE_SKILLS = 3  # essential skills that make a dimension a core one

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")

Parents = Mapping[str, Sequence[tuple[str, str]]]  # by concept: type and URI of each broader concept


def read_esco(folder: Path) -> Import:
    """Read the folder of an English ESCO release. Raises LibraryError when a file or column is missing."""
    parents = _parents(folder)
    skills, aliases, general = _skills(folder, parents)
    kept, notes = resolved(aliases)
    names = {skill.slug: skill.display_name for skill in skills}
    dimensions_of = {skill.slug: skill.dimensions for skill in skills}
    essential = _essential(folder)
    roles, titles, kras = _occupations(folder, essential, names)
    return Import(
        Source(NAMESPACE, "ESCO", _version(folder), LICENCE),
        Taxonomy(
            skills=tuple(skills),
            skill_aliases=tuple(kept),
            guards=tuple(vocabulary_guards(kept, general)),
            dimensions=_dimensions(folder, {slug for skill in skills for slug in skill.dimensions}),
            roles=tuple(roles),
            role_aliases=tuple(titles),
            role_kras=tuple(kras),
            role_dimensions=tuple(
                link
                for role in roles
                if role.domain != OUTSIDE_TECHNOLOGY
                for link in _links(role.slug, essential, dimensions_of)
            ),
        ),
        tuple(notes),
    )


def _slug(uri: str) -> str:
    return f"{NAMESPACE}-{uri.rstrip('/').rsplit('/', 1)[-1]}"


def _version(folder: Path) -> str:
    found = re.search(r"\d+(?:\.\d+)+", folder.resolve().name)
    return found.group() if found else ""


def _labels(*cells: str) -> list[str]:
    return [label for cell in cells for line in cell.split("\n") if (label := one_line(line))]


def _parents(folder: Path) -> Parents:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(folder, "broaderRelationsSkillPillar.csv", ("conceptUri", "broaderType", "broaderUri")):
        found[row["conceptUri"]].append((row["broaderType"], row["broaderUri"]))
    return found


def _groups(uri: str, parents: Parents) -> tuple[str, ...]:
    """The groups a skill stands in, or the nearest ones above it."""
    level, seen = [uri], {uri}
    while level:
        above = [parent for concept in level for parent in parents.get(concept, ())]
        groups = [broader for kind, broader in above if kind == "SkillGroup"]
        if groups:
            return tuple(dict.fromkeys(map(_slug, groups)))[:MAX_DIMENSIONS]
        level = [broader for _, broader in above if broader not in seen]
        seen.update(level)
    return ()


def _skills(folder: Path, parents: Parents) -> tuple[list[Skill], list[SkillAlias], set[str]]:
    """The skills, their names, and which of them are general: asked in every trade, whatever the job."""
    skills, aliases, general = [], [], set()
    columns = ("conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels", "hiddenLabels")
    for row in rows(folder, "skills_en.csv", columns):
        slug, name, knowledge = (
            _slug(row["conceptUri"]),
            one_line(row["preferredLabel"]),
            row["skillType"] == "knowledge",
        )
        if row["reuseLevel"] == "transversal" or (row["reuseLevel"] == "cross-sector" and not knowledge):
            general.add(slug)
        skills.append(
            Skill(
                slug=slug,
                display_name=name,
                category="Concept" if knowledge else "Methodology",
                sub_category="ESCO Knowledge" if knowledge else "ESCO Competence",
                nature="CONCEPT" if knowledge else "METHODOLOGY",
                volatility="STABLE",
                lifespan="MULTI_YEAR",
                version_strategy="NOT_APPLICABLE",
                dimensions=_groups(row["conceptUri"], parents),
            )
        )
        aliases.append(SkillAlias(alias=name, skill=slug, type="CANONICAL", strategy="CASE_INSENSITIVE"))
        aliases.extend(
            SkillAlias(alias=label, skill=slug, type="SYNONYM", strategy="CASE_INSENSITIVE")
            for label in dict.fromkeys([bare_name(name), *_labels(row["altLabels"], row["hiddenLabels"])])
            if label != name
        )
    return skills, aliases, general


def _dimensions(folder: Path, used: set[str]) -> tuple[Dimension, ...]:
    return tuple(
        Dimension(
            slug=_slug(row["conceptUri"]),
            display_name=one_line(row["preferredLabel"]),
            rationale=one_line(row["description"]) or f"ESCO skill group {one_line(row['preferredLabel'])}.",
            difficulty_hint="well_known",
        )
        for row in rows(folder, "skillGroups_en.csv", ("conceptUri", "preferredLabel", "description"))
        if _slug(row["conceptUri"]) in used
    )


def _essential(folder: Path) -> dict[str, list[str]]:
    """The essential skills of each occupation (slugs), in the release's order."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows(folder, "occupationSkillRelations.csv", ("occupationUri", "relationType", "skillUri")):
        if row["relationType"] == "essential":
            found[_slug(row["occupationUri"])].append(_slug(row["skillUri"]))
    return found


def _occupations(
    folder: Path, essential: Mapping[str, Sequence[str]], names: Mapping[str, str]
) -> tuple[list[Role], list[RoleAlias], list[Kra]]:
    groups = {row["code"]: one_line(row["preferredLabel"]) for row in rows(folder, "ISCOGroups_en.csv", ("code",))}
    asked = Counter(skill for skills in essential.values() for skill in skills)
    columns = ("conceptUri", "iscoGroup", "preferredLabel", "altLabels", "hiddenLabels", "description")
    found = list(rows(folder, "occupations_en.csv", columns))
    preferred = {one_line(row["preferredLabel"]).lower(): _slug(row["conceptUri"]) for row in found}
    roles: list[Role] = []
    titles: list[RoleAlias] = []
    kras: list[Kra] = []
    for row in found:
        slug, name, sentences = (
            _slug(row["conceptUri"]),
            one_line(row["preferredLabel"]),
            _sentences(row["description"]),
        )
        roles.append(
            Role(
                slug=slug,
                display_name=name,
                domain=_domain(row["iscoGroup"], groups),
                archetype="Other",
                summary=sentences[0] if sentences else "",
            )
        )
        # A title that is another occupation's preferred label is left to that one.
        titles.extend(
            RoleAlias(alias=title, role=slug)
            for title in dict.fromkeys([name, *_labels(row["altLabels"], row["hiddenLabels"])])
            if preferred.get(title.lower(), slug) == slug
        )
        skills = [skill for skill in essential.get(slug, ()) if skill in names and _is_technical(row["iscoGroup"])]
        particular = sorted(skills, key=lambda skill: asked[skill])
        duties = dict.fromkeys([*sentences, *(names[skill] for skill in particular)])
        kras.extend(Kra(role=slug, kra=duty) for duty in list(duties)[:MAX_KRAS])
    return roles, titles, kras


def _domain(isco: str, groups: Mapping[str, str]) -> str:
    return groups.get(isco, "ESCO") if _is_technical(isco) else OUTSIDE_TECHNOLOGY


def _is_technical(isco: str) -> bool:
    return isco.startswith(TECHNICAL_ISCO)


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_END.split(one_line(text)) if sentence]


def _links(
    role: str, essential: Mapping[str, Sequence[str]], dimensions_of: Mapping[str, Iterable[str]]
) -> list[RoleDimension]:
    counts = Counter(dimension for skill in essential.get(role, ()) for dimension in dimensions_of.get(skill, ()))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_ROLE_DIMENSIONS]
    return [
        RoleDimension(role=role, dimension=dimension, weight="core" if count >= CORE_SKILLS else "common")
        for dimension, count in ranked
    ]
