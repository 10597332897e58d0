"""Ambiguous names over the built-in library: probe sentences in which a word is a skill, and in which it is none.

`probes.csv` holds them: `text` is the whole description of a posting, `alias` the word in question, `skill` the skill
that it may name, `expected` whether it does here, `reason` what it means.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from jd_assets.evaluation.in_memory import judge_all
from jd_assets.library.files import read_folder
from jd_assets.library.skill_index import SkillIndex
from jd_assets.records import ExtractedSkills, Posting
from jd_assets.settings import Settings
from jd_assets.stages.extracted_skills import ExtractedSkillsStage
from jd_assets.stages.nano_parse import NanoParseStage

LEAST_PROBES = 300
LEAST_PRECISION = LEAST_RECALL = 0.97
TITLE = "Member of Our Staff"  # long enough that no probe is too short a posting, and it names no skill


class Probe(NamedTuple):
    text: str
    alias: str
    skill: str
    expected: str
    reason: str


class Outcome(NamedTuple):
    probe: Probe
    taken: bool
    why: str

    def __str__(self) -> str:
        missed = "missed" if self.probe.expected == "yes" else "wrongly taken"
        return f"{missed} {self.probe.alias!r} in {self.probe.text!r} ({self.probe.reason}): {self.why}"


def read_probes() -> list[Probe]:
    with Path(__file__).with_name("probes.csv").open(newline="", encoding="utf-8") as file:
        return [Probe(**row) for row in csv.DictReader(file)]


def outcome(probe: Probe, found: ExtractedSkills, index: SkillIndex) -> Outcome:
    """Whether the posting is said to name the skill; a candidate for a new skill of that name counts too."""
    for taken in found.final_skills:
        known = {entry.skill for entry in index.exact(taken.name)} if taken.origin == "library" else set()
        if probe.skill in known or (taken.origin == "pattern" and taken.name.lower() == probe.alias.lower()):
            return Outcome(probe, True, f"{taken.name!r}, {taken.why}")
    reasons = [f"{term.text!r}, {term.reason}" for term in found.refused]
    return Outcome(probe, False, "; ".join(reasons) or "no alias found")


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    index = SkillIndex(read_folder(Settings.load({}).taxonomy_dir))
    stages = {stage.name: stage for stage in (NanoParseStage(), ExtractedSkillsStage(index))}
    probes = read_probes()
    judged = judge_all(
        stages,
        [Posting(posting_id=probe.text, board="test", title=TITLE, description=probe.text) for probe in probes],
    )
    assert {item.nano_parse.JD_type for item in judged} == {"pass"}
    return [outcome(probe, item.extracted_skills, index) for probe, item in zip(probes, judged, strict=True)]


def test_the_probes_ask_both_ways() -> None:
    probes = read_probes()
    assert len({probe.text for probe in probes}) == len(probes) >= LEAST_PROBES
    assert {probe.expected for probe in probes} == {"yes", "no"}
    assert min(sum(probe.expected == way for probe in probes) for way in ("yes", "no")) > len(probes) / 3


def test_ambiguous_names_are_told_from_ordinary_words(outcomes: list[Outcome]) -> None:
    taken = [found for found in outcomes if found.taken]
    wanted = [found for found in outcomes if found.probe.expected == "yes"]
    right = sum(found.probe.expected == "yes" for found in taken)
    precision, recall = right / len(taken), right / len(wanted)
    failing = [str(found) for found in outcomes if found.taken != (found.probe.expected == "yes")]
    report = f"{len(outcomes)} probes: precision {precision:.3f}, recall {recall:.3f}\n" + "\n".join(failing)
    print(report)
    assert precision >= LEAST_PRECISION and recall >= LEAST_RECALL, report
