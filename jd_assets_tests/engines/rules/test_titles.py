"""The role is the part of a title that names an occupation; the rest are aliases, level, employer or noise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jd_assets.engines.rules.titles import Title, read_title


def read(title: str, text: str = "") -> Title:
    return read_title(title, None, text)


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Senior Software Engineer II", "Software Engineer"),
        ("Sr. Data Analyst (Remote) - Pune", "Data Analyst"),
        ("Hot openings for Data Analyst", "Data Analyst"),
        ("Senior Software Engineer_ML", "Software Engineer"),
        ("URGENT HIRING for Java Developer - 5 positions!!", "Java Developer"),
        ("Lead Data Engineer", "Data Engineer"),
        ("Associate Product Manager", "Product Manager"),
        ("Senior Manager - Business Development", "Business Development Manager"),
        ("VP - Data Science", "VP Data Science"),
        ("Engineer, Backend", "Backend Engineer"),
        ("Harbour Bank Hiring Credit Officer", "Credit Officer"),
        ("MECHANICAL ENGINEER", "Mechanical Engineer"),
        ("Video Editor, Manila", "Video Editor"),
        ("Full Stack Developer (m/f/d) #12345", "Full Stack Developer"),
        ("Machine Learning", "Machine Learning"),
        ("Staff Nurse", "Staff Nurse"),
        ("Software Engineer in Pune", "Software Engineer"),
        ("Software Engineer in Test", "Software Engineer in Test"),
    ],
)
def test_the_clean_role(title: str, role: str) -> None:
    assert read(title).role == role


@pytest.mark.parametrize(
    ("title", "aliases"),
    [
        ("Software Engineer", {"Software Developer"}),
        ("Data Analyst / BI Developer", {"BI Developer"}),
        ("Frontend/Backend Developer", {"Backend Developer", "Frontend Engineer"}),
        ("Software Engineer_ML", {"ML Engineer"}),
        ("Software Engineer (Java, Scala)", {"Java Engineer", "Java Developer", "Scala Engineer"}),
        ("Senior Accountant", {"Senior Accountant"}),
    ],
)
def test_other_names_of_the_role(title: str, aliases: set[str]) -> None:
    assert set(read(title).aliases) >= aliases


def test_a_network_engineer_is_no_network_developer() -> None:
    assert read("Network Engineer").aliases == ()


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("Jr. Clerk", "junior"),
        ("Sr Clerk", "senior"),
        ("Principal Engineer", "principal"),
        ("Software Engineer II", "mid"),
        ("Marketing Intern", "intern"),
        ("Director of Sales", "executive"),
        ("Team Lead", "lead"),
        ("Office Manager", "manager"),
        ("Carpenter", None),
        ("Energy Management Analyst", None),
    ],
)
def test_the_level_that_a_title_names(title: str, seniority: str | None) -> None:
    assert read(title).seniority == seniority


@pytest.mark.parametrize(
    ("title", "archetype"),
    [
        ("Backend Developer", "Engineering"),
        ("Data Engineer", "Data"),
        ("Product Manager", "Management"),
        ("UX Designer", "Design"),
        ("Help Desk Technician", "Support"),
        ("HR Generalist", "People"),
        ("Sales Manager", "Marketing"),
        ("Financial Analyst", "Analysis"),
        ("Tax Consultant", "Consulting"),
        ("Network Administrator", "Operations"),
        ("Carpenter", "Other"),
    ],
)
def test_the_kind_of_work(title: str, archetype: str) -> None:
    assert read(title).archetype == archetype


def test_a_headline_names_company_and_role() -> None:
    found = read("", "Fernhill | Senior Backend Engineer | Oslo | REMOTE\nWe make irrigation software.")
    assert (found.company, found.role, found.seniority) == ("Fernhill", "Backend Engineer", "senior")


def test_without_a_title_the_text_says_who_is_wanted() -> None:
    assert read("", "We are looking for an experienced rust developer to help us.").role == "Rust Developer"
    assert read("", "Fernhill is hiring talented backend engineers in Oslo.").role == "Backend Engineer"
    assert read("", "Is this thread still open?").role is None


@given(st.text(max_size=150), st.text(max_size=150))
def test_any_title_is_read(title: str, text: str) -> None:
    found = read_title(title, None, text)
    assert found.role is None or found.role.strip() == found.role
    assert all(alias for alias in found.aliases)
