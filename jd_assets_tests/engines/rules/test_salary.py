"""Pay is read in many currencies and wordings; other money is left alone."""

from __future__ import annotations

import pytest

from jd_assets.engines.rules.salary import read_salary
from jd_assets_tests.engines.rules.writing import whole

Pay = tuple[float | None, float | None, str, str] | None


def pay(text: str = "", field: str | None = None) -> Pay:
    found = read_salary(text, whole(text), field)
    return (found.min, found.max, found.currency, found.period) if found else None


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("₹7,00,000 - ₹15,00,000 a year", (700_000, 1_500_000, "INR", "year")),
        ("3,00,000 - 6,00,000 PA.", (300_000, 600_000, "INR", "year")),
        ("6-10 Lacs P.A.", (600_000, 1_000_000, "INR", "year")),
        ("$53K-$91K (estimated)", (53_000, 91_000, "USD", "year")),
        ("$20.50 an hour", (20.5, 20.5, "USD", "hour")),
        ("€60k", (60_000, 60_000, "EUR", "year")),
        ("25396.0 - 27476.0 GBP", (25_396, 27_476, "GBP", "year")),
        ("PHP 30,000 - 40,000", (30_000, 40_000, "PHP", "month")),
        ("KES 100,000 per month", (100_000, 100_000, "KES", "month")),
        ("Not disclosed", None),
        ("85000", None),
    ],
)
def test_a_boards_salary_field(field: str, expected: Pay) -> None:
    assert pay(field=field) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The base salary range is $146,500/year to $271,700/year.", (146_500, 271_700, "USD", "year")),
        ("Pay: Rs. 25,000/- per month", (25_000, 25_000, "INR", "month")),
        ("CTC: 10-12 LPA", (1_000_000, 1_200_000, "INR", "year")),
        ("Compensation: £45k-£55k plus bonus", (45_000, 55_000, "GBP", "year")),
        ("Salary: up to $1,500 per month", (None, 1_500, "USD", "month")),
        ("We raised $75 million in our last round.", None),
        ("A $500 bonus for every referral.", None),
        ("You manage a budget of $200,000.", None),
        ("Served 3,000,000 clients, 15% off, 401(k).", None),
        ("370 Cr learning minutes spent", None),
    ],
)
def test_statements_in_the_text(text: str, expected: Pay) -> None:
    assert pay(text) == expected


def test_the_words_are_kept() -> None:
    found = read_salary("Salary: $4-$7 USD/hr, paid weekly", whole("Salary: $4-$7 USD/hr, paid weekly"), None)
    assert found is not None
    assert found.raw == "$4-$7 USD/hr"
