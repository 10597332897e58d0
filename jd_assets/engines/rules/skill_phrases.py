"""The phrases of a line that may name a skill: library aliases that count, and runs of words that stand where a name
may, or are often a skill elsewhere.

What belongs here: where phrases begin and end, and what stands at their edges. What does not: how likely a phrase names
a skill (`skill_features.py`, `skill_choice.py`), and whether an ambiguous alias counts (`skill_guards.py`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from jd_assets.engines.rules.skill_natures import IDEAS
from jd_assets.engines.rules.skill_ratings import rating_of
from jd_assets.library.skill_index import AliasHit
from jd_assets.library.tokens import Token, singular, token_lines
from jd_assets.records import Section

LONGEST = 4  # words of a phrase that the library does not know
SHORTEST = 3  # characters of it, where it is no abbreviation
OFTEN = 1.0  # rating from which a phrase may be a skill wherever it stands
NEAR = 2  # tokens between list items: a comma, or a comma and "and"
ABBREVIATION = "AA"  # the shape of a word in capitals
START, END, HYPHEN, DASH = "<start>", "<end>", "<hyphen>", "<dash>"

_LEADS = frozenset("with like as in using including".split())  # a list begins behind them
_MARKS = frozenset(',;:|•·()/&*–[]{}"“”>') | {START, END, DASH, "and", "or"}  # what list items and clauses end at
_GLUED = re.compile(r"[a-zA-Z0-9+#)]([A-Z][a-z]+)\b")  # "SQL ServerExperience", "(Git)Strong"
# What may stand inside a phrase: "A/B testing", "trust & safety", "chain of custody".
JOINTS = frozenset(("/", "&", "+", "'", "’", "and", "of", "for", "to", "in", "on", "with", "the"))


class TokenLine(NamedTuple):
    """The tokens between two line or sentence ends, and for each: the word without a plural s, how it is written, what
    stands before and behind it, and whether a list item or clause begins before it or ends behind it."""

    tokens: tuple[Token, ...]
    words: tuple[str, ...]
    shapes: tuple[str, ...]
    before: tuple[str, ...]
    behind: tuple[str, ...]
    opens: tuple[bool, ...]
    closes: tuple[bool, ...]


class Phrase(NamedTuple):
    """Tokens first..last (exclusive) of a line; `hit` is the library alias that they are, None if they are none that
    counts here."""

    first: int
    last: int
    hit: AliasHit | None
    why: str
    refused: str = ""  # the rule of the guard that does not let it count as an alias


def line_cuts(text: str, sections: Iterable[Section]) -> list[int]:
    """Where lines of a text end beside its line breaks: where a section begins, and before a word that opens a line
    whose break was lost."""
    openers = _sentence_openers()
    glued = (match.start(1) for match in _GLUED.finditer(text) if match[1] in openers)
    return sorted({*glued, *(section.start for section in sections if section.start)})


def read_lines(text: str, cuts: Sequence[int]) -> Iterator[TokenLine]:
    """The lines of a text, cut as the skill index cuts them."""
    for tokens in token_lines(text, cuts):
        yield _line(tokens, text)


def phrases(
    line: TokenLine,
    text: str,
    counted: Mapping[tuple[int, int], tuple[AliasHit, str]],
    refused: Mapping[tuple[int, int], AliasHit],
    barred: Collection[tuple[int, int]],
) -> list[Phrase]:
    """The phrases of a line of `text`. `counted` are the aliases that count, by their characters, each with the guard's
    reason; `refused` are those that do not. What is the name of something else where it is refused is a phrase only
    where it is listed as a name; the words for an idea are weighed like any other, unless their place is barred."""
    tokens = line.tokens
    firsts = {token.start: number for number, token in enumerate(tokens)}
    lasts = {token.end: number + 1 for number, token in enumerate(tokens)}
    found = [Phrase(firsts[start], lasts[end], hit, why) for (start, end), (hit, why) in counted.items()]
    known = tuple(found)
    names = [_may_name(token.form) for token in tokens]
    for first, opens in enumerate(line.opens):
        if not names[first] or line.before[first] == HYPHEN:
            continue
        for last in range(first + 1, min(len(tokens), first + LONGEST) + 1):
            if not names[last - 1]:
                if last - 1 == first or tokens[last - 1].form not in JOINTS:
                    break
            elif line.behind[last - 1] != HYPHEN:
                start, end = place = tokens[first].start, tokens[last - 1].end
                other = refused.get(place)
                short = end - start < SHORTEST
                if place in counted or place in barred or (short and (other or line.shapes[first] != ABBREVIATION)):
                    continue
                closes = line.closes[last - 1]
                between = not (first and names[first - 1]) and not (last < len(names) and names[last])
                beside = "" if short else _listed_beside(line, first, last, known, text)
                if beside or (
                    (other is None or other.entry.nature in IDEAS)
                    and _may_stand(rating_of(line.words[first:last]), opens, closes, between)
                ):
                    why = f"in a list with {beside!r}" if beside else ""
                    found.append(Phrase(first, last, None, why, other.entry.guard or "" if other else ""))
    return found


def _may_stand(rating: float | None, opens: bool, closes: bool, between: bool) -> bool:
    """Whether a run of words may name a skill in its place: as an item of its own any may; else one that is often a
    skill, and unless it never is, one at an edge of an item or between words that belong to no name."""
    if opens and closes:
        return True
    if rating is not None and rating >= OFTEN:
        return True
    return rating != 0 and (opens or closes or between)


def _listed_beside(line: TokenLine, first: int, last: int, known: Sequence[Phrase], text: str) -> str:
    """The known skill beside which words are a whole list item in the shape of a name; empty if they are none."""
    opens = line.opens[first] or line.before[first] in _LEADS
    if not (opens and line.closes[last - 1]) or "a" in line.shapes[first:last]:
        return ""
    for other in known:
        if 0 < first - other.last <= NEAR or 0 < other.first - last <= NEAR:
            name = text[line.tokens[first].start : line.tokens[last - 1].end]
            if _is_name(name, line.shapes[first:last], text, at_start=first == 0):
                return text[line.tokens[other.first].start : line.tokens[other.last - 1].end]
            return ""
    return ""


def _is_name(name: str, shapes: Collection[str], text: str, *, at_start: bool) -> bool:
    """Whether words with capitals are no ordinary words: those begin a line, or stand elsewhere in small letters."""
    if any(word.lower() in _not_skills() for word in re.split(r"[ -]", name)):
        return False
    if any(shape != "Aa" for shape in shapes):
        return True
    return not at_start and not name.endswith("ing") and re.search(rf"\b{re.escape(name.lower())}", text) is None


def _line(tokens: Sequence[Token], text: str) -> TokenLine:
    gaps = [text[left.end : right.start] for left, right in pairwise(tokens)]
    edges = [HYPHEN if gap == "-" else DASH if "-" in gap else "" for gap in gaps]
    before = (START, *(edge or token.form for edge, token in zip(edges, tokens, strict=False)))
    behind = (*(edge or token.form for edge, token in zip(edges, tokens[1:], strict=True)), END)
    return TokenLine(
        tuple(tokens),
        tuple(singular(token.form) for token in tokens),
        tuple(_shape(text[token.start : token.end]) for token in tokens),
        before,
        behind,
        tuple(form in _MARKS for form in before),
        tuple(form in _MARKS for form in behind),
    )


@lru_cache(maxsize=1 << 14)
def _shape(word: str) -> str:
    """How a word is written: capitals (A), small letters (a), digits (9)."""
    if word.isdigit():
        return "9"
    if word.isupper():
        return ABBREVIATION if len(word) > 1 else "A"
    if word.islower():
        return "a"
    if word[0].isupper() and word[1:].islower():
        return "Aa"
    return "a9" if any(char.isdigit() for char in word) else "aA"


@lru_cache(maxsize=1 << 14)
def _may_name(form: str) -> bool:
    """Whether a phrase that names a skill may begin or end with this token."""
    return (form[0].isalnum() or form[0] == ".") and not form.isdigit() and form not in _filler_words()


@cache
def _sentence_openers() -> frozenset[str]:
    return _read_words("sentence_openers.txt")


@cache
def _filler_words() -> frozenset[str]:
    return _read_words("filler_words.txt")


@cache
def _not_skills() -> frozenset[str]:
    return _read_words("not_skills.txt")


def _read_words(name: str) -> frozenset[str]:
    lines = (Path(__file__).with_name("data") / name).read_text(encoding="utf-8").split("\n")
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
