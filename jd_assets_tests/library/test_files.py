from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.errors import LibraryError
from jd_assets.library.files import from_entries, read_folder, write_folder
from jd_assets.library.model import TABLES, Dimension, Kra, RoleBaseline, Skill, SkillAlias, Taxonomy
from jd_assets_tests.library.builders import shuffled, skill
from jd_assets_tests.small_world import small_library

LIBRARY = small_library()

CHARS = st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n\",;'")
TEXT = st.text(CHARS, max_size=12)
NAME = st.text(CHARS, min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
ITEMS = st.lists(
    st.text(CHARS.filter(lambda char: char != "|"), min_size=1).filter(lambda t: bool(t.strip())), max_size=3
)
SKILLS = st.builds(
    Skill,
    slug=NAME,
    display_name=TEXT,
    category=TEXT,
    sub_category=TEXT,
    nature=TEXT,
    volatility=TEXT,
    lifespan=TEXT,
    version_strategy=TEXT,
    year=st.none() | st.integers(1950, 2050),
    context_tags=ITEMS.map(tuple),
    dimensions=ITEMS.map(tuple),
)
ALIASES = st.builds(
    SkillAlias,
    alias=NAME,
    skill=NAME,
    type=st.sampled_from(["CANONICAL", "TYPO"]),
    strategy=st.sampled_from(["EXACT_CASE", "CASE_INSENSITIVE"]),
)
BASELINES = st.builds(
    RoleBaseline,
    role=NAME,
    nature_of_work=TEXT,
    nature_summary=TEXT,
    tech_stack_maturity=TEXT,
    maturity_reasoning=TEXT,
    ai_skill=st.booleans(),
    builds_ai=st.booleans(),
)


def rows(kind: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(kind, max_size=3, unique_by=lambda row: row.key).map(tuple)  # type: ignore[attr-defined]


LIBRARIES = st.builds(
    Taxonomy,
    skills=rows(SKILLS),
    skill_aliases=rows(ALIASES),
    role_kras=rows(st.builds(Kra, role=NAME, kra=NAME)),
    role_baselines=rows(BASELINES),
)


@settings(max_examples=60, deadline=None)
@given(LIBRARIES)
def test_what_is_written_is_read_back(library: Taxonomy) -> None:
    with TemporaryDirectory() as folder:
        write_folder(library, Path(folder))
        read = read_folder(Path(folder))
    assert read.version == library.version


@settings(max_examples=10, deadline=None)
@given(st.integers())
def test_two_equal_libraries_are_equal_files(seed: int) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        write_folder(LIBRARY, Path(one))
        write_folder(shuffled(LIBRARY, seed), Path(other))
        for name in TABLES:
            assert (Path(one) / f"{name}.csv").read_bytes() == (Path(other) / f"{name}.csv").read_bytes()


def test_the_library_is_the_same_from_entries_as_from_files() -> None:
    entries = [(name, entry.model_dump_json().encode()) for name, entry in LIBRARY.all_entries()]
    assert from_entries(reversed(entries)).version == LIBRARY.version


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(LIBRARY, tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def refusal(folder: Path) -> str:
    with pytest.raises(LibraryError) as caught:
        read_folder(folder)
    return str(caught.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "guards.csv").unlink()
    assert "guards.csv: missing" in refusal(folder)


def test_a_missing_and_an_unknown_column_are_named(folder: Path) -> None:
    edit(folder / "guards.csv", "alias,rule,reason", "alias,rule,why")
    message = refusal(folder)
    assert "guards.csv: no column reason, unknown column 'why'" in message


def test_an_optional_column_may_be_absent(folder: Path) -> None:
    (folder / "dimensions.csv").write_text("slug,display_name,rationale,difficulty_hint\na,A,,easy\n")
    assert read_folder(folder).dimensions == (
        Dimension(slug="a", display_name="A", rationale="", difficulty_hint="easy"),
    )


def test_a_bad_row_is_named_with_its_line_and_reason(folder: Path) -> None:
    edit(folder / "guards.csv", "context", "sometimes")
    message = refusal(folder)
    assert "guards.csv, line 2: rule: " in message
    assert "'phrase'" in message


def test_a_row_with_too_few_or_too_many_fields_is_named(folder: Path) -> None:
    with (folder / "guards.csv").open("a") as file:
        file.write("C,case\nR,case,letter,more\n")
    message = refusal(folder)
    assert "guards.csv, line 3: 3 fields expected" in message
    assert "guards.csv, line 4: 3 fields expected" in message


def test_a_row_that_stands_there_twice_is_named(folder: Path) -> None:
    with (folder / "guards.csv").open("a") as file:
        file.write("Go,case,again\n")
    assert "guards.csv, line 3: 'Go' stands there twice" in refusal(folder)


def test_every_problem_of_every_file_is_told_at_once(folder: Path) -> None:
    (folder / "roles.csv").unlink()
    edit(folder / "guards.csv", "context", "sometimes")
    edit(folder / "skill_aliases.csv", "SYNONYM", "NICKNAME")
    message = refusal(folder)
    assert all(name in message for name in ("roles.csv", "guards.csv", "skill_aliases.csv"))


def test_many_problems_are_counted_rather_than_all_shown(folder: Path) -> None:
    with (folder / "guards.csv").open("a") as file:
        file.writelines(f"word{number},never,\n" for number in range(30))
    assert "… and 10 more" in refusal(folder)


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "guards.csv").write_bytes("alias,rule,reason\nGo,case,é\n".encode("latin-1"))
    assert "guards.csv, after line" in refusal(folder)


def test_a_field_past_all_bounds_is_named(folder: Path) -> None:
    with (folder / "guards.csv").open("a") as file:
        file.write(f'C,case,"{"x" * 120_000}"\n')
    assert "a field of more than 100,000 characters" in refusal(folder)


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(folder: Path) -> None:
    path = folder / "guards.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_folder(folder).version == LIBRARY.version


def test_an_item_with_the_list_separator_is_refused_rather_than_read_back_as_two(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"a\|b"):
        write_folder(skill("go", "Go", tags=["a|b"]), tmp_path)


def test_the_order_of_a_list_is_kept(tmp_path: Path) -> None:
    (row,) = skill("go", "Go", dimensions=["zeta", "alpha"]).skills
    write_folder(replace(LIBRARY, skills=(row,)), tmp_path)
    assert read_folder(tmp_path).skills == (row,)
