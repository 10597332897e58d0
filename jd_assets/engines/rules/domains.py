"""The business that the employer is in, by cue words of a table (`data/domains.csv`).

A cue counts most in what the company says about itself, less in the role's summary and title, least elsewhere; too few
cues mean no domain. Skills say nothing here: a bank's Java developer works in banking.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from jd_assets.engines.rules.phrases import PhraseTable, read_table, split_list
from jd_assets.engines.rules.sections import in_sections
from jd_assets.records import Domain, DomainLabel, Section

_ROWS = read_table("domains.csv")
_LABELS = {row["domain"]: DomainLabel(domain=row["domain"], aliases=split_list(row["aliases"])) for row in _ROWS}


def _by_cue(rows: Iterable[dict[str, str]]) -> Iterable[tuple[str, tuple[str, ...]]]:
    domains: dict[str, list[str]] = {}
    for row in rows:
        for cue in split_list(row["cues"]):
            domains.setdefault(cue.lower(), []).append(row["domain"])
    return ((cue, tuple(names)) for cue, names in domains.items())


_CUES = PhraseTable(_by_cue(_ROWS))
_WEIGHTS = {
    "about_company": 3.0,
    "summary": 2.0,
    "responsibilities": 0.5,
    "requirements": 0.5,
    "preferred": 0.25,
    "skills": 0.0,
}
_NAME_WEIGHT = 3.0  # the company's name and the title
_REPEATS = 3  # a cue said ten times says no more than said three times
PRIMARY_FLOOR = 3.0
SECONDARY_FLOOR = 3.0
SECONDARY_SHARE = 0.5


def read_domain(title: str, company: str | None, text: str, sections: Sequence[Section]) -> Domain:
    """The employer's domain and, where a second one is nearly as plain, that too."""
    scores: dict[str, float] = defaultdict(float)
    seen: Counter[str] = Counter()
    named = f"{company or ''}\n{title}"
    found = [(named[hit.start : hit.end], hit.value, _NAME_WEIGHT) for hit in _CUES.find(named)]
    found += [
        (text[hit.start : hit.end], hit.value, _weight(section))
        for hit, section in in_sections(_CUES.find(text), sections)
    ]
    for words, domains, weight in found:
        cue = words.lower()
        seen[cue] += int(weight > 0)
        if seen[cue] <= _REPEATS:
            for domain in domains:
                scores[domain] += weight * (1.5 if " " in cue else 1.0)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or ranked[0][1] < PRIMARY_FLOOR:
        return Domain()
    second = next(
        (name for name, score in ranked[1:2] if score >= max(SECONDARY_FLOOR, SECONDARY_SHARE * ranked[0][1])), None
    )
    return Domain(primary=_LABELS[ranked[0][0]], secondary=_LABELS[second] if second else None)


def _weight(section: Section) -> float:
    """Duties without a heading stand in the posting's introduction, which says where the role is."""
    introduces = section.kind == "responsibilities" and section.heading is None
    return _WEIGHTS.get("summary" if introduces else section.kind, 0.0)
