"""The library: skills, dimensions and roles, and how they are loaded, versioned and looked up. Knows no Dagster."""

from jd_assets.library.model import (
    Dimension,
    Guard,
    Kra,
    Role,
    RoleAlias,
    RoleBaseline,
    RoleDimension,
    Skill,
    SkillAlias,
    Taxonomy,
)

__all__ = [
    "Dimension",
    "Guard",
    "Kra",
    "Role",
    "RoleAlias",
    "RoleBaseline",
    "RoleDimension",
    "Skill",
    "SkillAlias",
    "Taxonomy",
]
