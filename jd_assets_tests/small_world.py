"""A small world for pipeline tests: a library of a few roles, postings to order, an embedder without a model.

Everything else in these tests is real: Postgres, LanceDB, dumps on disk, every stage.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jd_assets.dumps.boards import load_boards
from jd_assets.dumps.discovery import reference
from jd_assets.engines.openai.config import ModelsConfig
from jd_assets.engines.questions import Answerer
from jd_assets.judging import StageReport
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
from jd_assets.settings import Settings
from jd_assets.stages.registry import RECORD_OF
from jd_assets.store import Store
from jd_assets.workbench import Workbench

OpenWorld = Callable[[], AbstractContextManager["World"]]  # what the fixture `open_world` gives


class WordEmbedder:
    """Vectors from words alone: each word has a fixed direction, a text is the sum of its words, of length one."""

    name = "words/64"
    dim = 64

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row] += np.random.default_rng(zlib.crc32(word.encode())).standard_normal(self.dim)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)


SKILLS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "python": (("Python", "Python 3"), ("languages", "data-work")),
    "java": (("Java",), ("languages", "services")),
    "spring-boot": (("Spring Boot",), ("services",)),
    "rest-apis": (("REST APIs", "RESTful services"), ("services",)),
    "sql": (("SQL",), ("data-work", "databases")),
    "postgresql": (("PostgreSQL", "Postgres"), ("databases",)),
    "tableau": (("Tableau",), ("reports",)),
    "dashboards": (("dashboards",), ("reports", "data-work")),
    "react": (("React",), ("screens",)),
    "css": (("CSS",), ("screens",)),
    "go": (("Go",), ("languages", "services")),
}
ROLES: Mapping[str, tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "backend-engineer": (
        "Backend Developer",
        "Software",
        ("Backend Engineer", "Software Engineer"),
        ("languages", "services", "databases"),
        ("Design and build server side services", "Develop REST interfaces for other teams"),
    ),
    "frontend-engineer": (
        "Frontend Developer",
        "Software",
        ("Frontend Engineer", "UI Developer"),
        ("screens", "languages"),
        ("Build screens that people like to use", "Turn designs into web pages"),
    ),
    "data-analyst": (
        "Data Analyst",
        "Data",
        ("Reporting Analyst",),
        ("reports", "data-work", "databases"),
        ("Prepare reports and dashboards for managers", "Answer questions with queries"),
    ),
}


def small_library() -> Taxonomy:
    """Eleven skills, six dimensions, three roles."""
    dimensions = sorted({name for _, owned in SKILLS.values() for name in owned})
    return Taxonomy(
        skills=tuple(
            Skill(
                slug=slug,
                display_name=names[0],
                category="Concept",
                sub_category="Test",
                nature="CONCEPT",
                volatility="STABLE",
                lifespan="EVERGREEN",
                version_strategy="UNVERSIONED",
                dimensions=owned,
            )
            for slug, (names, owned) in SKILLS.items()
        ),
        skill_aliases=tuple(alias(name, slug) for slug, (names, _) in SKILLS.items() for name in names),
        guards=(Guard(alias="Go", rule="context", reason="the verb"),),
        dimensions=tuple(
            Dimension(slug=slug, display_name=slug.title(), rationale="For tests.", difficulty_hint="well_known")
            for slug in dimensions
        ),
        roles=tuple(Role(slug=slug, display_name=role[0], domain=role[1]) for slug, role in ROLES.items()),
        role_aliases=tuple(RoleAlias(alias=name, role=slug) for slug, role in ROLES.items() for name in role[2]),
        role_kras=tuple(Kra(role=slug, kra=kra) for slug, role in ROLES.items() for kra in role[4]),
        role_dimensions=tuple(
            RoleDimension(role=slug, dimension=name, weight="core") for slug, role in ROLES.items() for name in role[3]
        ),
        role_baselines=tuple(
            RoleBaseline(
                role=slug,
                nature_of_work="Building",
                nature_summary="Builds.",
                tech_stack_maturity="Mature Enterprise",
                maturity_reasoning="Typical.",
            )
            for slug in ROLES
        ),
    )


def alias(name: str, skill: str) -> SkillAlias:
    """A plain alias of a skill."""
    return SkillAlias(alias=name, skill=skill, type="SYNONYM", strategy="CASE_INSENSITIVE")


def posting(
    key: str, title: str = "Backend Engineer", skills: Sequence[str] = ("Java", "SQL"), duty: str = ""
) -> dict[str, str]:
    """A dump record that names these skills."""
    return {
        "id": f"job-{key}",
        "title": title,
        "company": "Acme",
        "location": "Pune, India",
        "description": (
            f"Responsibilities\n• {duty or 'Design and build server side services for our customers'}\n"
            f"• Work with the team of posting {key} on new features every day\n"
            f"Requirements\n• 3+ years of experience\n• {', '.join(skills)} for the daily work\n"
        ),
    }


@dataclass
class World:
    """An installation in a folder: dumps, a library, a workbench over a store."""

    store: Store
    folder: Path
    library: Taxonomy = field(default_factory=small_library)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "boards.toml").write_text("")
        self.settings = Settings(
            home=self.folder / "home",
            dumps_dir=self.folder / "dumps",
            taxonomy_dir=self.folder / "taxonomy",
            boards_file=self.folder / "boards.toml",
        )
        self.settings.dumps_dir.mkdir(exist_ok=True)
        self.bench = Workbench(self.store, self.settings, WordEmbedder())
        self.runs = 0
        self.ran: set[str] = set()

    def reopen(self, models: ModelsConfig, answerer: Answerer | None = None) -> None:
        """Go on with a workbench anew, as a new process would, its tasks answered so: by models as configured, or by
        `answerer` in their place."""
        self.close()
        self.bench = Workbench(self.store, self.settings, WordEmbedder(), models, answerer)

    def close(self) -> None:
        """Let go of connections to models."""
        self.bench.close()

    def write(self, records: Sequence[Mapping[str, Any]], board: str = "board", day: str = "2026-01-01") -> str:
        """Put a dump into the dumps folder and register it; its key."""
        path = self.settings.dumps_dir / f"{board}_{day}.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        dump = reference(path, load_boards(self.settings.boards_file), date=date.fromisoformat(day), board=board)
        self.store.dumps.register(dump)
        return dump.key

    def add_alias(self, name: str, skill: str) -> None:
        """Give a skill of the library another name."""
        self.library = replace(self.library, skill_aliases=(*self.library.skill_aliases, alias(name, skill)))

    def run(self, *dumps: str) -> dict[str, dict[str, Any]]:
        """Run dumps through every stage; the reports by stage of the last one."""
        self.bench.load_library(self.library)
        reports: list[StageReport] = []
        for dump in dumps:
            reports = self._run_one(dump)
        while waiting := [dump.key for dump in self.store.dumps.waiting() if dump.key in self.ran]:
            self._run_one(waiting[0])  # opened again: another dump dropped a posting that this one holds
        return {report.stage: {**report.details, **vars(report)} for report in reports}

    def _run_one(self, dump: str) -> list[StageReport]:
        self.runs += 1
        self.ran.add(dump)
        return self.bench.run_dump(dump, run_id=f"run-{self.runs}")

    def rows(self) -> dict[str, dict[str, Any]]:
        """Every current row's payload, by stage and posting, without anything that tells when or how often it was
        run."""
        found: dict[str, dict[str, Any]] = {}
        for stage in RECORD_OF:
            ids = [
                posting_id
                for dump in self.store.dumps.registered()
                for posting_id in self.store.rows.heads(stage, dump.key)
            ]
            payloads = self.store.rows.payloads(stage, ids)
            found[stage] = {posting_id: json.loads(payload) for posting_id, payload in payloads.items()}
        return found

    def outcome(self) -> dict[str, Any]:
        """All that a run leaves behind: rows, queue, centroids, quarantine."""
        centroids = self.store.centroids.of(WordEmbedder.name)
        return {
            "rows": self.rows(),
            "review": [
                (item.kind, item.subject, item.title, item.details, item.postings, item.examples, item.state)
                for item in self.store.review.items()
            ],
            "centroids": {role: (centroid.n, centroid.total.tolist()) for role, centroid in centroids.items()},
            "quarantine": [record.model_dump() for record in self.store.dumps.quarantined()],
        }
