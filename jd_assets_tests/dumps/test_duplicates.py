"""Duplicates: reposts and copies are found, other jobs never, and the past never changes."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.dumps.duplicates import NEAR, Fingerprint, assign, fingerprint, resemblance, title_key
from jd_assets.records import Posting

WORDS = """weave mend dye spin cloth loom mill thread pattern wool linen silk quality team customer order plan repair
    learn teach measure improve report design machine shift safety colour stock supply""".split()
BOILERPLATE = " ".join(random.Random(0).choices(WORDS, k=60))


def text(seed: int, count: int = 150) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=count))


def posting(name: str, description: str, title: str = "Weaver", **fields: str) -> Posting:
    return Posting(posting_id=name, board="looms", title=title, description=description, **fields)  # type: ignore[arg-type]


def assigned(*postings: Posting) -> dict[str, tuple[str, str]]:
    return dict(assign([fingerprint(item) for item in postings], []))


def test_the_same_posting_under_another_key_and_link_is_an_exact_duplicate() -> None:
    first = posting("a", text(1), company="Looms", url="https://a.example", posted_at="2026-01-01")
    again = posting("b", text(1), company="Looms", url="https://b.example")
    assert assigned(first, again) == {"b": ("a", "exact")}


def test_a_repost_with_another_date_and_place_is_a_near_duplicate() -> None:
    first = posting("a", f"Posted 3 May. Aix. {text(1)}", title="Weaver - Aix", location="Aix")
    again = posting("b", f"Posted 9 June. Bonn. {text(1)}", title="Weaver (Bonn)", location="Bonn")
    assert assigned(first, again) == {"b": ("a", "near")}


def test_an_agencys_copy_is_a_near_duplicate() -> None:
    first = posting("a", text(1), company="Looms")
    copy = posting(
        "b", f"{text(1)} Our client asks you to apply through us.", title="URGENT: Weaver (m/f/d)", company="Agency"
    )
    assert assigned(first, copy) == {"b": ("a", "near")}


def test_postings_that_share_boilerplate_are_no_duplicates() -> None:
    assert assigned(posting("a", f"{BOILERPLATE} {text(1, 60)}"), posting("b", f"{BOILERPLATE} {text(2, 60)}")) == {}


@pytest.mark.parametrize("other", ["Senior Weaver", "Weaver II", "Dyer", "Weaver, Silk"])
def test_other_jobs_with_the_same_text_are_no_duplicates(other: str) -> None:
    assert assigned(posting("a", text(1)), posting("b", text(1), title=other)) == {}


def test_short_texts_are_duplicates_only_if_they_are_equal() -> None:
    short = text(1, 30)
    assert assigned(posting("a", short), posting("b", short + " now")) == {}
    assert assigned(posting("a", short), posting("b", short)) == {"b": ("a", "exact")}


def test_titles_are_compared_without_decoration() -> None:
    assert title_key(posting("a", "", title="Remote Weaver (m/f/d) - Aix #4711", location="Aix, France")) == "weaver"
    assert title_key(posting("a", "", title="Remote")) == "remote"


def test_the_estimate_is_near_the_true_resemblance() -> None:
    words = text(1, 1_000).split()
    changed = [*words[:900], *text(2, 100).split()]
    prints = [fingerprint(posting(name, " ".join(part))) for name, part in (("a", words), ("b", changed))]
    shingles = [{tuple(part[start : start + 3]) for start in range(len(part) - 2)} for part in (words, changed)]
    true = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
    assert abs(resemblance(prints[0].signature, prints[1].signature) - true) < 0.1 < NEAR


def test_a_leader_of_an_earlier_dump_goes_before_one_of_the_same() -> None:
    earlier = fingerprint(posting("a", text(1)))
    own = [fingerprint(posting(name, text(1))) for name in ("b", "c")]
    assert assign(own, [earlier]) == {"b": ("a", "exact"), "c": ("a", "exact")}


def test_a_posting_seen_again_is_no_duplicate_of_itself() -> None:
    earlier = fingerprint(posting("a", text(1)))
    assert assign([fingerprint(posting("a", text(1))), fingerprint(posting("b", text(1)))], [earlier]) == {
        "b": ("a", "exact")
    }


variants = st.builds(
    lambda seed, words: f"{text(seed)} {' '.join(words)}",
    st.integers(0, 3),
    st.lists(st.sampled_from(WORDS), max_size=20),
)


@settings(max_examples=60)
@given(st.lists(variants, min_size=1, max_size=8), st.integers(0, 8))
def test_what_comes_later_never_changes_what_was_assigned(texts: list[str], cut: int) -> None:
    prints = [fingerprint(posting(str(number), item)) for number, item in enumerate(texts)]
    first = assign(prints[:cut], [])
    leaders = [own for own in prints[:cut] if own.posting_id not in first]
    whole = assign(prints, [])
    assert first | assign(prints[cut:], leaders) == whole
    assert all(leader not in whole for leader, _ in whole.values())


def test_a_fingerprint_costs_less_than_a_millisecond_for_four_kilobytes() -> None:
    item = posting("a", text(1, 700))
    start = time.process_time()
    for _ in range(50):
        fingerprint(item)
    assert (time.process_time() - start) / 50 < 0.002


def test_thousands_of_postings_with_few_texts_take_seconds() -> None:
    kinds = [fingerprint(posting("x", text(number % 55))) for number in range(55)]
    prints = [
        Fingerprint(
            str(number),
            f"{kinds[number % 55].exact_key}{number % 400}",
            kinds[number % 55].signature,
            kinds[number % 55].bands,
        )
        for number in range(12_000)
    ]
    start = time.process_time()
    found = assign(prints, [])
    assert len(found) == 12_000 - 55 and time.process_time() - start < 6
