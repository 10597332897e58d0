"""Who answers which task, and how: the file `models.toml`, with what the environment adds.

What belongs here: reading and checking the configuration. What does not: what the numbers do (limits, prices,
budgets), and keys: the file names the environment variable that holds one, and a key is never part of these values.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args

from jd_assets.errors import SettingsError

EngineName = Literal["rules", "openai", "cascade"]
OnFailure = Literal["quarantine", "rules"]
TASKS = (
    "nano_parse",
    "extract_skills",
    "decide_role",
    "adjudicate_role",
    "describe_new_skill",
    "describe_new_role",
    "enrich",
)
# Sent as they stand in the file. Which of them a model takes is the model's business: it refuses those it does not.
PARAMETERS = ("temperature", "top_p", "seed", "reasoning_effort", "verbosity", "service_tier")
OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where models are asked."""

    base_url: str = OPENAI_URL
    api_key_env: str = "OPENAI_API_KEY"  # the name of the variable; "" for an endpoint without keys
    timeout_seconds: float = 120.0  # for a whole answer
    store: bool = False  # whether the endpoint may keep what it is sent, for its dashboard


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard the endpoint may be used; its own x-ratelimit headers count too."""

    concurrency: int = 64  # requests in flight, of one model
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    max_attempts: int = 8


@dataclass(frozen=True, slots=True)
class Budget:
    """Caps in USD; None for no cap."""

    usd_per_run: Decimal | None = None
    usd_per_day: Decimal | None = None  # a day in UTC


@dataclass(frozen=True, slots=True)
class TaskConfig:
    """How one task is answered."""

    engine: EngineName = "rules"
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)  # of sampling: PARAMETERS
    on_failure: OnFailure = "quarantine"
    threshold: float | None = None  # cascade: the rules' confidence from which their answer stands


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """USD per million tokens."""

    input: Decimal
    output: Decimal
    cached_input: Decimal
    cache_write: Decimal


@dataclass(frozen=True, slots=True)
class EmbedderConfig:
    """Who turns texts into vectors."""

    engine: Literal["minilm", "openai"] = "minilm"
    model: str = ""


@dataclass(frozen=True, slots=True)
class ModelsConfig:
    """The whole configuration; without a file every task is answered by the rules."""

    endpoint: Endpoint = Endpoint()
    limits: Limits = Limits()
    budget: Budget = Budget()
    defaults: TaskConfig = field(default_factory=TaskConfig)
    tasks: Mapping[str, TaskConfig] = field(default_factory=dict)
    prices: Mapping[str, PriceOverride] = field(default_factory=dict)
    embedder: EmbedderConfig = EmbedderConfig()

    def task(self, name: str) -> TaskConfig:
        """How a task is answered."""
        return self.tasks.get(name, self.defaults)

    @property
    def needs_models(self) -> bool:
        """Whether anything is asked of the endpoint."""
        engines = {self.task(name).engine for name in TASKS}
        return engines != {"rules"} or self.embedder.engine == "openai"

    def api_key(self, environ: Mapping[str, str] = os.environ) -> str:
        """The endpoint's key. Raises SettingsError, saying what to set, when there is none."""
        name = self.endpoint.api_key_env
        if not name:
            return "none"
        key = environ.get(name, "").strip()
        if not key:
            raise SettingsError(
                f"{name} is not set, and the configuration asks for a model at {self.endpoint.base_url}: set {name} to "
                f'your key, or answer by rules (JD_ASSETS_ENGINE=rules), or set endpoint.api_key_env = "" for an '
                "endpoint without keys"
            )
        return key


def load_models(path: Path, environ: Mapping[str, str] = os.environ) -> ModelsConfig:
    """The configuration in `path`; JD_ASSETS_ENGINE and OPENAI_BASE_URL stand in where the file says nothing itself.

    JD_ASSETS_ENGINE replaces the engine of [defaults]; a task that names its own keeps it. OPENAI_BASE_URL is used
    when [endpoint] names no base_url. Raises SettingsError, naming file and key, for what cannot be meant.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    root = _Table(path, "", content)
    endpoint = _endpoint(root.table("endpoint"), environ)
    limits = root.table("limits")
    budget = root.table("budget")
    embedder = root.table("embedder")
    prices = root.table("prices")
    defaults = _task(root.table("defaults"), TaskConfig())
    if override := environ.get("JD_ASSETS_ENGINE"):
        defaults = replace(defaults, engine=_one_of(override, get_args(EngineName), "JD_ASSETS_ENGINE"))
    tasks = root.table("tasks")
    config = ModelsConfig(
        endpoint=endpoint,
        limits=Limits(
            concurrency=limits.whole("concurrency", Limits().concurrency),
            requests_per_minute=limits.whole("requests_per_minute", None),
            tokens_per_minute=limits.whole("tokens_per_minute", None),
            max_attempts=limits.whole("max_attempts", Limits().max_attempts),
        ),
        budget=Budget(budget.dollars("usd_per_run", None), budget.dollars("usd_per_day", None)),
        defaults=defaults,
        tasks={name: _task(tasks.table(name), defaults) for name in tasks.only(TASKS)},
        prices={model: _price(prices.table(model)) for model in prices.names()},
        embedder=EmbedderConfig(embedder.choice("engine", ("minilm", "openai"), "minilm"), embedder.text("model", "")),
    )
    for table in (root, limits, budget, embedder):
        table.finish()
    _check_models(path, config)
    return config


class _Table:
    """A table of the file; every question names file and key when it is disappointed."""

    def __init__(self, path: Path, name: str, content: Mapping[str, Any]) -> None:
        self._path, self._name, self._left = path, name, dict(content)

    def table(self, key: str) -> _Table:
        value = self._left.pop(key, {})
        if not isinstance(value, dict):
            raise self.error(key, "must be a table")
        return _Table(self._path, f"{self._name}.{key}" if self._name else key, value)

    def names(self) -> list[str]:
        return list(self._left)

    def only(self, allowed: tuple[str, ...]) -> list[str]:
        for name in self._left:
            if name not in allowed:
                raise self.error(name, f"is none of {', '.join(allowed)}")
        return list(self._left)

    def text(self, key: str, default: str) -> str:
        value = self._left.pop(key, default)
        if not isinstance(value, str):
            raise self.error(key, f"is {value!r}: give a text in quotes")
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> Any:
        return _one_of(self.text(key, default), allowed, f"{self._path}: {self._place(key)}")

    def flag(self, key: str, default: bool) -> bool:
        value = self._left.pop(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"is {value!r}: give true or false")
        return value

    def whole(self, key: str, default: Any) -> Any:
        value = self._left.pop(key, default)
        if value is not default and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise self.error(key, f"is {value}: give a whole number from 1 on")
        return value

    def number(self, key: str, default: Any, *, at_most: float = float("inf")) -> Any:
        value = self._left.pop(key, default)
        if value is default:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 <= value <= at_most:
            upper = "" if at_most == float("inf") else f" to {at_most:g}"
            raise self.error(key, f"is {value}: give a number from 0{upper}")
        return float(value)

    def dollars(self, key: str, default: Any) -> Any:
        value = self._left.pop(key, default)
        if value is default:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 <= value < 1_000_000:
            raise self.error(key, f"is {value}: give US dollars, from 0 on")
        return Decimal(value)

    def parameters(self) -> dict[str, Any]:
        found = {name: self._left.pop(name) for name in PARAMETERS if name in self._left}
        return {name: float(value) if isinstance(value, Decimal) else value for name, value in found.items()}

    def finish(self) -> None:
        for key in self._left:
            raise self.error(key, "is no setting")

    def error(self, key: str, problem: str) -> SettingsError:
        return SettingsError(f"{self._path}: {self._place(key)} {problem} (docs/models.md lists the settings)")

    def _place(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key


def _one_of(value: str, allowed: tuple[str, ...], place: str) -> Any:
    if value not in allowed:
        raise SettingsError(f"{place} is {value!r}: give one of {', '.join(allowed)}")
    return value


def _endpoint(table: _Table, environ: Mapping[str, str]) -> Endpoint:
    base_url = table.text("base_url", environ.get("OPENAI_BASE_URL") or OPENAI_URL).rstrip("/")
    if not base_url.startswith(("http://", "https://")):
        raise table.error("base_url", f"is {base_url!r}: give an address that begins with http:// or https://")
    if "@" in base_url.split("/")[2]:
        raise table.error("base_url", "holds a password: give the key by the variable that api_key_env names")
    endpoint = Endpoint(
        base_url=base_url,
        api_key_env=table.text("api_key_env", Endpoint().api_key_env),
        timeout_seconds=table.number("timeout_seconds", Endpoint().timeout_seconds),
        store=table.flag("store", False),
    )
    table.finish()
    return endpoint


def _task(table: _Table, defaults: TaskConfig) -> TaskConfig:
    task = TaskConfig(
        engine=table.choice("engine", get_args(EngineName), defaults.engine),
        model=table.text("model", defaults.model),
        on_failure=table.choice("on_failure", get_args(OnFailure), defaults.on_failure),
        threshold=table.number("threshold", defaults.threshold, at_most=1),
        parameters={**defaults.parameters, **table.parameters()},
    )
    table.finish()
    return task


def _price(table: _Table) -> PriceOverride:
    price = table.dollars("input", Decimal(0))
    override = PriceOverride(
        input=price,
        output=table.dollars("output", Decimal(0)),
        cached_input=table.dollars("cached_input", price),
        cache_write=table.dollars("cache_write", price),
    )
    table.finish()
    return override


def _check_models(path: Path, config: ModelsConfig) -> None:
    for name in TASKS:
        task = config.task(name)
        if task.engine != "rules" and not task.model:
            raise SettingsError(
                f"{path}: {name} is answered by {task.engine}, but no model is named: set tasks.{name}.model"
            )
    if config.embedder.engine == "openai" and not config.embedder.model:
        raise SettingsError(f"{path}: embedder.engine is openai, but no model is named: set embedder.model")
