"""The documentation says what is so: its commands, variables, links, cases, constants and examples are the code's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.main import get_command

from jd_assets.assets import ALL_ASSETS
from jd_assets.cli import app
from jd_assets.engines.rules.role_weights import role_weights
from jd_assets.engines.rules.skill_choice import choice_weights
from jd_assets.engines.rules.skill_guards import judge_line
from jd_assets.engines.rules.skill_weight import primary_weights
from jd_assets.engines.rules.weights import BOUND
from jd_assets.library.files import read_folder
from jd_assets.library.model import TABLES
from jd_assets.library.skill_index import SkillIndex
from jd_assets.records import DecisionCase, PostingFlag, ReviewKind
from jd_assets.settings import Settings
from jd_assets.stages.client_enrichment import AI_WEIGHTS
from jd_assets.stages.registry import STAGES
from jd_assets_tests.library.builders import alias_lines

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "jd_assets"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAMED_FILE = re.compile(r"`((?:jd_assets|jd_assets_tests|seeds|docs)/[\w./-]*)`")
VARIABLE = re.compile(r"\bJD_ASSETS_[A-Z_]+\b")
SET_VARIABLE = re.compile(r"environ\.setdefault\(\"([A-Z_]+)\"|^\s+\"(DAGSTER_[A-Z_]+)\": ", re.MULTILINE)
CONSTANT = re.compile(r"^\| `(\w+)\.([A-Z_]+)(?:\[\"(\w+)\"\])?` \| ([\d.]+) \|", re.MULTILINE)
LEARNED = re.compile(r"^\| alias \| inherited|^(?:\| \d+\.\d+ ){7}\|$")
BOUNDS = re.compile(r"^\| row `bound` of `(\w+\.csv)` \| ([\d.]+) \|", re.MULTILINE)
VERDICT = re.compile(r"^\| ([^|`]+) \| ([^|`]+) \| (taken|refused):", re.MULTILINE)


@cache
def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sources() -> Iterator[tuple[Path, str]]:
    """The package's code and what configures Dagster."""
    for path in (*sorted(PACKAGE.rglob("*.py")), ROOT / "dagster.yaml"):
        yield path, path.read_text(encoding="utf-8")


def commands(command: Any, name: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every command by its words, with its options."""
    if hasattr(command, "list_commands"):
        for inner in command.list_commands(None):
            yield from commands(command.get_command(None, inner), f"{name} {inner}".strip())
    else:
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("-")]
        yield name, [option for option in options if option != "--help"]


def test_every_command_and_option_is_in_the_readme() -> None:
    found = dict(commands(get_command(app)))
    assert {"run", "db start"} <= found.keys()
    for name, options in found.items():
        assert f"jd-assets {name}" in page("README.md"), f"README.md has no example of `jd-assets {name}`"
        rows = [row for row in page("README.md").splitlines() if name.split()[0] in row]
        for option in options:
            documented = any(f"`{option}" in row or f" {option} " in row for row in rows)
            assert documented, f"README.md does not explain {option} of `jd-assets {name}`"


def test_every_environment_variable_is_in_the_readme() -> None:
    read = {name for _, text in sources() for name in VARIABLE.findall(text)}
    itself = {name for _, text in sources() for names in SET_VARIABLE.findall(text) for name in names if name}
    assert {"JD_ASSETS_HOME", "DAGSTER_HOME"} <= read | itself
    assert {name for name in read | itself if f"`{name}`" not in page("README.md")} == set()


def test_documented_variables_are_read_somewhere() -> None:
    text = "\n".join(text for _, text in sources()) + "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "jd_assets_tests").rglob("*.py")
    )
    documented = {name for path in PAGES for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    assert {name for name in documented if name not in text} == {"JD_ASSETS_"} & documented


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_and_named_files_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [path.parent / link for link in LINK.findall(text) if not link.startswith("http")]
    named = [ROOT / name for name in NAMED_FILE.findall(text)]
    assert [str(target) for target in links + named if not target.exists()] == []


def test_every_case_is_explained() -> None:
    assert {case for case in get_args(DecisionCase) if f"| `{case}` |" not in page("docs/decision.md")} == set()


def test_every_kind_of_review_item_is_explained() -> None:
    assert {kind for kind in get_args(ReviewKind) if f"| `{kind}` |" not in page("docs/decision.md")} == set()


def test_every_flag_is_explained() -> None:
    assert {flag for flag in get_args(PostingFlag) if f"| `{flag}` |" not in page("docs/dumps.md")} == set()


def test_every_asset_is_explained() -> None:
    names = {asset.key.path[-1] for asset in ALL_ASSETS}
    assert {name for name in names if f"| `{name}` |" not in page("docs/architecture.md")} == set()


def test_every_column_of_the_library_is_explained() -> None:
    text = page("docs/library.md")
    for table, kind in TABLES.items():
        section = text.split(f"### {table}.csv")[1].split("\n### ")[0].split("\n## ")[0]
        assert {column for column in kind.model_fields if f"`{column}`" not in section} == set(), f"{table}.csv"


def test_what_a_library_change_recomputes_is_what_the_stages_read() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.+) \|$", page("docs/library.md"), re.MULTILINE)
    tables_of = {
        stage: set(re.findall(r"`(\w+)`", tables))
        for stages, tables in rows
        for stage in re.findall(r"`(\w+)`", stages)
    }
    assert {stage.name: tables_of[stage.name] for stage in STAGES} == {
        stage.name: set(stage.library_parts) for stage in STAGES
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_documented_constants_have_the_values_of_the_code(path: Path) -> None:
    for module_name, name, key, shown in CONSTANT.findall(path.read_text(encoding="utf-8")):
        files = list(PACKAGE.rglob(f"{module_name}.py"))
        modules = [import_module(".".join(file.relative_to(ROOT).with_suffix("").parts)) for file in files]
        values = [getattr(module, name) for module in modules if hasattr(module, name)]
        assert values, f"{path.name}: there is no {module_name}.{name}"
        value = values[0][key] if key else values[0]
        assert float(shown) == value, f"{path.name}: {module_name}.{name} is {value}, not {shown}"


def test_every_weight_is_documented() -> None:
    named = {(name, key) for _, name, key, _ in CONSTANT.findall(page("docs/decision.md")) if key}
    assert named == {("AI_WEIGHTS", key) for key in AI_WEIGHTS}


def test_the_learned_weights_and_bounds_are_those_of_their_files() -> None:
    kinds, weights = (
        line.strip("| ").split(" | ") for line in page("docs/decision.md").splitlines() if LEARNED.search(line)
    )
    assert dict(zip(kinds, map(float, weights), strict=True)) == role_weights()
    bounds = {"skill_choice.csv": choice_weights()[BOUND], "skill_primary.csv": primary_weights()[BOUND]}
    assert {file: float(value) for file, value in BOUNDS.findall(page("docs/matching.md"))} == bounds


def test_the_examples_of_guards_are_what_the_library_says() -> None:
    index = SkillIndex(read_folder(Settings.load({}).taxonomy_dir))
    examples = VERDICT.findall(page("docs/matching.md"))
    assert len(examples) > 5
    for text, word, verdict in examples:
        found = {
            "taken" if judged.accepted else "refused"
            for line in alias_lines(index, text)
            for hit, judged in judge_line(line, text).items()
            if text[hit.start : hit.end] == word
        }
        assert found == {verdict}, f"{word!r} in {text!r}"
