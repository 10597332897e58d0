"""The library's versions: each can be read back, whatever came after it."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jd_assets.errors import LibraryError
from jd_assets.hashing import digest
from jd_assets.store import Store
from jd_assets.store.library import LibraryChange, LibraryEntry


def entries(content: dict[str, int]) -> list[LibraryEntry]:
    return [LibraryEntry("skill", key, json.dumps({"value": value}).encode()) for key, value in content.items()]


def read(store: Store, version: str | None = None) -> dict[str, int]:
    return {entry.key: json.loads(entry.payload)["value"] for entry in store.library.load_version(version)}


def test_every_past_version_is_read_back(store: Store) -> None:
    assert read(store) == {}
    contents = {"v1": {"a": 1, "b": 1}, "v2": {"a": 2, "c": 1}, "v3": {"b": 1, "c": 1}}
    changes = [store.library.save_version(version, entries(content), "csv") for version, content in contents.items()]
    assert changes == [LibraryChange(2, 0, 0), LibraryChange(1, 1, 1), LibraryChange(1, 0, 1)]
    for version, content in contents.items():
        assert read(store, version) == content
    assert read(store) == contents["v3"]
    assert [(load.seq, load.version, load.counts) for load in store.library.versions()] == [
        (3, "v3", {"skill": 2}),
        (2, "v2", {"skill": 2}),
        (1, "v1", {"skill": 2}),
    ]


def test_saving_the_current_version_again_does_nothing(store: Store) -> None:
    store.library.save_version("v1", entries({"a": 1}), "csv")
    assert store.library.save_version("v1", entries({"a": 1}), "csv") == LibraryChange(0, 0, 0)
    assert len(store.library.versions()) == 1


def test_two_entries_of_one_key_are_refused_and_nothing_is_saved(store: Store) -> None:
    with pytest.raises(LibraryError, match="two entries skill 'a'"):
        store.library.save_version("v1", [*entries({"a": 1}), *entries({"a": 2})], "csv")
    assert store.library.versions() == []


def test_a_version_that_was_never_loaded_is_an_error(store: Store) -> None:
    with pytest.raises(LibraryError, match="v9"):
        store.library.load_version("v9")


CONTENT = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 2))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(CONTENT, min_size=1, max_size=5))
def test_going_back_to_older_content_is_a_version_like_any_other(store: Store, contents: list[dict[str, int]]) -> None:
    for content in contents:
        store.library.save_version(digest(content), entries(content), "csv")
        assert read(store) == content
    for content in contents:
        assert read(store, digest(content)) == content
