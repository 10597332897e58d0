"""What kind of section a heading opens, judged by its words alone.

A heading is either a known phrase ("what you'll do", "about us") or made wholly of known heading words ("Minimum
Requirements & Qualifications"): one unknown word and it is a sentence. Where headings stand is found in `sections.py`;
the words and phrases are `data/heading_words.csv` and `data/heading_phrases.csv`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from jd_assets.engines.rules.phrases import fold, read_table
from jd_assets.records import SectionKind

MAX_HEADING_WORDS = 10

# Order is precedence: "Skills & Responsibilities" is about responsibilities.
_PRECEDENCE: tuple[SectionKind, ...] = (
    "preferred",
    "diversity",
    "benefits",
    "responsibilities",
    "requirements",
    "skills",
    "education",
    "details",
    "summary",
)
_PHRASE_ORDER: tuple[SectionKind, ...] = (
    "diversity",
    "how_to_apply",
    "preferred",
    "summary",
    "responsibilities",
    "requirements",
    "skills",
    "benefits",
    "about_company",
    "details",
    "education",
    "other",
)


def _listed(name: str) -> frozenset[str]:
    return frozenset(row["word"] for row in _WORD_ROWS if row["list"] == name)


def _phrases(kind: SectionKind) -> re.Pattern[str]:
    return re.compile("|".join(row["pattern"] for row in _PHRASE_ROWS if row["kind"] == kind))


_WORD_ROWS = read_table("heading_words.csv")
_PHRASE_ROWS = read_table("heading_phrases.csv")
_KINDS: dict[str, SectionKind] = {
    row["word"]: kind for kind in _PRECEDENCE for row in _WORD_ROWS if row["list"] == "noun" and row["kind"] == kind
}
_MODIFIERS, _PREFERRED, _COMPANY = _listed("modifier"), _listed("preferred"), _listed("company")
_OPENERS = _listed("opener") | _MODIFIERS | _PREFERRED | _COMPANY | set(_KINDS)
_PHRASE_RULES = tuple((kind, _phrases(kind)) for kind in _PHRASE_ORDER)
_WORDS = re.compile(r"[a-z0-9]+(?:['.-][a-z0-9]+)*|&|/")
_ABOUT_NAME = re.compile(
    r"(?:about|why|join|joining) (?!you\b|the role|this|your|\d)[a-z0-9&'.-]+(?: [a-z0-9&'.-]+){0,4}$"
)


@lru_cache(maxsize=20_000)
def classify(heading: str) -> SectionKind | None:
    """The kind of section that `heading` opens, or None when it does not read like a known heading.

    `heading` is the heading's words without marks (bullets, asterisks, a closing colon).
    """
    words = _WORDS.findall(fold(heading))
    if not words or len(words) > MAX_HEADING_WORDS:
        return None
    return _by_words(words) or _by_phrase(" ".join(words), len(words)) or _about_name(heading, words)


def may_open(word: str) -> bool:
    """Whether a known heading can begin with `word`: a cheap test before its other words are looked at."""
    return word.lower() in _OPENERS


def _by_words(words: list[str]) -> SectionKind | None:
    kinds: list[SectionKind] = []
    preferred = company = False
    for word in words:
        if word in _KINDS:
            kinds.append(_KINDS[word])
        elif word in _PREFERRED:
            preferred = True
        elif word in _COMPANY:
            company = True
        elif word not in _MODIFIERS and word != "/":
            return None
    if preferred and (not kinds or {"requirements", "skills", "education"} & set(kinds)):
        return "preferred"
    if company:
        return "about_company" if "summary" in kinds else None
    if not kinds or len(words) > 7:
        return None
    if set(kinds) == {"education", "requirements"}:
        return "requirements"
    if "benefits" not in kinds and set(kinds) == {"details", "requirements"}:
        return "requirements"
    if words[0] == "profile" and len(words) == 1:
        return "requirements"
    return min(kinds, key=_PRECEDENCE.index)


def _by_phrase(text: str, count: int) -> SectionKind | None:
    for kind, pattern in _PHRASE_RULES:
        match = pattern.match(text)
        # A phrase may be followed by a few words ("What you'll do at Acme"), not by a sentence.
        if match and count - match[0].count(" ") - 1 <= 4:
            return kind
    return None


def _about_name(heading: str, words: list[str]) -> SectionKind | None:
    """ "About Acme", "Why Acme": a name follows, so its words start with capitals."""
    names = heading.split()[1:]
    if _ABOUT_NAME.match(" ".join(words)) and names and names[0][:1].isupper():
        return "about_company" if words[0] == "about" else "benefits"
    return None
