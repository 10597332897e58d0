"""What a stage is: it gathers what the library says about a posting, then judges from that alone.

A stage has two steps. `gather` may ask the library and the embedder; what it returns for a posting, its *facts*, is
the part of the library that the posting touches. `judge` is pure: upstream records and facts in, one record out; it
never sees the library. So a row depends on exactly code version, upstream outputs and facts, their hash is its input
hash, and an incremental run cannot differ from a run from nothing. Stages know no Dagster, no SQL and no network.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from jd_assets.engines.questions import Unanswered
from jd_assets.hashing import digest
from jd_assets.records import (
    ExtractedSkills,
    NanoParse,
    Posting,
    Record,
    RoleDecision,
    RoleSignals,
    SkillMatches,
)
from jd_assets.versions import source_version

Facts = TypeVar("Facts")
Output = TypeVar("Output", bound=Record)


@dataclass(frozen=True, slots=True)
class Upstream:
    """The records of one posting that a stage reads; only those that the stage names in `reads` are filled."""

    posting: Posting
    nano_parse: NanoParse = field(default=NanoParse(JD_type="pass", role=None))
    extracted_skills: ExtractedSkills = field(default=ExtractedSkills())
    skill_matches: SkillMatches = field(default=SkillMatches())
    role_signals: RoleSignals = field(default=RoleSignals())
    role_decisions: RoleDecision = field(default=RoleDecision(case="REJECTED"))


@dataclass(slots=True)
class Tally:
    """What was asked of models while postings were judged."""

    escalated: int = 0  # postings about which anything was asked
    questions: int = 0
    kept: int = 0  # questions that were not asked, because the rules' answer was sure enough
    cache_hits: int = 0  # questions whose answer was there already
    fell_back: int = 0  # postings whose record stayed without an answer, as configured


class Stage(ABC, Generic[Facts, Output]):
    """One step of the pipeline, for one posting at a time.

    `name` is the stage's and its asset's name; `reads` the stages whose records it needs (the posting always);
    `library_parts` the tables of the library that `gather` looks at: while they are unchanged, facts are too.
    `shares_judgement`: a near duplicate takes the record of its cluster's first posting instead of its own. `batch`:
    how many postings are gathered and judged together.
    """

    name: str
    reads: tuple[str, ...] = ("postings",)
    library_parts: tuple[str, ...] = ()
    output: type[Record]
    shares_judgement: bool = False
    asks: bool = False  # whether models may be asked
    batch: int = 500  # enough to embed in bulk, little enough to report progress

    @abstractmethod
    def gather(self, batch: Sequence[Upstream]) -> Sequence[Facts]:
        """What the library says about each posting: hashable by `hashing.digest`, one entry per posting, in order."""

    @abstractmethod
    def judge(self, upstream: Upstream, facts: Facts) -> Output:
        """The stage's answer for one posting, from its upstream records and facts alone."""

    def judge_batch(self, batch: Sequence[tuple[Upstream, Facts]], tally: Tally) -> Sequence[Output | Unanswered]:
        """The answers for several postings, in order; Unanswered where a model was asked and gave none that counts."""
        return [self.judge(upstream, facts) for upstream, facts in batch]

    def adopt(self, record: Output, leader: str) -> Output:
        """The record as a duplicate takes it over from its cluster's first posting."""
        return record

    def settings(self) -> Any:
        """What else decides the answers: thresholds, the embedder's name. Part of the code version."""
        return None

    @cached_property
    def code_version(self) -> str:
        """Derived from the stage's source, all it imports of engines and library, its output schema and settings."""
        return digest(source_version(type(self).__module__), self.output.model_json_schema(), self.settings())
