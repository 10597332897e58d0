"""A library for stage tests: a few skills with every kind of condition, and roles that reach every kind of decision."""

from __future__ import annotations

from collections.abc import Sequence

from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets_tests.library.builders import joined, role, skill

GUARDED = ("R", "Go", "C", "Rust", "Swift", "SAS", "Excel", "Spring")

LIBRARY = joined(
    *(skill(name.lower(), name, dimensions=["languages"], guard="context") for name in GUARDED if name != "Spring"),
    skill("spring", "Spring", dimensions=["java-things"], guard="context", tags=["Java"]),
    skill("julia", "Julia", dimensions=["languages"], guard="case"),
    skill("spring-boot", "Spring Boot", dimensions=["java-things"]),
    skill("java", "Java", dimensions=["java-things"]),
    skill("maven", "Maven", dimensions=["java-things"]),
    skill("gradle", "Gradle", dimensions=["java-things"]),
    skill("python", "Python", dimensions=["languages"]),
    skill("cpp", "C++", dimensions=["languages"]),
    skill("csharp", "C#", dimensions=["languages"]),
    skill("dotnet", ".NET", dimensions=["languages"]),
    skill("node", "Node.js", dimensions=["services"]),
    skill("rest", "REST API", dimensions=["services"]),
    skill("aws", "AWS", dimensions=["services"], strategy="EXACT_CASE"),
    skill("access", "Access", dimensions=["databases"], guard="phrase"),
    skill("microsoft-access", "Microsoft Access", dimensions=["databases"]),
    skill("postgresql", "PostgreSQL", "Postgres", dimensions=["databases"]),
    *(skill(name.lower(), name, dimensions=["services"]) for name in ("Kafka", "Redis", "Nginx", "Envoy", "Consul")),
    *(skill(name.lower(), name, dimensions=["reports"]) for name in ("Tableau", "Looker", "Qlik")),
    role(
        "backend",
        "Backend Developer",
        "Software Engineer",
        dimensions={"services": "core", "databases": "common"},
        kras=["Design and build server side services", "Keep services running day and night"],
        baseline={},
    ),
    role(
        "java-backend",
        "Java Backend Developer",
        dimensions=["java-things"],
        kras=["Write and tune Java programs on the virtual machine"],
        parent="backend",
        baseline={},
    ),
    role(
        "analyst",
        "Data Analyst",
        "Reporting Analyst",
        dimensions=["reports"],
        kras=["Prepare reports and dashboards for managers"],
        domain="Data",
        baseline={},
    ),
    role(
        "tester",
        "Test Engineer",
        "Software Engineer",
        dimensions=["tests"],
        kras=["Write and run tests of every release"],
        domain="Quality",
        baseline={},
    ),
    role("florist", "Florist", kras=["Bind flowers into bouquets for customers"], domain=OUTSIDE_TECHNOLOGY),
)

SERVICE_DUTIES = (
    "Design and build server side services for customers",
    "Keep services running day and night for all users",
)
SERVICE_SKILLS = ("Kafka", "Redis")


def text(duties: Sequence[str] = (), skills: Sequence[str] = ()) -> str:
    """A description with these duties and a requirement that names these skills."""
    parts = ["Responsibilities\n", *(f"• {duty}\n" for duty in duties)] if duties else []
    parts.append("Requirements\n• 3+ years of experience in the field\n")
    if skills:
        parts.append(f"• {', '.join(skills)} for the daily work\n")
    return "".join(parts)
