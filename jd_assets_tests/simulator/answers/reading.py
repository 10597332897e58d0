"""Answers that read a posting: its structure, its skills.

What belongs here: `nano_parse` and `extract_skills`, by a few plain patterns. What does not: good judgement; the
answers are sensible, verbatim and cheap, no more.
"""

from __future__ import annotations

import random
import re
from typing import Any

from jd_assets_tests.simulator.answers.channel import Shown

_FIRST_WORDS = re.compile(r"\S+(?:[ \t]+\S+){0,5}")
_ROLE = re.compile(r"[^\W_][^,|(/–—:\n]*[^\W_]|\w")
_HEADING = re.compile(r"^[ \t*#]*([A-Z][^.!?\n]{2,50}?)[ \t]*:?[ \t]*$", re.MULTILINE)
_KINDS = (
    ("about_company", re.compile(r"about (?:us|the company)|who we are|company", re.IGNORECASE)),
    ("responsibilities", re.compile(r"responsib|what you|duties|you will|role", re.IGNORECASE)),
    ("preferred", re.compile(r"prefer|nice to have|bonus|plus", re.IGNORECASE)),
    ("requirements", re.compile(r"require|qualif|must have|looking for|experience|skills", re.IGNORECASE)),
    ("benefits", re.compile(r"benefit|offer|perks", re.IGNORECASE)),
    ("how_to_apply", re.compile(r"appl", re.IGNORECASE)),
)
_SENIORITY = {
    "intern": "intern",
    "junior": "junior",
    "senior": "senior",
    "sr": "senior",
    "lead": "lead",
    "staff": "staff",
    "principal": "principal",
    "manager": "manager",
    "director": "executive",
}
_MODES = (("remote", re.compile(r"\bremote\b", re.I)), ("hybrid", re.compile(r"\bhybrid\b", re.I)))
_YEARS = re.compile(r"\b(\d{1,2})(?:\s?\+|\s?(?:-|–|to)\s?(\d{1,2}))?\s+years?\b", re.IGNORECASE)
_PAY = re.compile(r"([$€£])(\d{2,3}(?:,\d{3})+)\s?(?:-|–|to)\s?[$€£]?(\d{2,3}(?:,\d{3})+)")
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP"}
_MOST_SECTIONS, _LONGEST_WORDS = 30, 90
_LOOKED_AT = 4_000  # characters of a text, to stay cheap

_SKILLS = (
    "Python Java JavaScript TypeScript Kotlin Swift Scala Rust Ruby PHP SQL Go React Angular Vue Django Flask Spring "
    "FastAPI Node.js .NET Kafka Spark Airflow Hadoop Snowflake dbt PostgreSQL MySQL MongoDB Redis Elasticsearch AWS "
    "Azure GCP Docker Kubernetes Terraform Ansible Jenkins Git Linux Bash GraphQL REST TensorFlow PyTorch Pandas NumPy "
    "LLM RAG Tableau Excel Jira Agile Scrum Figma Salesforce SAP Selenium Cypress Prometheus Grafana Databricks"
).split()
KNOWN = re.compile(r"(?<![\w.+#-])(?:" + "|".join(map(re.escape, sorted(_SKILLS, key=len, reverse=True))) + r")(?!\w)")
_LISTED = re.compile(r"(?<=, )([A-Z][A-Za-z0-9]{2,20})(?=,| and | or )")  # an unknown name in a list
_MOST_LISTED = 3


def parsed(shown: Shown, dice: random.Random) -> dict[str, Any]:
    """The answer to `nano_parse`."""
    title, text = shown.title, shown.description
    role = _ROLE.search(title)
    words = re.findall(r"[a-z]+", title.lower())
    return {
        "posting_type": "job",
        "role": role.group()[:_LONGEST_WORDS].strip() if role else None,
        "role_aliases": [],
        "seniority": next((_SENIORITY[word] for word in words if word in _SENIORITY), None),
        "company": shown.company if shown.company and len(shown.company) < 60 and shown.company in text else None,
        **_work_mode(text[:_LOOKED_AT]),
        "experience": _experience(text[:_LOOKED_AT]),
        "relevant_experience": None,
        "salary": _salary(text[:_LOOKED_AT]),
        "sections": _sections(text),
    }


def named_skills(shown: Shown, dice: random.Random) -> dict[str, Any]:
    """The answer to `extract_skills`: well-known names, and a few unknown ones that stand in lists."""
    everything = f"{shown.title}\n{shown.description[:_LOOKED_AT]}"
    known = dict.fromkeys(KNOWN.findall(everything))
    listed = [name for name in dict.fromkeys(_LISTED.findall(everything)) if name not in known]
    names = [*known, *listed[:_MOST_LISTED]]
    often = {name for name in known if name in shown.title or everything.count(name) > 1}
    return {"skills": [{"name": name, "primary": name in often} for name in names]}


def _work_mode(text: str) -> dict[str, str | None]:
    for mode, pattern in _MODES:
        found = pattern.search(text)
        if found:
            return {"work_mode": mode, "work_mode_words": found.group()}
    return {"work_mode": None, "work_mode_words": None}


def _experience(text: str) -> dict[str, Any] | None:
    found = _YEARS.search(text)
    if found is None:
        return None
    low, high = float(found.group(1)), float(found.group(2)) if found.group(2) else None
    return {"min": low, "max": high if high is not None and high >= low else None, "words": found.group()}


def _salary(text: str) -> dict[str, Any] | None:
    found = _PAY.search(text)
    if found is None:
        return None
    low, high = sorted(float(found.group(number).replace(",", "")) for number in (2, 3))
    return {"min": low, "max": high, "currency": _CURRENCIES[found.group(1)], "period": "year", "words": found.group()}


def _sections(text: str) -> list[dict[str, Any]]:
    """The start of the text, and each line that looks like a heading of a known kind."""
    first = _FIRST_WORDS.search(text)
    if first is None:
        return []
    starts = [(first.start(), first.group()[:_LONGEST_WORDS], "summary", False)]
    for line in _HEADING.finditer(text, first.end()):
        kind = next((kind for kind, pattern in _KINDS if pattern.search(line.group(1))), None)
        if kind is not None and text.find(line.group(1), starts[-1][0] + len(starts[-1][1])) == line.start(1):
            starts.append((line.start(1), line.group(1), kind, True))
    return [
        {"kind": kind, "first_words": words, "has_heading": heading}
        for _, words, kind, heading in starts[:_MOST_SECTIONS]
    ]
