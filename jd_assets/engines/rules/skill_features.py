"""What speaks for or against a phrase being a skill: the features that the weights in `skill_choice.csv` are of.

What belongs here: reading features off a phrase, its line and its posting. What does not: their weights
(`skill_choice.py`; learned by `evaluation/learn_skills.py`). A feature is "group=value", its value mostly with the kind
of the phrase before it: `lib` (an alias of the library) or `new` (not in the library).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from jd_assets.engines.rules.skill_phrases import JOINTS, NEAR, Phrase, TokenLine
from jd_assets.engines.rules.skill_ratings import UNKNOWN, expected, rating_features, rating_said
from jd_assets.library.common_words import common_words

LIB, NEW = "lib", "new"

SHAPE_WORDS = 3
HOLDS = ("an alias", "an alias at its end", "an alias at its start")
QUOTE = "'"
HIGHEST = 4.5  # of what is expected of a phrase: more says no more
SIZE_STEP, SIZE_MOST = 8, 6  # of a posting, told by the number of library skills in it …
RATED_SIZE_STEP, RATED_SIZE_MOST = 12, 4  # … more coarsely beside a rating


def mention_features(phrase: Phrase, line: TokenLine, text: str, section: str, known: Sequence[Phrase]) -> list[str]:
    """The features of one mention; `known` are the aliases that count in the same line."""
    first, last = phrase.first, phrase.last
    kind = NEW if phrase.hit is None else LIB
    before, behind = line.before[first], line.behind[last - 1]
    edges = f"{'[' if line.opens[first] else '_'}{']' if line.closes[last - 1] else '_'}"
    found = [
        f"section={kind} {section}",
        f"before={before}",
        f"behind={behind}",
        f"kind-behind={kind} {behind}",
        f"edges={kind} {edges}",
        f"shape={kind} {' '.join(line.shapes[first:last][:SHAPE_WORDS])}",
    ]
    if phrase.refused:
        found += (f"refused={phrase.refused} {edges}", f"refused-section={section}")
    _alias(phrase, text, found)
    _words(line.words[first:last], kind, found)
    _company(phrase, line, known, kind, found)
    return found


def posting_features(
    key: tuple[str, ...], kind: str, group: str, mentions: int, technical: float, skills: int
) -> list[str]:
    """The features that a term has by its words and its posting: how often it stands there, how many of the library's
    skills do, and the share of technologies and products among these."""
    return [
        *rating_features(key, kind),
        f"mentions={kind} {group} {min(mentions, 4)}",
        f"technical={kind} {group} {min(int(technical * 5), 4)}",
        f"skills={kind} {min(skills // SIZE_STEP, SIZE_MOST)}",
        f"rated-skills={rating_said(key)} {min(skills // RATED_SIZE_STEP, RATED_SIZE_MOST)}",
    ]


def rivals(found: Sequence[Phrase], line: TokenLine) -> Iterator[tuple[float, float]]:
    """For each phrase of a line what is expected of the best longer phrase around it, and of the best across it
    (0: there is none)."""
    expectations = [expected(line.words[one.first : one.last], is_alias=one.hit is not None) for one in found]
    starting: dict[int, list[int]] = {}
    for number, one in enumerate(found):
        starting.setdefault(one.first, []).append(number)
    longest = max((one.last - one.first for one in found), default=0)
    for one in found:
        around, across = 0.0, 0.0
        for first in range(max(0, one.first - longest), one.last):
            for number in starting.get(first, ()):
                other = found[number]
                if other is one or other.last <= one.first:
                    continue
                if other.first <= one.first and one.last <= other.last:
                    around = max(around, expectations[number])
                elif not (one.first <= other.first and other.last <= one.last):
                    across = max(across, expectations[number])
        yield around, across


def rival_features(kind: str, around: float, across: float) -> tuple[str, str]:
    """The features of a term by its rivals, the best over all its mentions."""
    return f"around={kind} {_coarsely(around)}", f"across={kind} {_coarsely(across)}"


def _coarsely(value: float) -> str:
    return str(round(min(value, HIGHEST))) if value else UNKNOWN


def _alias(phrase: Phrase, text: str, found: list[str]) -> None:
    if phrase.hit is None:
        found.append(f"length={NEW} {phrase.last - phrase.first}")
        return
    entry = phrase.hit.entry
    found += (
        f"nature={entry.nature}",
        f"why={phrase.why.split(QUOTE)[0].strip()}",
        f"guard={entry.guard or 'none'}",
        f"length={LIB} {min(phrase.last - phrase.first, 3)}",
    )
    if phrase.hit.tag is not None:
        found.append("tag=named")
    if entry.alias.islower() != text[phrase.hit.start : phrase.hit.end].islower():
        found.append("case=other")


def _words(words: Sequence[str], kind: str, found: list[str]) -> None:
    found += [f"word={word}" for word in words]
    found.append(f"last={words[-1]}")
    found.append(f"first={words[0]}" if len(words) > 1 else f"only={words[0]}")
    found.append(f"common={kind} {sum(map(_is_common, words))} of {len(words)}")
    joint = next((word for word in words[1:-1] if word in JOINTS), None)
    if joint:
        found += (f"joint={joint}", f"joined={kind}")


@lru_cache(maxsize=1 << 14)
def _is_common(word: str) -> bool:
    return word in common_words() or f"{word}s" in common_words()


def _company(phrase: Phrase, line: TokenLine, known: Sequence[Phrase], kind: str, found: list[str]) -> None:
    """Aliases that overlap the phrase or stand next to it in a list."""
    inside, holds, beside = False, 0, 0
    first, last = phrase.first, phrase.last
    opens, closes = line.opens[first], line.closes[last - 1]
    for other in known:
        if other is phrase:
            continue
        if other.first <= first and last <= other.last:
            inside = True
        elif first <= other.first and other.last <= last:
            holds = max(holds, 1 + (other.last == last) + 2 * (other.first == first))
        elif other.first < last and first < other.last:
            found.append(f"crosses={kind}")
        elif (opens and 0 < first - other.last <= NEAR) or (closes and 0 < other.first - last <= NEAR):
            beside += 1
    if inside:
        found.append(f"inside={kind}")
    if holds:
        found.append(f"holds={kind} {HOLDS[holds - 1]}")
    found.append(f"beside={kind} {min(beside, 2)}")
