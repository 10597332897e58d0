"""The settings of an installation, read from the environment once and passed on as one frozen value.

What belongs here: where things lie and the few numbers an operator may change. What does not: thresholds and word
lists (those belong to the stages and the taxonomy, where they count into code and library versions).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jd_assets.errors import SettingsError

_SEEDS = Path(__file__).resolve().parent.parent / "seeds"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where an installation keeps its data and finds its input. All paths are absolute."""

    home: Path  # everything the pipeline writes
    dumps_dir: Path
    taxonomy_dir: Path
    boards_file: Path
    database_url: str | None = field(
        default=None, repr=False
    )  # None: the embedded Postgres; hidden: may hold a password
    models_file: Path = _SEEDS / "models.toml"  # which tasks models answer, and how (docs/models.md)
    max_bad_share: float = 0.2  # of a dump's records; beyond it the dump fails instead of quarantining its way through

    @property
    def lance_dir(self) -> Path:
        """The LanceDB folder."""
        return self.home / "lance"

    @property
    def cache_dir(self) -> Path:
        """Files that may be deleted at any time: they are made again."""
        return self.home / "cache"

    def environ(self) -> dict[str, str]:
        """The variables that give these settings again, in whatever folder a process starts."""
        given = {
            "JD_ASSETS_HOME": str(self.home),
            "JD_ASSETS_DUMPS": str(self.dumps_dir),
            "JD_ASSETS_TAXONOMY": str(self.taxonomy_dir),
            "JD_ASSETS_BOARDS": str(self.boards_file),
            "JD_ASSETS_MAX_BAD_SHARE": str(self.max_bad_share),
        }
        return given | ({"JD_ASSETS_DATABASE_URL": self.database_url} if self.database_url else {})

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The settings that `environ` asks for; an empty variable counts as not given.

        Raises SettingsError, naming the variable, for a value that cannot be meant.
        """
        return cls(
            home=_folder(environ, "JD_ASSETS_HOME", Path(".jd_assets"), must_exist=False),
            dumps_dir=_folder(environ, "JD_ASSETS_DUMPS", _SEEDS / "dumps"),
            taxonomy_dir=_folder(environ, "JD_ASSETS_TAXONOMY", _SEEDS / "taxonomy"),
            boards_file=_file(environ, "JD_ASSETS_BOARDS", _SEEDS / "boards.toml"),
            database_url=_database_url(environ, "JD_ASSETS_DATABASE_URL"),
            models_file=_file(environ, "JD_ASSETS_MODELS", _SEEDS / "models.toml"),
            max_bad_share=_share(environ, "JD_ASSETS_MAX_BAD_SHARE", 0.2),
        )


def _folder(environ: Mapping[str, str], name: str, default: Path, *, must_exist: bool = True) -> Path:
    path = Path(environ.get(name) or default).expanduser().absolute()
    given_and_missing = must_exist and bool(environ.get(name)) and not path.exists()
    if given_and_missing or (path.exists() and not path.is_dir()):
        raise SettingsError(f"{name} is {path}, which is not a folder: create it or name another one")
    return path


def _file(environ: Mapping[str, str], name: str, default: Path) -> Path:
    path = Path(environ.get(name) or default).expanduser().absolute()
    if environ.get(name) and not path.is_file():
        raise SettingsError(f"{name} is {path}, which is not a file: create it or name another one")
    return path


def _database_url(environ: Mapping[str, str], name: str) -> str | None:
    url = environ.get(name) or None
    if url is not None and not url.startswith(("postgresql://", "postgres://")):
        scheme = url.split("://", 1)[0] if "://" in url else "no scheme"
        raise SettingsError(f"{name} must begin with postgresql:// (it has {scheme}); unset it for the embedded server")
    return url


def _share(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name) or str(default)
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise SettingsError(f"{name} is {text!r}: give a share between 0 and 1, such as 0.2")
    return share
