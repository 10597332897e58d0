"""Costs are exact, and what cannot be known is not called free."""

from __future__ import annotations

from decimal import Decimal

from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from jd_assets.engines.openai.config import PriceOverride
from jd_assets.engines.openai.prices import Price, Prices
from jd_assets.store.call_records import Tokens

MODELS = ("gpt-6-luna", "gpt-4.1-nano", "gpt-4o-mini", "gpt-4o-mini-2024-07-18")
LISTED = {model: Prices({}).of(model) for model in MODELS}
COUNTS = st.integers(0, 400_000)


def listed(model: str) -> Price:
    price = LISTED[model]
    assert price is not None
    return price


@given(st.sampled_from(MODELS), COUNTS, COUNTS, COUNTS)
def test_the_cost_is_that_of_the_price_list(model: str, input_tokens: int, cached: int, output: int) -> None:
    tokens = Tokens(input=input_tokens, cached=min(cached, input_tokens), output=output)
    usage = Usage(input_tokens=tokens.input, cache_read_tokens=tokens.cached, output_tokens=tokens.output)
    assert listed(model).cost(tokens) == calc_price(usage, model_ref=model).total_price


@given(COUNTS, COUNTS, COUNTS)
def test_written_tokens_cost_what_the_list_says(input_tokens: int, cached: int, written: int) -> None:
    cached = min(cached, input_tokens)
    tokens = Tokens(input=input_tokens, cached=cached, cache_write=min(written, input_tokens - cached))
    usage = Usage(input_tokens=tokens.input, cache_read_tokens=tokens.cached, cache_write_tokens=tokens.cache_write)
    assert listed("gpt-6-luna").cost(tokens) == calc_price(usage, model_ref="gpt-6-luna").total_price


@given(st.sampled_from(MODELS), COUNTS, COUNTS, st.integers(0, 10_000), st.integers(0, 10_000))
def test_nothing_costs_more_than_its_reservation(
    model: str, body_bytes: int, input_tokens: int, most_output: int, output: int
) -> None:
    tokens = Tokens(input=min(input_tokens, body_bytes), output=min(output, most_output))
    assert listed(model).cost(tokens) <= listed(model).most(body_bytes, most_output)


def test_the_configuration_s_price_comes_first_and_names_itself() -> None:
    override = PriceOverride(input=Decimal(2), output=Decimal(4), cached_input=Decimal(1), cache_write=Decimal(3))
    price = Prices({"gpt-6-luna": override}).of("gpt-6-luna")
    assert price is not None and price.source == "configuration"
    tokens = Tokens(input=10, cached=2, cache_write=3, output=7)
    assert price.cost(tokens) == Decimal(5 * 2 + 2 * 1 + 3 * 3 + 7 * 4) / 1_000_000
    assert listed("gpt-6-luna").source.startswith("genai-prices 0.")


def test_a_model_that_nobody_listed_has_no_price() -> None:
    assert Prices({}).of("home-made-7b") is None
