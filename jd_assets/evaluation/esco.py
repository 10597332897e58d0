"""Matching measured on spans labelled with ESCO skills: how the right skill ranks, and what is wrongly linked.

Two questions are ranked: a span's own words, as the pipeline asks, and a whole sentence, as the benchmark is published
(Decorte et al. 2022, 2023). A sentence's ranking adds up the probabilities over the sentence and its parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from jd_assets.evaluation.rankings import RankingScores, ranking_scores
from jd_assets.evaluation.spans import Span, parts_of, sentences
from jd_assets.library.skill_matcher import SkillMatcher


class SpanScores(NamedTuple):
    """The figures of a set of spans; all shares are between 0 and 1."""

    spans: RankingScores
    sentences: RankingScores
    not_present: int  # spans whose skill the taxonomy does not hold
    not_present_linked: float  # the share of those that get a skill all the same
    labelled_linked: float  # the share of the others that get a skill
    linked_right: float  # the share of those in which it is a right one


class _Answers(NamedTuple):
    rankings: list[tuple[list[str], Collection[str]]]
    sentences: list[tuple[list[str], Collection[str]]]
    links: list[tuple[Span, str | None]]


def score_spans(matchers: Mapping[int, SkillMatcher], spans: Sequence[Span]) -> SpanScores:
    """The figures of spans; `matchers` holds for each fold the one that its spans are asked of."""
    asked = [_ask(matcher, [span for span in spans if span.fold == fold]) for fold, matcher in matchers.items()]
    links = [link for answers in asked for link in answers.links]
    absent = [skill for span, skill in links if span.not_present]
    labelled = [(span, skill) for span, skill in links if span.skills]
    linked = [(span, skill) for span, skill in labelled if skill]
    return SpanScores(
        ranking_scores(one for answers in asked for one in answers.rankings),
        ranking_scores(one for answers in asked for one in answers.sentences),
        len(absent),
        sum(skill is not None for skill in absent) / (len(absent) or 1),
        len(linked) / (len(labelled) or 1),
        sum(skill in span.skills for span, skill in linked) / (len(linked) or 1),
    )


def rank_sentences(matcher: SkillMatcher, asked: Sequence[str]) -> list[list[str]]:
    """For each sentence the skills, by the sum of their probabilities over the sentence and its parts."""
    parts = {sentence: parts_of(sentence) for sentence in asked}
    terms = list(dict.fromkeys(part for own in parts.values() for part in own))
    likely = dict(zip(terms, matcher.rank(terms), strict=True))
    ranked = []
    for sentence in asked:
        total: Counter[str] = Counter()
        for part in parts[sentence]:
            total.update(likely[part])
        ranked.append(sorted(total, key=lambda skill: (-total[skill], skill)))
    return ranked


def _ask(matcher: SkillMatcher, spans: Sequence[Span]) -> _Answers:
    phrases = [span.phrase for span in spans]
    matches = matcher.match(phrases)
    whole = sentences(spans)
    return _Answers(
        [(list(likely), span.skills) for span, likely in zip(spans, matcher.rank(phrases), strict=True)],
        list(zip(rank_sentences(matcher, list(whole)), whole.values(), strict=True)),
        [(span, matches[span.phrase].skill) for span in spans],
    )
