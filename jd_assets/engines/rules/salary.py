"""Pay as stated, in the board's own field or in the description.

Money that is not this job's pay (funding, revenue, bonuses, allowances) is left alone: a figure in the text counts
only with a period, a pay word before it or a unit of pay such as LPA.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from jd_assets.engines.rules.phrases import read_table
from jd_assets.records import Salary, Section

Period = Literal["year", "month", "week", "day", "hour"]

_CURRENCIES = {row["name"]: row["code"] for row in read_table("currencies.csv")}
_SIGN = (
    r"(?:(?:US|CA|AU|NZ|SG|HK|C|A|S|R)?\$|[₹€£₱₦¥]|(?:Rs\.?|INR|USD|CAD|AUD|NZD|SGD|HKD|EUR|GBP|PHP|Php"
    r"|KES|KShs?\.?|Kshs?\.?|AED|SAR|CHF|MYR|RM|IDR|THB|ZAR|NGN|PLN|PKR|JPY|SEK|NOK|DKK"
    r"|BRL|MXN|P(?=\d{2}))(?![A-Za-z]))"
)
_AFTER = (
    r"(?:USD|INR|CAD|AUD|NZD|SGD|HKD|EUR|GBP|PHP|KES|KSH|AED|SAR|CHF|SEK|NOK|DKK|PLN|MYR|IDR|THB|ZAR|NGN"
    r"|PKR|JPY|BRL|MXN|VND|CNY|RMB|euros?|rupees|pesos|€|£|₹|zł|\$)"
)
_AMOUNT = r"\d{1,3}(?:,\d{2,3}){1,4}(?:\.\d{1,2})?|\d{1,9}(?:\.\d{1,2})?"
_SCALE = r"(?:lakhs?|lacs?|lpa\b|l\.p\.a\.?|crores?|cr\b|k\b|K\b|L\b|thousand\b|LPM\b)"
_RANGE = re.compile(
    rf"(?P<sign>{_SIGN})?\s{{0,2}}(?P<low>(?<![\d.,]){_AMOUNT})\s?(?P<low_scale>{_SCALE})?\s?(?P<low_code>{_AFTER})?(?:/-)?"
    rf"(?:\s?(?:p\.?a\.?|per annum|/\s?(?:yr|year|hr|hour|month|mo))?\s{{0,2}}(?:-|–|—|−|to|and"
    rf"|~)\s{{0,2}}(?P<sign2>{_SIGN})?\s{{0,2}}(?P<high>{_AMOUNT})\s?(?P<high_scale>{_SCALE})?)?(?:/-)?"
    rf"\s{{0,2}}(?P<code>{_AFTER})?(?![\d%]|[A-Za-z]{{3,}}\d)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d[\d,.]*")
_HINT = re.compile(rf"{_SIGN}|{_AFTER}|{_SCALE}", re.IGNORECASE)
_PERIOD_WORDS: tuple[tuple[Period, str], ...] = (
    ("hour", r"(?:/|per|an|a|p)\s?-?(?:hr|hour|h)\b|hourly\b|ph\b|p/h\b"),
    ("day", r"(?:/|per|a)\s?day\b|daily\b"),
    ("week", r"(?:/|per|a)\s?(?:week|wk)\b|weekly\b"),
    ("month", r"(?:/|per|a|p)\.?\s?-?(?:month|mo|mth)\b|monthly\b|p\.?m\.?\b|lpm\b|in hand"),
    (
        "year",
        r"(?:gross |base )?(?:(?:/|per|a|an)\s?(?:year|yr|annum)\b|annual(?:ly)?\b|yearly\b|p\.?\s?a\.?(?![a-z])"
        r"|lpa\b|ctc\b|OTE\b)",
    ),
)
_PERIODS: tuple[tuple[Period, re.Pattern[str]], ...] = tuple(
    (period, re.compile(rf"[\s()*]{{0,3}}(?:\w{{3}} )?(?:{words})", re.IGNORECASE)) for period, words in _PERIOD_WORDS
)
_PAY_WORD = re.compile(
    r"\b(?:salary|salaries|pay|paid|paying|compensation|ctc|package|remuneration|wages?|budget|rate"
    r"|stipend|base|earn(?:ing)?s?|OTE|offer(?:ing)?|hourly|annual|income)\b[^\n]{0,60}$",
    re.IGNORECASE,
)
_NOT_PAY_AFTER = re.compile(
    r"^\s{0,2}\+?\s?(?:million|billion|trillion|mn\b|bn\b|mm\b|[mb]\b|years?\b|yrs?\b|%|percent|users"
    r"|customers|employees|people|hours|days|months|weeks|countries|bonus|allowance|sign|referral|gift"
    r"|credit|off\b|x\b|/7|[ap]m\b)",
    re.IGNORECASE,
)
_AT_MOST = re.compile(r"\b(?:up to|maximum(?: of)?|max\.?|(?:no|not) more than)\s*:?\s*$", re.IGNORECASE)
_NOT_PAY_BEFORE = re.compile(
    r"\b(?:raised|funding|funded|revenue|revenues|valued|valuation|bonus(?: of)?|allowance(?: of)?"
    r"|budget of|worth|401|processed|assets|transactions|sales of|deals?|reimburse\w*|stipend for|credit"
    r"|grant|award|turnover|investment|donat\w+|discount|insur\w+|coverage|HMO|premium)\b[^\n.]{0,25}$",
    re.IGNORECASE,
)
_INDIAN_GROUPING = re.compile(r"\d{1,2},\d{2},\d{3}")
_SCALES = {"k": 1e3, "t": 1e3, "l": 1e5, "c": 1e7}  # by first letter: thousand, lakh, crore
_PLAUSIBLE: dict[Period, tuple[float, float]] = {  # in any currency
    "hour": (1, 20_000),
    "day": (5, 200_000),
    "week": (20, 1e6),
    "month": (50, 5e7),
    "year": (1_000, 1e9),
}
_NOT_STATED: frozenset[str] = frozenset({"about_company", "diversity"})
_MONTHLY = {
    "PHP": 500_000,
    "KES": 1_000_000,
    "INR": 99_999,
    "MYR": 30_000,
    "AED": 80_000,
    "NGN": 2_000_000,
    "PKR": 1_000_000,
    "IDR": 90_000_000,
}


def read_salary(text: str, sections: Sequence[Section], field: str | None) -> Salary | None:
    """The pay of the job, or None where none is stated or its currency cannot be known."""
    if field:
        for match in _RANGE.finditer(field[:200]):
            salary = _salary(field[:200], match, trusted=True)
            if salary:
                return salary
    for section in sections:
        if section.kind in _NOT_STATED:
            continue
        for match in _money(text, section):
            if match["sign"] or match["code"] or match["low_code"] or match["high_scale"] or match["low_scale"]:
                salary = _salary(text, match, trusted=False)
                if salary:
                    return salary
    return None


def _money(text: str, section: Section) -> Iterator[re.Match[str]]:
    """Figures with a sign of money beside them: the costly pattern is tried only there."""
    at = section.start
    for digits in _DIGITS.finditer(text, section.start, section.end):
        if digits.start() < at or not _HINT.search(
            text, max(section.start, digits.start() - 6), min(section.end, digits.end() + 8)
        ):
            continue
        for match in _RANGE.finditer(text, max(at, digits.start() - 8), min(section.end, digits.end() + 80)):
            at = max(at, match.end())
            yield match


def _salary(text: str, match: re.Match[str], *, trusted: bool) -> Salary | None:
    before, after = text[max(0, match.start() - 80) : match.start()], text[match.end() : match.end() + 30]
    if not trusted and (_NOT_PAY_AFTER.match(after) or _NOT_PAY_BEFORE.search(before)):
        return None
    low_scale, high_scale = (match["low_scale"] or "").lower(), (match["high_scale"] or "").lower()
    currency = _currency(match, low_scale or high_scale)
    low, high = _amount(match["low"], low_scale or high_scale), _amount(match["high"], high_scale or low_scale)
    if currency is None or low is None or (high is not None and high < low) or low <= 0:
        return None
    stated = _period(after, match, text)
    if not trusted and not (
        stated or _PAY_WORD.search(before) or (high is not None and (match["sign"] or match["code"]) and low >= 1000)
    ):
        return None
    period = stated or _usual_period(currency, high or low)
    if not _plausible(low, period):
        period = _usual_period(currency, high or low)
    if not _plausible(low, period):
        return None
    end = match.end() + (_period_length(after) if stated else 0)
    return Salary(
        min=None if high is None and _AT_MOST.search(before) else low,
        max=high if high is not None else low,
        currency=currency,
        period=period,
        raw=text[match.start() : end].strip(),
    )


def _currency(match: re.Match[str], scale: str) -> str | None:
    for name in ("sign", "sign2", "code", "low_code"):
        if match[name]:
            return _CURRENCIES.get(match[name].lower())
    if scale not in ("", "k", "thousand") or _INDIAN_GROUPING.search(match[0]):
        return "INR"  # lakhs and crores, and digits grouped as 3,00,000, are counted in rupees
    return None


def _amount(digits: str | None, scale: str) -> float | None:
    return round(float(digits.replace(",", "")) * _SCALES.get(scale[:1], 1.0), 2) if digits else None


def _period(after: str, match: re.Match[str], text: str) -> Period | None:
    scale = (match["high_scale"] or match["low_scale"] or "").lower()
    if scale.startswith("lpm"):
        return "month"
    for period, pattern in _PERIODS:
        if pattern.match(after) or pattern.match(re.sub(r"^.*?(?=/|per|p\.?a)", "", match[0], count=1)):
            return period
    return "year" if scale.startswith(("lpa", "l.p")) else None


def _period_length(after: str) -> int:
    return max((found.end() for _, pattern in _PERIODS if (found := pattern.match(after))), default=0)


def _usual_period(currency: str, amount: float) -> Period:
    if amount < 250 and currency not in ("INR", "PHP", "KES", "JPY"):
        return "hour"
    return "month" if amount <= _MONTHLY.get(currency, 9_000) else "year"


def _plausible(low: float, period: Period) -> bool:
    least, most = _PLAUSIBLE[period]
    return least <= low <= most
