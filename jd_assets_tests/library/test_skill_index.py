from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.model import Taxonomy
from jd_assets.library.skill_index import AliasHit, Line, SkillIndex
from jd_assets_tests.library.builders import alias_lines, joined, shuffled, skill
from jd_assets_tests.small_world import alias, small_library

LIBRARY = small_library()
WORDS = st.sampled_from(
    "Python Java Spring Boot Go REST APIs and, we go. to SQL;\n React-ing C++ (Tableau) dashboards\n• . / é İ".split(
        " "
    )
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=20).map(" ".join))


def lines(library: Taxonomy, text: str) -> list[Line]:
    return alias_lines(SkillIndex(library), text)


def hits(library: Taxonomy, text: str) -> list[AliasHit]:
    return [hit for line in lines(library, text) for hit in line.hits]


INDEX = SkillIndex(LIBRARY)


@settings(deadline=None)
@given(TEXTS)
def test_every_hit_is_its_alias_at_its_place_in_its_line(text: str) -> None:
    for line in alias_lines(INDEX, text):
        for hit in line.hits:
            assert line.start <= hit.start < hit.end <= line.end
            assert hit.entry in INDEX.exact(text[hit.start : hit.end])


@settings(deadline=None)
@given(TEXTS)
def test_lines_stand_in_order_and_never_overlap(text: str) -> None:
    found = alias_lines(INDEX, text)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all("\n" not in text[line.start : line.end] for line in found)


@settings(deadline=None)
@given(TEXTS, st.integers())
def test_the_order_of_the_librarys_rows_never_matters(text: str, seed: int) -> None:
    shared = joined(LIBRARY, skill("golang", "Go", "Python"), skill("boots", "Spring Boots", guard="case"))
    assert lines(shuffled(shared, seed), text) == lines(shared, text)


@settings(deadline=None)
@given(TEXTS)
def test_an_alias_that_does_not_occur_changes_nothing(text: str) -> None:
    larger = joined(LIBRARY, Taxonomy(skill_aliases=(alias("zzyzx things", "sql"),)))
    assert lines(larger, text) == lines(LIBRARY, text)


def test_all_readings_of_a_place_are_told_the_longest_first() -> None:
    library = joined(skill("react", "React"), skill("react-native", "React Native"))
    assert [hit.entry.skill for hit in hits(library, "React Native apps")] == ["react-native", "react"]


def test_a_line_ends_at_a_line_end_and_at_a_full_stop() -> None:
    text = "Java and Go. Python\nSQL"
    found = lines(LIBRARY, text)
    assert [text[line.start : line.end] for line in found] == ["Java and Go", "Python", "SQL"]


def test_the_dot_in_a_name_does_not_end_a_line() -> None:
    (line,) = lines(joined(skill("node", "Node.js"), skill("java", "Java")), "Node.js and Java")
    assert [hit.entry.skill for hit in line.hits] == ["node", "java"]


def test_a_context_tag_is_told_for_a_guarded_alias_only() -> None:
    library = joined(
        skill("r", "R", guard="context", tags=["data frames"]), skill("sql", "SQL", tags=["data frames", "tables"])
    )
    told = {hit.entry.skill: hit.tag for hit in hits(library, "R and SQL on data frames")}
    assert told == {"r": "data frames", "sql": None}


def test_an_alias_is_no_context_of_its_own() -> None:
    (hit,) = hits(skill("swift", "Swift", guard="context", tags=["Swift"]), "Swift is used")
    assert hit.tag is None


def test_an_entry_knows_its_guard_whatever_its_case() -> None:
    library = joined(skill("go", "golang", "GO"), skill("word", "Go", guard="context"))
    assert {entry.guard for entry in SkillIndex(library).exact("go")} == {"context"}
    assert {entry.guard_reason for entry in SkillIndex(library).exact("go")} == {"also a word"}


def test_a_text_without_aliases_has_no_lines() -> None:
    assert lines(LIBRARY, "We are a happy team.\n\nCome and see.") == []
    assert lines(Taxonomy(), "Java") == []
