"""Is the library good? Questions beyond coherence (`checks.py`), each with its threshold and why it stands there.

What belongs here: checks that need judgement, made as precise as content allows. What does not: mending anything.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from jd_assets.engines.embedder import Embedder
from jd_assets.library.checks import Problem, problems
from jd_assets.library.common_words import common_words
from jd_assets.library.merge import merge
from jd_assets.library.model import Skill, Taxonomy
from jd_assets.library.tokens import forms

MIN_SKILLS_PER_ROLE = 10

# Names are near duplicates from here on. Looked at on the built-in library: below, most pairs are two things of one
# family ("User Acceptance Testing", "Site Acceptance Testing"); where one name is the other with a word more, almost
# all are ("Terraform", "Terraform Cloud").
NEAR_DUPLICATE = 0.92
NEAR_DUPLICATE_WITH_MORE_WORDS = 0.98
_BLOCK = 1024  # rows compared at once: bounds the memory

# Kinds of skill whose name is a proper name: there an ordinary word is a coincidence.
NAMED_KINDS = frozenset(
    "CERTIFICATION DATABASE FRAMEWORK HARDWARE LANGUAGE LIBRARY OPERATING_SYSTEM PLATFORM PROTOCOL "
    "SERVICE STANDARD TOOL".split()
)
GENERAL_KINDS = frozenset(("CONCEPT", "DOMAIN", "METHODOLOGY"))

# Stacks that are one user-interface framework: a general concept belongs there only if it says so.
FRAMEWORK_STACKS = frozenset(("angular", "flutter", "react", "react-native", "vue"))

# What a stack is built on or lives beside: a link between the two is no contradiction.
_BUILT_ON = {
    "aem": {"java", "javascript"},
    "android": {"cpp", "ios", "java", "kotlin"},
    "angular": {"javascript"},
    "azure": {"dotnet"},
    "dynamics": {"azure", "dotnet", "power-platform"},
    "flutter": {"android", "ios", "react-native"},
    "kotlin": {"java"},
    "mainframe": {"java"},
    "oracle": {"java"},
    "pega": {"java"},
    "php": {"javascript"},
    "power-platform": {"azure", "dotnet", "sharepoint"},
    "react": {"javascript"},
    "react-native": {"android", "ios", "javascript", "react"},
    "salesforce": {"java", "javascript"},
    "sap": {"java", "javascript"},
    "scala": {"java"},
    "servicenow": {"javascript"},
    "sharepoint": {"azure", "dotnet", "javascript"},
    "sitecore": {"dotnet"},
    "vue": {"javascript"},
}

_NOT_LETTERS = re.compile(r"[\W_]+")


def library_problems(folder: Taxonomy, imports: Mapping[str, Taxonomy], embedder: Embedder) -> list[Problem]:
    """All that is wrong with the taxonomy folder, and the contradictions that imports (by namespace) bring.

    Thin or lonely entries of an import are its source's business.
    """
    found = [*problems(folder), *quality_problems(folder, embedder)]
    if imports:
        known = set(found)
        union = problems(merge(folder, imports).taxonomy)
        found += [item for item in union if item.kind in ("dangling", "doubled") and item not in known]
    return found


def quality_problems(taxonomy: Taxonomy, embedder: Embedder) -> list[Problem]:
    """All problems, in a stable order; none for a library in good order."""
    return [
        *cross_stack_links(taxonomy),
        *thin_roles(taxonomy),
        *unguarded_words(taxonomy),
        *near_duplicates(taxonomy, embedder),
    ]


def cross_stack_links(taxonomy: Taxonomy) -> Iterator[Problem]:
    """Skills and roles of one stack in a dimension of another, and dimensions whose rationale speaks of another.

    A dimension's stack stands in its column `stack`. A skill or role is of a stack that its display name names. General
    skills under one user-interface framework are named too, unless name or context tags name the framework.
    """
    stack_of = {dimension.slug: dimension.stack for dimension in taxonomy.dimensions if dimension.stack}
    stacks = _Stacks(taxonomy, stack_of.values())
    for skill in taxonomy.skills:
        own = stacks.named(skill.display_name)
        linked = {stack_of[slug] for slug in skill.dimensions if slug in stack_of}
        for slug in skill.dimensions:
            stack = stack_of.get(slug, "")
            if not stack:
                continue
            if own and not own & linked and not any(_related(stack, other) for other in own):
                yield _cross(f"skill {skill.slug}", own, slug, stack)
            elif skill.nature in GENERAL_KINDS and stack in FRAMEWORK_STACKS:
                said = own | {other for tag in skill.context_tags for other in stacks.named(tag)}
                if not any(_related(stack, other) for other in said):
                    yield Problem(
                        "cross-stack", f"skill {skill.slug}", f"general, but in {slug}, which is {stack} only"
                    )
    roles = {role.slug: stacks.named(role.display_name) for role in taxonomy.roles}
    linked_to: dict[str, set[str]] = defaultdict(set)
    for link in taxonomy.role_dimensions:
        if link.dimension in stack_of:
            linked_to[link.role].add(stack_of[link.dimension])
    for link in sorted(taxonomy.role_dimensions, key=lambda link: link.key):
        stack, own = stack_of.get(link.dimension, ""), roles.get(link.role, set())
        if stack and own and not own & linked_to[link.role] and not any(_related(stack, other) for other in own):
            yield _cross(f"role {link.role}", own, link.dimension, stack)
    for dimension in taxonomy.dimensions:
        said = stacks.named(f"{dimension.display_name}; {dimension.rationale}")
        if dimension.stack and said and dimension.stack not in said:
            yield _cross(f"dimension {dimension.slug}", said, "its rationale", dimension.stack)


def thin_roles(taxonomy: Taxonomy) -> Iterator[Problem]:
    """Roles whose dimensions hold few skills: no posting's skills could speak for them."""
    members: dict[str, set[str]] = defaultdict(set)
    for skill in taxonomy.skills:
        for slug in skill.dimensions:
            members[slug].add(skill.slug)
    held: dict[str, set[str]] = defaultdict(set)
    for link in taxonomy.role_dimensions:
        held[link.role] |= members[link.dimension]
    for role, skills in sorted(held.items()):
        if len(skills) < MIN_SKILLS_PER_ROLE:
            yield Problem("thin role", f"role {role}", f"its dimensions hold {len(skills)} skills")


def unguarded_words(taxonomy: Taxonomy) -> Iterator[Problem]:
    """Names of products, languages and the like that are common English words and have no guard.

    An alias that counts only in a case in which no sentence writes the word ("SAS", "PuLP") needs none.
    """
    guarded = {guard.alias.lower() for guard in taxonomy.guards}
    nature = {skill.slug: skill.nature for skill in taxonomy.skills}
    for row in sorted(taxonomy.skill_aliases, key=lambda row: row.key):
        word = row.alias.lower()
        odd_case = row.strategy == "EXACT_CASE" and row.alias not in (word, word.capitalize())
        if word in common_words() and word not in guarded and nature.get(row.skill) in NAMED_KINDS and not odd_case:
            yield Problem("unguarded word", f"alias {row.alias}", f"names {row.skill}; a common English word")


def near_duplicates(taxonomy: Taxonomy, embedder: Embedder) -> Iterator[Problem]:
    """Pairs of skills that look like one: equal but for spaces and marks, or with names that mean nearly the same.

    Names of one word are compared by spelling alone ("Knex" and "KNX" lie close in any embedding), as are skills of
    different kinds ("Unit Testing", "unittest") and names with different numbers. Acronyms are left out.
    """
    skills = sorted(taxonomy.skills, key=lambda skill: skill.slug)
    by_spelling: dict[str, list[Skill]] = defaultdict(list)
    for skill in skills:
        by_spelling[_NOT_LETTERS.sub("", skill.display_name.lower()) or skill.slug].append(skill)
    for same in by_spelling.values():
        for other in same[1:]:
            if _marks(same[0]) == _marks(other) and not (
                same[0].display_name.isupper() or other.display_name.isupper()
            ):
                yield _pair(same[0], other, "the same letters")
    phrases = [skill for skill in skills if len(forms(skill.display_name)) > 1]
    if not phrases:
        return
    vectors = embedder.embed([skill.display_name for skill in phrases])
    for start in range(0, len(phrases), _BLOCK):
        near = vectors[start : start + _BLOCK] @ vectors.T
        for row, column in np.argwhere(near >= NEAR_DUPLICATE):
            first, second = phrases[start + row], phrases[column]
            if start + row < column and _means_the_same(first, second, float(near[row, column])):
                yield _pair(first, second, f"similarity {near[row, column]:.2f}")


class _Stacks:
    """Which stacks a text names: by their own names and by the aliases of the skills of that name."""

    def __init__(self, taxonomy: Taxonomy, stacks: Iterable[str]) -> None:
        known = set(stacks)
        self._stack_of = {forms(stack): stack for stack in known}
        for row in taxonomy.skill_aliases:
            if row.skill in known:
                self._stack_of.setdefault(forms(row.alias), row.skill)
        self._longest = max(map(len, self._stack_of), default=0)

    def named(self, text: str) -> set[str]:
        words = forms(text)
        return {
            self._stack_of[words[start:end]]
            for start in range(len(words))
            for end in range(start + 1, min(start + self._longest, len(words)) + 1)
            if words[start:end] in self._stack_of
        }


def _related(stack: str, other: str) -> bool:
    return stack == other or other in _BUILT_ON.get(stack, ()) or stack in _BUILT_ON.get(other, ())


def _cross(entry: str, own: Iterable[str], place: str, stack: str) -> Problem:
    return Problem("cross-stack", entry, f"{', '.join(sorted(own))} in {place}, which is {stack}")


def _marks(skill: Skill) -> tuple[str, ...]:
    """Marks that are part of a name: "C", "C++" and "C#" are three."""
    return tuple(mark for mark in skill.display_name if mark in "+#*")


def _means_the_same(first: Skill, second: Skill, similarity: float) -> bool:
    if first.nature != second.nature:
        return False
    words, others = set(forms(first.display_name)), set(forms(second.display_name))
    if any(any(char.isdigit() for char in word) for word in words ^ others):
        return False
    more_words = words < others or others < words
    return similarity >= (NEAR_DUPLICATE_WITH_MORE_WORDS if more_words else NEAR_DUPLICATE)


def _pair(first: Skill, second: Skill, why: str) -> Problem:
    return Problem(
        "near duplicate",
        f"skill {first.slug}",
        f"{first.display_name!r} and {second.display_name!r} ({second.slug}): {why}",
    )
