"""The two run pages that this system was modelled on: their formulas reproduced, their visible mistakes avoided."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from jd_assets.evaluation.in_memory import judge_all
from jd_assets.library.role_index import kra_scores
from jd_assets.records import Posting
from jd_assets.stages.base import Upstream
from jd_assets_tests.shared import shared_folder

PAGES = ("000_836598eeb3ac2093.txt", "003_be57a97b50fef979.txt")
WANTED_ON_PAGE_0 = {
    "PHP",
    "REST APIs",
    "Relational Databases",
    "NoSQL",
    "Distributed Systems",
    "AWS",
    "GCP",
    "Azure",
    "Node.js",
    "Python",
    "Redis",
    "Memcached",
}


def page(name: str) -> str:
    return shared_folder("seeds", name).read_text(encoding="utf-8")


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The JSON documents printed on a page."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r"^\{$", text, re.MULTILINE):
        try:
            yield decoder.raw_decode(text, match.start())[0]
        except ValueError:
            continue


def signals(text: str) -> dict[str, Any]:
    return next(found["stage3_signals"] for found in documents(text) if "stage3_signals" in found)


def job_description(text: str) -> str:
    return text.split("\nJob description\n", 1)[1].split("\nSkills from this JD\n", 1)[0].strip()


@pytest.mark.parametrize("name", PAGES)
def test_the_kra_formula_reproduces_every_printed_score(name: str) -> None:
    roles = signals(page(name))["kra_match_roles"]
    assert len(roles) == 5
    for role in roles:
        parts = np.array([[match["similarity"]] for match in role["kra_matches"]], dtype=np.float32)
        # The page's similarities are rounded to four places, so its mean may differ by half a unit of the last one.
        assert kra_scores(parts)[0][0] == pytest.approx(role["score"], abs=1e-4)


@pytest.mark.parametrize("name", PAGES)
def test_the_skill_formula_reproduces_every_printed_score(name: str) -> None:
    for role in signals(page(name))["skill_match_roles"]:
        assert round(role["matched_count"] / role["total_count"], 4) == pytest.approx(role["score"], abs=1e-4)
        assert len(role["matched_skills"]) == role["matched_count"]


@pytest.fixture(scope="module")
def answered(builtin_stages: Any) -> list[Upstream]:
    postings = [
        Posting(posting_id=name, board="pages", title="", description=job_description(page(name))) for name in PAGES
    ]
    return judge_all(builtin_stages, postings)


def test_both_postings_become_backend_engineers(answered: list[Upstream]) -> None:
    roles = [item.role_decisions.role for item in answered]
    assert roles[0] == "backend-engineer"
    assert roles[1] == "backend-engineer"


def test_page_0_yields_every_skill_it_names(answered: list[Upstream]) -> None:
    found = {match.display_name for match in answered[0].skill_matches.matches}
    assert found >= WANTED_ON_PAGE_0


def test_page_3_keeps_both_statements_of_experience(answered: list[Upstream]) -> None:
    experience = answered[1].nano_parse.experience
    assert (experience.min, experience.relevant_min) == (3, 2)
