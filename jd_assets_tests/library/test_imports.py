from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from jd_assets.cli.library import app
from jd_assets.errors import LibraryError
from jd_assets.library.files import read_folder, write_folder
from jd_assets.library.imports import imports_folder, read_imports, read_library
from jd_assets.library.merge import merge
from jd_assets_tests.library import foreign
from jd_assets_tests.library.builders import joined, role, skill

LIBRARY = joined(
    skill("java", "Java", "Java SE", dimensions=["languages"]),
    role("developer", "Developer", "Midlet Programmer", dimensions=["languages"], kras=["Write programs"]),
)


class Installation:
    """A taxonomy folder and a data folder, and the commands over them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.taxonomy, self.home = folder, folder / "taxonomy", folder / "home"
        write_folder(LIBRARY, self.taxonomy)
        monkeypatch.setenv("JD_ASSETS_TAXONOMY", str(self.taxonomy))
        monkeypatch.setenv("JD_ASSETS_HOME", str(self.home))

    def library(self, *arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)

    def files(self) -> dict[str, bytes]:
        """Every file below the taxonomy and data folders."""
        roots = (self.taxonomy, self.home)
        found = [path for root in roots for path in root.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}

    @property
    def version(self) -> str:
        return read_library(self.taxonomy, imports_folder(self.home)).taxonomy.version


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return Installation(tmp_path, monkeypatch)


def test_a_dry_run_shows_what_would_come_and_changes_nothing(installation: Installation) -> None:
    release = foreign.esco(installation.folder)
    before = installation.files()
    result = installation.library("import", "esco", release, "--dry-run")
    assert result.exit_code == 0
    assert "nothing was changed" in result.output
    assert "mend violins" in result.output
    assert "European Commission" in result.output
    assert installation.files() == before


def test_a_dry_run_counts_what_the_import_then_does(installation: Installation) -> None:
    release = foreign.esco(installation.folder)
    promised = json.loads(installation.library("import", "esco", release, "--dry-run", "--json").output)
    before = read_folder(installation.taxonomy)
    installation.library("import", "esco", release)
    after = read_library(installation.taxonomy, imports_folder(installation.home)).taxonomy
    added = {change["table"]: set(change["added"]) for change in promised["changes"]}
    assert added["skills"] == {entry.key for entry in after.skills} - {entry.key for entry in before.skills}
    assert promised["read"]["skills"] == 4


def test_collisions_are_named_on_the_screen_and_in_a_file(installation: Installation) -> None:
    result = installation.library("import", "esco", foreign.esco(installation.folder))
    notes = (installation.home / "imports" / "esco" / "notes.csv").read_text()
    assert "same skill,Java (computer programming),esco-aa-01,java" in notes
    assert "role title taken,midlet programmer,esco-bb-01,developer" in notes
    assert "ambiguous alias,look after instruments,esco-aa-02," in notes
    for kind in ("same skill: 1", "role title taken: 1", "ambiguous alias: 3"):
        assert kind in result.output


def test_importing_again_changes_nothing(installation: Installation) -> None:
    release = foreign.onet(installation.folder)
    installation.library("import", "onet", release)
    before = installation.files()
    result = installation.library("import", "onet", release)
    assert "nothing changes" in result.output
    assert installation.files() == before


def test_a_newer_release_replaces_the_older_one(installation: Installation) -> None:
    release = foreign.esco(installation.folder)
    installation.library("import", "esco", release)
    path = release / "skills_en.csv"
    path.write_text(path.read_text().replace("mend violins", "mend fiddles"))
    changes = json.loads(installation.library("import", "esco", release, "--json").output)["changes"]
    assert {change["table"]: change["changed"] for change in changes}["skills"] == ["esco-aa-03"]
    names = {item.display_name for item in read_imports(imports_folder(installation.home))[0].taxonomy.skills}
    assert "mend fiddles" in names
    assert "mend violins" not in names


def test_source_and_licence_are_kept_beside_the_entries(installation: Installation) -> None:
    installation.library("import", "esco", foreign.esco(installation.folder))
    (item,) = read_imports(imports_folder(installation.home))
    assert (item.source.name, item.source.version) == ("ESCO", "9.1")
    assert "2011/833/EU" in item.source.licence


def test_two_sources_lie_side_by_side_and_deleting_one_undoes_it(installation: Installation) -> None:
    installation.library("import", "esco", foreign.esco(installation.folder))
    alone = installation.version
    installation.library("import", "onet", foreign.onet(installation.folder))
    assert [item.source.namespace for item in read_imports(imports_folder(installation.home))] == ["esco", "onet"]
    for path in (installation.home / "imports" / "onet").iterdir():
        path.unlink()
    (installation.home / "imports" / "onet").rmdir()
    assert installation.version == alone


def test_an_export_is_the_library_in_use(installation: Installation) -> None:
    installation.library("import", "esco", foreign.esco(installation.folder))
    assert installation.library("export", installation.folder / "out").exit_code == 0
    assert read_folder(installation.folder / "out").version == installation.version


def test_an_export_extended_and_imported_adds_just_the_extension(installation: Installation) -> None:
    installation.library("export", installation.folder / "acme")
    content = read_folder(installation.folder / "acme")
    write_folder(joined(content, skill("forge", "Forge", dimensions=["languages"])), installation.folder / "acme")
    result = installation.library("import", "csv", installation.folder / "acme", "--namespace", "ours", "--json")
    added = [key for change in json.loads(result.output)["changes"] for key in change["added"]]
    assert added == ["ours-forge", "Forge|ours-forge"]


def test_an_import_without_its_source_note_is_refused_by_name(installation: Installation) -> None:
    installation.library("import", "esco", foreign.esco(installation.folder))
    (installation.home / "imports" / "esco" / "source.json").unlink()
    with pytest.raises(LibraryError, match=r"source\.json is no source note"):
        read_imports(imports_folder(installation.home))


def test_the_union_is_what_merging_the_folders_gives(installation: Installation) -> None:
    installation.library("import", "onet", foreign.onet(installation.folder))
    (item,) = read_imports(imports_folder(installation.home))
    assert installation.version == merge(LIBRARY, {"onet": item.taxonomy}).taxonomy.version
