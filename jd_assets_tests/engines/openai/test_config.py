"""The configuration says what is meant, or says what is wrong with it, and never holds a key."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from jd_assets.engines.openai.config import OPENAI_URL, TASKS, load_models
from jd_assets.errors import SettingsError
from jd_assets.settings import Settings


def written(tmp_path: Path, text: str) -> Path:
    """A models file."""
    path = tmp_path / "models.toml"
    path.write_text(text)
    return path


def test_as_delivered_everything_is_answered_by_rules_and_needs_no_key() -> None:
    config = load_models(Settings.load({}).models_file, {})
    assert {config.task(name).engine for name in TASKS} == {"rules"}
    assert not config.needs_models


def test_one_variable_sends_all_tasks_to_models_but_those_that_name_their_engine(tmp_path: Path) -> None:
    path = written(tmp_path, '[defaults]\nmodel = "m"\n[tasks.enrich]\nengine = "rules"\n')
    config = load_models(path, {"JD_ASSETS_ENGINE": "openai"})
    assert config.task("enrich").engine == "rules"
    assert {config.task(name).engine for name in TASKS if name != "enrich"} == {"openai"}


def test_a_task_takes_over_what_it_does_not_say(tmp_path: Path) -> None:
    text = """
    [defaults]
    engine = "openai"
    model = "small"
    temperature = 0.0
    [tasks.decide_role]
    engine = "cascade"
    model = "large"
    threshold = 0.75
    seed = 7
    """
    task = load_models(written(tmp_path, text), {}).task("decide_role")
    assert (task.engine, task.model, task.threshold) == ("cascade", "large", 0.75)
    assert task.parameters == {"temperature": 0.0, "seed": 7}


def test_money_is_exact(tmp_path: Path) -> None:
    text = '[budget]\nusd_per_run = 0.1\n[prices."m"]\ninput = 0.3\noutput = 1.1\n'
    config = load_models(written(tmp_path, text), {})
    assert config.budget.usd_per_run == Decimal("0.1")
    price = config.prices["m"]
    assert (price.input, price.output, price.cached_input) == (Decimal("0.3"), Decimal("1.1"), Decimal("0.3"))


def test_the_file_s_address_comes_first_then_the_environment_s_then_openai(tmp_path: Path) -> None:
    named = written(tmp_path, '[endpoint]\nbase_url = "http://localhost:1/v1/"\n')
    other = {"OPENAI_BASE_URL": "https://example.org/v1"}
    assert load_models(named, other).endpoint.base_url == "http://localhost:1/v1"
    silent = written(tmp_path, "")
    assert load_models(silent, other).endpoint.base_url == "https://example.org/v1"
    assert load_models(silent, {}).endpoint.base_url == OPENAI_URL


def test_a_missing_key_is_one_sentence_that_names_the_variable(tmp_path: Path) -> None:
    config = load_models(written(tmp_path, '[defaults]\nengine = "openai"\nmodel = "m"\n'), {})
    with pytest.raises(SettingsError, match="OPENAI_API_KEY is not set"):
        config.api_key({"OPENAI_API_KEY": "  "})
    assert config.api_key({"OPENAI_API_KEY": "sk-secret-secret"}) == "sk-secret-secret"
    assert "sk-secret" not in repr(config)


def test_an_endpoint_without_keys_needs_none(tmp_path: Path) -> None:
    config = load_models(written(tmp_path, '[endpoint]\napi_key_env = ""\n'), {})
    assert config.api_key({}) == "none"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[limits]\nconcurrency = 0\n", "limits.concurrency"),
        ("[limits]\nconcurency = 5\n", "limits.concurency is no setting"),
        ("[limit]\nconcurrency = 5\n", "limit is no setting"),
        ('[tasks.nano_prase]\nengine = "openai"\n', "tasks.nano_prase is none of nano_parse"),
        ('[tasks.enrich]\nengine = "gpt"\n', "tasks.enrich.engine is 'gpt'"),
        ('[tasks.enrich]\nengine = "openai"\n', "no model is named"),
        ("[defaults]\nthreshold = 1.5\n", "defaults.threshold"),
        ("[budget]\nusd_per_day = -1\n", "budget.usd_per_day"),
        ('[budget]\nusd_per_day = "1"\n', "budget.usd_per_day"),
        ('[endpoint]\nbase_url = "localhost"\n', "endpoint.base_url"),
        ('[endpoint]\nbase_url = "https://user:secret@example.org"\n', "holds a password"),
        ("[endpoint]\nstore = 1\n", "endpoint.store"),
        ('[embedder]\nengine = "openai"\n', "embedder.model"),
        ("endpoint = 3\n", "endpoint must be a table"),
        ("[endpoint\n", "is not TOML"),
    ],
)
def test_what_cannot_be_meant_is_named_with_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as wrong:
        load_models(path, {})
    assert str(path) in str(wrong.value) and named in str(wrong.value)
    assert "secret" not in str(wrong.value)


def test_a_wrong_engine_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="JD_ASSETS_ENGINE is 'gpt'"):
        load_models(written(tmp_path, ""), {"JD_ASSETS_ENGINE": "gpt"})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml cannot be read"):
        load_models(tmp_path / "nowhere.toml", {})
