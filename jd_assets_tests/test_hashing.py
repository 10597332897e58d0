from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.hashing import DIGEST_CHARS, canonical, digest, digest_files, digest_set
from jd_assets.records import Span

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


class Pair(NamedTuple):
    left: int
    right: int


@settings(deadline=None)
@given(JSON)
def test_a_digest_is_32_hex_characters_and_always_the_same(value: Any) -> None:
    assert digest(value) == digest(value)
    assert len(digest(value)) == DIGEST_CHARS == 32
    assert set(digest(value)) <= set("0123456789abcdef")


@settings(deadline=None)
@given(JSON, JSON)
def test_two_values_have_one_digest_exactly_when_their_canonical_forms_are_one(left: Any, right: Any) -> None:
    assert (digest(left) == digest(right)) == (canonical(left) == canonical(right))


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=5))
def test_the_order_of_a_mapping_does_not_count(mapping: dict[str, int]) -> None:
    assert digest(dict(reversed(list(mapping.items())))) == digest(mapping)


def test_the_order_of_parts_and_of_a_list_counts() -> None:
    assert digest("a", "b") != digest("b", "a")
    assert digest(["a", "b"]) != digest(["b", "a"])


def test_parts_are_not_run_together() -> None:
    assert len({digest("ab"), digest("a", "b"), digest(["a", "b"]), digest("a", ["b"])}) == 4


@settings(deadline=None)
@given(st.sets(st.text(max_size=3), max_size=5))
def test_a_set_is_hashed_as_its_sorted_list(values: set[str]) -> None:
    assert digest(values) == digest(frozenset(values)) == digest(sorted(values))


def test_a_record_is_hashed_by_its_fields_and_tuples_by_their_items() -> None:
    assert digest(Span(field="title", start=1, end=2)) == digest({"start": 1, "end": 2, "field": "title"})
    assert digest(Pair(1, 2)) == digest((1, 2)) == digest([1, 2])


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError):
        digest(object())


@settings(deadline=None)
@given(st.lists(st.text(max_size=3), max_size=5), st.randoms())
def test_a_collection_of_digests_is_hashed_whatever_its_order(values: list[str], random: Any) -> None:
    digests = [digest(value) for value in values]
    mixed = random.sample(digests, len(digests))
    assert digest_set(mixed) == digest_set(digests)
    assert digest_set([*digests, digest("more")]) != digest_set(digests)


def test_files_are_hashed_by_name_and_content_wherever_their_folder_lies(tmp_path: Path) -> None:
    def written(folder: str, name: str, content: str) -> Path:
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        return path

    one, same = written("x", "a.csv", "1"), written("y", "a.csv", "1")
    other = written("x", "b.csv", "1")
    assert digest_files([one]) == digest_files([same])
    assert digest_files([one, other]) == digest_files([other, one])
    assert digest_files([one]) != digest_files([other])
    assert digest_files([one]) != digest_files([written("z", "a.csv", "2")])
