"""Settings: defaults that work, and errors that name the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from jd_assets.errors import SettingsError
from jd_assets.settings import Settings


def test_without_variables_the_data_lies_in_the_current_folder_and_the_seeds_beside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load({})
    seeds = Path(__file__).resolve().parent.parent / "seeds"
    assert settings.home == tmp_path / ".jd_assets"
    assert settings.lance_dir.parent == settings.cache_dir.parent == settings.home
    assert (settings.dumps_dir, settings.taxonomy_dir) == (seeds / "dumps", seeds / "taxonomy")
    assert settings.boards_file == seeds / "boards.toml"
    assert settings.database_url is None
    assert settings.max_bad_share == 0.2


def test_variables_win_and_empty_ones_count_as_not_given(tmp_path: Path) -> None:
    (tmp_path / "boards.toml").touch()
    settings = Settings.load(
        {
            "JD_ASSETS_HOME": str(tmp_path / "home"),
            "JD_ASSETS_DUMPS": str(tmp_path),
            "JD_ASSETS_TAXONOMY": "",
            "JD_ASSETS_BOARDS": str(tmp_path / "boards.toml"),
            "JD_ASSETS_DATABASE_URL": "postgresql://me@db.example/jobs",
            "JD_ASSETS_MAX_BAD_SHARE": "0.5",
        }
    )
    assert (settings.home, settings.dumps_dir) == (tmp_path / "home", tmp_path)
    assert settings.taxonomy_dir == Settings.load({}).taxonomy_dir
    assert settings.boards_file == tmp_path / "boards.toml"
    assert (settings.database_url, settings.max_bad_share) == ("postgresql://me@db.example/jobs", 0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JD_ASSETS_DATABASE_URL", "mysql://me:secret@db.example/jobs"),
        ("JD_ASSETS_DATABASE_URL", "host=db.example password=secret"),
        ("JD_ASSETS_MAX_BAD_SHARE", "many"),
        ("JD_ASSETS_MAX_BAD_SHARE", "1.5"),
        ("JD_ASSETS_MAX_BAD_SHARE", "nan"),
        ("JD_ASSETS_DUMPS", "/no/such/folder"),
        ("JD_ASSETS_TAXONOMY", __file__),
        ("JD_ASSETS_BOARDS", "/no/such/file"),
        ("JD_ASSETS_HOME", __file__),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_without_its_secrets(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.load({name: value})
    assert "secret" not in str(refused.value)


def test_a_password_never_shows_in_the_settings() -> None:
    settings = Settings.load({"JD_ASSETS_DATABASE_URL": "postgresql://me:secret@db.example/jobs"})
    assert "secret" not in repr(settings)
    assert "secret" not in str(settings)


def test_settings_survive_the_way_to_a_process_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dumps").mkdir()
    monkeypatch.chdir(tmp_path)
    here = Settings.load({"JD_ASSETS_DUMPS": "dumps", "JD_ASSETS_HOME": "data", "JD_ASSETS_MAX_BAD_SHARE": "0.5"})
    monkeypatch.chdir("/")
    assert Settings.load(here.environ()) == here
