"""Code versions, read from source trees of the tests' own, put beside the real packages."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import jd_assets.stages
from jd_assets import versions
from jd_assets.engines.embedder import Embedder
from jd_assets.library.model import Taxonomy
from jd_assets.stages.registry import STAGES, build_stages
from jd_assets.versions import source_version
from jd_assets_tests.small_world import WordEmbedder

STAGE = '''"""What the stage does."""

from jd_assets.stages import helper
from jd_assets.stages.deep.inner import words

THRESHOLD = 0.5


def judge(text: str) -> bool:
    """Whether it counts."""
    return helper.share(text, words()) > THRESHOLD  # more than half
'''
HELPER = "def share(text, words):\n    return sum(word in words for word in text.split()) / 10\n"
INNER = 'def words():\n    return (Path(__file__).parent / "data" / "words.csv").read_text().split()\n'


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    """A folder whose modules are part of `jd_assets.stages` while the test runs."""
    for name, content in {
        "judge.py": STAGE,
        "helper.py": HELPER,
        "unused.py": "VALUE = 1\n",
        "deep/__init__.py": "",
        "deep/inner.py": INNER,
        "deep/data/words.csv": "java\n",
        "deep/data/unused.csv": "java\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    places = jd_assets.stages.__path__
    own = list(places)
    places.append(str(tmp_path))
    yield tmp_path
    places[:] = own
    forget()


def forget() -> None:
    """Read all sources again: a running process reads each once."""
    importlib.invalidate_caches()
    sys.modules.pop("jd_assets.stages.deep", None)  # a package is imported to find what lies in it
    for function in vars(versions).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


@pytest.fixture
def version(tree: Path) -> Callable[[], str]:
    def read() -> str:
        forget()
        return source_version("jd_assets.stages.judge")

    return read


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


CHANGES = [
    ("judge.py", "> THRESHOLD", ">= THRESHOLD"),  # code
    ("judge.py", "THRESHOLD = 0.5", "THRESHOLD = 0.6"),  # a threshold
    ("helper.py", "/ 10", "/ 11"),  # code of a module that it imports
    ("deep/inner.py", ".split()", ".splitlines()"),  # code of a module deeper down
    ("deep/data/words.csv", "java", "java\nkafka"),  # a data file
]


@pytest.mark.parametrize(("file", "old", "new"), CHANGES)
def test_a_version_changes_with_code_thresholds_and_data_files(
    tree: Path, version: Callable[[], str], file: str, old: str, new: str
) -> None:
    before = version()
    edit(tree / file, old, new)
    assert version() != before
    edit(tree / file, new, old)
    assert version() == before


NO_CHANGES = [
    ("judge.py", "  # more than half", "  # at least half"),  # a comment
    ("judge.py", "Whether it counts.", "Whether it counts or not."),  # a function's docstring
    ("judge.py", "What the stage does.", "What it does."),  # a module's docstring
    ("judge.py", "helper.share(text, words())", "helper.share(\n        text,\n        words()\n    )"),  # layout
    ("unused.py", "1", "2"),  # a module that nobody imports
    ("deep/data/unused.csv", "java", "kafka"),  # a data file that nobody names
]


@pytest.mark.parametrize(("file", "old", "new"), NO_CHANGES)
def test_a_version_does_not_change_with_comments_docstrings_layout_or_what_is_not_used(
    tree: Path, version: Callable[[], str], file: str, old: str, new: str
) -> None:
    before = version()
    edit(tree / file, old, new)
    assert version() == before


def test_a_version_does_not_depend_on_where_the_source_lies(tree: Path, version: Callable[[], str]) -> None:
    before = version()
    moved = tree / "moved"
    moved.mkdir()
    for name in ("judge.py", "helper.py", "deep"):
        (tree / name).rename(moved / name)
    jd_assets.stages.__path__[-1] = str(moved)
    assert version() == before


def test_modules_that_import_each_other_have_a_version(tree: Path, version: Callable[[], str]) -> None:
    edit(tree / "helper.py", "def share", "from jd_assets.stages import judge\n\n\ndef share")
    assert len(version()) == 32


class OtherEmbedder(WordEmbedder):
    name = "other/64"


def code_versions(embedder: Embedder) -> dict[str, str]:
    return {name: stage.code_version for name, stage in build_stages(Taxonomy(), embedder).items()}


def test_another_embedder_changes_the_versions_of_the_stages_that_embed() -> None:
    one, other = code_versions(WordEmbedder()), code_versions(OtherEmbedder())
    assert {name for name in one if one[name] != other[name]} == {
        "skill_matches",
        "role_signals",
        "review_queue",
        "role_centroids",
    }


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_change_of_the_output_schema_changes_the_version(stage: type) -> None:
    made = build_stages(Taxonomy(), WordEmbedder())[stage.name]  # type: ignore[attr-defined]
    before = made.code_version
    wider = type("Wider", (made.output,), {"__annotations__": {"more": "int"}, "more": 0, "__module__": __name__})
    again = build_stages(Taxonomy(), WordEmbedder())[stage.name]  # type: ignore[attr-defined]
    again.output = wider  # type: ignore[misc]
    assert again.code_version != before


def test_the_version_of_the_stage_that_parses_counts_its_word_lists() -> None:
    """The rules name their data files, so that a new word is a new version."""
    rules = Path(jd_assets.stages.__file__).parents[1] / "engines" / "rules"
    sources = "".join(path.read_text(encoding="utf-8") for path in rules.glob("*.py"))
    assert all(f'"{path.name}"' in sources for path in (rules / "data").iterdir())
