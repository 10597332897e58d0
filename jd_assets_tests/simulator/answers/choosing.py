"""Answers that choose among what is offered: roles, neighbours, labels.

What belongs here: `decide_role`, `adjudicate_role`, `describe_new_skill`, `describe_new_role`, `enrich`. What does not:
good judgement; the answers are sensible, among those offered, and cheap, no more.
"""

from __future__ import annotations

import random
import re
from functools import lru_cache
from typing import Any

from jd_assets_tests.simulator.answers.channel import Shown
from jd_assets_tests.simulator.answers.generic import phrase
from jd_assets_tests.simulator.answers.reading import KNOWN

_WORD = re.compile(r"[a-z0-9+#]{3,}")
_PLAIN_TITLE = re.compile(r"[A-Za-z]+(?: [A-Za-z]+){0,4}")
_TITLE_WEIGHT = 6  # a word of a role's name in the title, against one of its duties in the text
_FEW_WORDS = 6
_NEW_SHARE = 0.3
_TECHNICAL = 3  # well-known technologies in a technical posting
_STACKS = (
    ("Emerging AI-Centric", re.compile(r"\b(?:LLM|RAG|PyTorch|TensorFlow)\b")),
    ("Modern Cloud Native", re.compile(r"\b(?:Kubernetes|Docker|AWS|GCP|Azure|Terraform)\b")),
    ("Mature Enterprise", re.compile(r"\b(?:Java|SAP|Oracle|Spring|SQL)\b")),
)
_ON_AI_TEAM = re.compile(r"\b(?:AI|machine learning|data science) team\b", re.IGNORECASE)
_BUILDS_AI = re.compile(r"\b(?:build|train|ship)[a-z]* (?:[a-z]+ )?(?:AI|machine learning|ML|models?)\b", re.IGNORECASE)
_NATURES = ["TOOL", "CONCEPT", "PLATFORM", "LIBRARY", "SERVICE"]
_MERGE_SHARE = 0.1
_LONGEST_QUOTE = 150
_LOOKED_AT = 3_000  # characters of a text, to stay cheap


def role(shown: Shown, dice: random.Random) -> dict[str, Any]:
    """The answer to `decide_role` and `adjudicate_role`: the role whose name and duties share most words with the
    posting, the first of equals; where it shares none with the title, sometimes none of them."""
    title, text = _words(shown.title), _words(shown.description)

    def fit(card: dict[str, Any]) -> int:
        duties = frozenset[str]().union(*(_words_of_library(duty) for duty in card["duties"]))
        return _TITLE_WEIGHT * len(_words_of_library(card["name"]) & title) + len(duties & text)

    offered = shown.offered("roles")
    scores = list(map(fit, offered))
    score, best = max(scores), offered[scores.index(max(scores))]
    named = bool(_words_of_library(best["name"]) & title)
    technical = len(set(KNOWN.findall(shown.description[:_LOOKED_AT]))) >= _TECHNICAL
    if technical and not named and dice.random() < _NEW_SHARE:
        outcome, why = "new_role", "Technical, but no offered role's name shares a word with the title."
    elif not named and score < _FEW_WORDS:
        outcome, why = "not_technical", "It shares hardly a word with the roles offered."
    else:
        outcome, why = "role", f"{best['name']} shares most words with the posting."
    return {
        "reasoning": why,
        "domain": best["domain"],
        "outcome": outcome,
        "role": best["id"] if outcome == "role" else None,
        "confidence": min(1.0, round(0.4 + score / max(1, sum(scores)), 2)),
        "quotes": [phrase(shown.description or shown.title, dice)[:_LONGEST_QUOTE]],
    }


def described_skill(shown: Shown, dice: random.Random) -> dict[str, Any]:
    """The answer to `describe_new_skill`: mostly a skill of its own, sometimes another name of its nearest."""
    neighbours, term = shown.offered("neighbours"), str(shown.blocks.get("term", ""))
    parts = [part for part in term.split("/") if part.strip()] if "/" in term else []
    merges = bool(neighbours) and len(parts) < 2 and dice.random() < _MERGE_SHARE
    decision = "split" if len(parts) > 1 else "merge" if merges else "keep"
    return {
        "nature": dice.choice(_NATURES),
        "sub_category": dice.choice(shown.choices("sub_category")),
        "volatility": "MEDIUM",
        "lifespan": "MULTI_YEAR",
        "version_strategy": "VERSIONED",
        "dimensions": list(shown.choices("dimensions")[:2]),
        "related": [{"skill": one["id"], "relation": "used_with"} for one in neighbours[:1]],
        "decision": decision,
        "merge_into": neighbours[0]["id"] if decision == "merge" else None,
        "parts": parts if decision == "split" else [],
    }


def described_role(shown: Shown, dice: random.Random) -> dict[str, Any]:
    """The answer to `describe_new_role`: what the nearest role has."""
    title, nearest = str(shown.blocks.get("title", "")), shown.offered("roles")[0]
    return {
        "aliases": [f"Senior {title}"] if len(title) < 40 and _PLAIN_TITLE.fullmatch(title) else [],
        "duties": [duty["id"] for duty in nearest["duties"][:3]],
        "dimensions": list(nearest["dimensions"][:3]),
        "parent": nearest["id"] if dice.random() < 0.5 else None,
    }


def enrichment(shown: Shown, dice: random.Random) -> dict[str, Any]:
    """The answer to `enrich`."""
    text = shown.description[:_LOOKED_AT]
    natures = shown.choices("nature_of_work")
    nature = dice.choice(natures) if natures and text.strip() else None
    stack, words = None, list[str]()
    for label, pattern in _STACKS:
        named = list(dict.fromkeys(pattern.findall(text)))
        if len(named) > 1:
            stack, words = label, named[:6]
            break
    return {
        "nature_of_work": nature,
        "nature_quotes": [phrase(text, dice)[:_LONGEST_QUOTE]] if nature else [],
        "stack": stack,
        "stack_words": words,
        "on_ai_team": _first(_ON_AI_TEAM, text),
        "builds_ai_products": _first(_BUILDS_AI, text),
    }


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found.group() if found else None


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


_words_of_library = lru_cache(maxsize=10_000)(_words)  # shown again and again
