"""The real releases: that all of them comes in, and in what time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from jd_assets.library.checks import problems
from jd_assets.library.files import read_folder
from jd_assets.library.importers.esco import read_esco
from jd_assets.library.importers.onet import read_onet
from jd_assets.library.imports import imports_folder, read_library, write_import
from jd_assets.library.merge import merge
from jd_assets.settings import Settings
from jd_assets_tests.shared import shared_folder

SECONDS = 60


@pytest.mark.slow
def test_all_of_esco_comes_in_within_a_minute(tmp_path: Path) -> None:
    start = time.perf_counter()
    item = read_esco(shared_folder("data", "taxonomies", "esco_v1.1.1"))
    folder = Settings.load({}).taxonomy_dir
    write_import(item, merge(read_folder(folder), {"esco": item.taxonomy}).notes, imports_folder(tmp_path))
    union = read_library(folder, imports_folder(tmp_path)).taxonomy
    assert time.perf_counter() - start < SECONDS
    assert (len(item.taxonomy.skills), len(item.taxonomy.roles)) == (13_896, 3_007)
    assert [str(found) for found in problems(union) if found.kind in ("dangling", "doubled")] == []


@pytest.mark.slow
def test_all_of_onet_comes_in() -> None:
    item = read_onet(shared_folder("data", "taxonomies", "onet_27_0"))
    assert len(item.taxonomy.roles) == 1_016
    assert {skill.display_name for skill in item.taxonomy.skills} >= {
        "Adobe Acrobat",
        "Microsoft Excel",
        "Structured query language",
    }
