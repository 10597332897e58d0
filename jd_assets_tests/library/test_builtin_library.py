"""The library that comes with the project: it loads, it is coherent, and it covers what it promises."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from jd_assets.library.checks import problems
from jd_assets.library.files import read_folder
from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets.library.skill_index import SkillIndex
from jd_assets.library.tokens import forms
from jd_assets.settings import Settings
from jd_assets_tests.shared import shared_folder

# What most boards write for the commonest skills, and the skill it has to reach.
OWNERS = {
    "AWS": "AWS",
    "Amazon Web Services": "AWS",
    "GCP": "GCP",
    "Azure": "Azure",
    "JS": "JavaScript",
    "NodeJS": "Node.js",
    "Python 3": "Python",
    "Golang": "Go",
    "ReactJS": "React",
    "k8s": "Kubernetes",
    "Kafka": "Apache Kafka",
    "Spark": "Apache Spark",
    "Postgres": "PostgreSQL",
    "Oracle": "Oracle Database",
    "RDBMS": "Relational Databases",
    "NoSQL": "NoSQL",
    "REST API": "REST APIs",
    "RESTful": "REST APIs",
    "Memcache": "Memcached",
    "distributed computing": "Distributed Systems",
    "VBA": "VBA",
    "EMR": "Amazon EMR",
    "firewall": "Firewalls",
    "API": "APIs",
    "SOP": "Standard Operating Procedures",
}
# Everyday words of job advertisements: they may be filed, but never count alone.
PROSE = ("software development", "coding", "application development", "hardware", "servers", "training", "research")


@pytest.fixture(scope="module")
def library() -> Taxonomy:
    return read_folder(Settings.load({}).taxonomy_dir)


@pytest.fixture(scope="module")
def index(library: Taxonomy) -> SkillIndex:
    return SkillIndex(library)


def test_the_library_has_no_problems(library: Taxonomy) -> None:
    assert [str(problem) for problem in problems(library)] == []


def test_every_expected_role_is_described(library: Taxonomy) -> None:
    with shared_folder("labels", "roles.csv").open(newline="", encoding="utf-8") as file:
        expected = {row["slug"]: row for row in csv.DictReader(file) if row["slug"] != "other"}
    roles = {role.slug: role for role in library.roles}
    assert expected.keys() <= roles.keys()
    for slug, row in expected.items():
        assert (roles[slug].domain, roles[slug].parent) == (row["domain"], row["parent_slug"])


def test_every_role_has_titles_duties_and_dimensions_to_be_found_by(library: Taxonomy) -> None:
    aliases = Counter(row.role for row in library.role_aliases)
    kras = Counter(row.role for row in library.role_kras)
    dimensions = Counter(row.role for row in library.role_dimensions)
    baselines = {row.role for row in library.role_baselines}
    for role in library.roles:
        assert aliases[role.slug] >= 6, role.slug
        assert kras[role.slug] >= 6, role.slug
        if role.domain != OUTSIDE_TECHNOLOGY:
            assert dimensions[role.slug] >= 4, role.slug
            assert role.slug in baselines, role.slug


def test_the_library_is_as_large_as_promised(library: Taxonomy) -> None:
    described = [skill for skill in library.skills if skill.category and skill.nature and skill.dimensions]
    assert len(described) == len(library.skills) >= 600
    assert len(library.dimensions) >= 120


def test_every_dimension_says_what_belongs_there(library: Taxonomy) -> None:
    assert [dimension.slug for dimension in library.dimensions if not dimension.rationale] == []


def test_every_skill_is_filed_once_under_its_own_name(library: Taxonomy) -> None:
    names = {skill.slug: forms(skill.display_name) for skill in library.skills}
    canonical = [(row.skill, forms(row.alias)) for row in library.skill_aliases if row.type == "CANONICAL"]
    assert sorted(canonical) == sorted(names.items())


def test_no_display_name_is_used_twice(library: Taxonomy) -> None:
    names = Counter(skill.display_name.lower() for skill in library.skills)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_guard_belongs_to_an_alias_and_says_why(library: Taxonomy) -> None:
    aliases = {row.alias.lower() for row in library.skill_aliases}
    assert [guard.alias for guard in library.guards if guard.alias.lower() not in aliases] == []
    assert [guard.alias for guard in library.guards if not guard.reason] == []


@pytest.mark.parametrize(("alias", "name"), OWNERS.items())
def test_a_common_spelling_reaches_its_skill(library: Taxonomy, index: SkillIndex, alias: str, name: str) -> None:
    names = {skill.slug: skill.display_name for skill in library.skills}
    assert {names[entry.skill] for entry in index.exact(alias)} == {name}


@pytest.mark.parametrize("words", PROSE)
def test_everyday_words_never_count_alone(index: SkillIndex, words: str) -> None:
    assert all(entry.guard == "phrase" for entry in index.exact(words))
