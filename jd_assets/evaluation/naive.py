"""The yardstick that rules must beat: every library alias, taken literally wherever it stands.

No guards, no cases, no sections; the title is a role when it is an alias of one, else `other`.
"""

from __future__ import annotations

from collections.abc import Sequence

from jd_assets.evaluation.labels import Json
from jd_assets.library.lookup import PhraseIndex
from jd_assets.library.model import Taxonomy
from jd_assets.library.tokens import tokenize


def naive_predictions(taxonomy: Taxonomy, labels: Sequence[Json]) -> list[Json]:
    """A prediction line for each label line; nothing is said of experience and work mode."""
    skills = PhraseIndex((row.alias, row.skill) for row in taxonomy.skill_aliases)
    roles = PhraseIndex((row.alias, row.role) for row in sorted(taxonomy.role_aliases, key=lambda row: row.key))
    return [
        {
            "id": label["id"],
            "role": next(iter(roles.exact(label["title"] or "")), "other"),
            "skills": [{"text": text} for text in sorted(_found(skills, f"{label['title']}\n{label['text']}"))],
        }
        for label in labels
    ]


def _found(skills: PhraseIndex[str], text: str) -> set[str]:
    """The wordings of the longest aliases in a text."""
    tokens, found, covered = tokenize(text), set(), 0
    for longest, *_ in skills.scan(tokens):
        if longest.last > covered:
            covered = longest.last
            found.add(text[tokens[longest.first].start : tokens[longest.last - 1].end])
    return found
