"""Code versions derived from source: a module's own code and all that it imports of stages, engines and library.

Comments, docstrings and layout do not count (the syntax tree is hashed), data files named in a module do. A version
changes exactly when the code that can change an answer does, so nobody types one by hand.
"""

from __future__ import annotations

import ast
import importlib.util
from functools import cache, lru_cache
from pathlib import Path

from jd_assets.hashing import digest, digest_files

JUDGING_PACKAGES = (
    "jd_assets.stages",
    "jd_assets.tasks",
    "jd_assets.engines",
    "jd_assets.library",
    "jd_assets.dumps",
)
FRAMEWORK_MODULES = {"jd_assets.stages.base"}  # how stages are called, not what they answer
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
DATA_SUFFIXES = (".csv", ".json", ".toml", ".txt")


@lru_cache
def source_version(module: str) -> str:
    """A hash over the module and its imports within the judging packages."""
    seen: dict[str, str] = {}
    _collect(module, seen)
    return digest(seen)


def _collect(module: str, seen: dict[str, str]) -> None:
    own = _own_version(module) if module not in seen else None
    if own is None:
        return
    seen[module], imports = own
    for imported in imports:
        _collect(imported, seen)


@cache
def _own_version(module: str) -> tuple[str, frozenset[str]] | None:
    """A hash of the module's own code and data, and what it imports of the judging packages; None if it has no file."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    version = digest(ast.dump(_without_docstrings(tree)), digest_files(_data_files(tree, path.parent)))
    imports = (name for name in _imports(tree) if name.startswith(JUDGING_PACKAGES))
    return version, frozenset(name for name in imports if name not in FRAMEWORK_MODULES)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return tree


def _imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names if _is_module(node.module, alias.name))
    return names


def _is_module(package: str, name: str) -> bool:
    if not package.startswith(JUDGING_PACKAGES):
        return False
    spec = importlib.util.find_spec(package)
    locations = spec.submodule_search_locations if spec else None
    return any((Path(place) / f"{name}.py").is_file() for place in locations or ())


def _data_files(tree: ast.Module, folder: Path) -> list[Path]:
    """The data files beside the module, or in `data/` there, that it names in a string."""
    names = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(DATA_SUFFIXES)
    }
    return [path for name in names for path in (folder / name, folder / "data" / name) if path.is_file()]
