"""What an answer costs, and the most it may cost: exact, in Decimal.

What belongs here: price lists. What does not: counting what was spent (the store), token estimates for rate limits.
Prices come from the configuration, else from the list of the package genai-prices, which needs no network. The cost of
a model without a price is not known: None, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.metadata import version
from typing import Any

from jd_assets.engines.openai.config import PriceOverride
from jd_assets.store.call_records import Tokens

_MILLION = Decimal(1_000_000)
OWN_LIST = "configuration"


@dataclass(frozen=True, slots=True)
class Step:
    """Prices in USD per million tokens, for requests of more than `above` input tokens."""

    above: int
    input: Decimal
    cached_input: Decimal
    cache_write: Decimal
    output: Decimal

    def cost(self, tokens: Tokens) -> Decimal:
        """USD, exact."""
        plain = tokens.input - tokens.cached - tokens.cache_write
        total = plain * self.input + tokens.cached * self.cached_input + tokens.cache_write * self.cache_write
        return (total + tokens.output * self.output) / _MILLION


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one model: dearer steps for long requests, by the list `source`."""

    source: str
    steps: tuple[Step, ...]  # from the first, which is for all, up

    def cost(self, tokens: Tokens) -> Decimal:
        """USD for an answer."""
        return next(step for step in reversed(self.steps) if tokens.input > step.above).cost(tokens)

    def most(self, body_bytes: int, max_output_tokens: int) -> Decimal:
        """USD that a request cannot exceed: a token is at least a byte of the request, and no answer is longer."""
        step = next(step for step in reversed(self.steps) if body_bytes > step.above)
        dearest = max(step.input, step.cached_input, step.cache_write)
        return (body_bytes * dearest + max_output_tokens * step.output) / _MILLION


class Prices:
    """Prices by model, each looked up once."""

    def __init__(self, overrides: Mapping[str, PriceOverride]) -> None:
        self._overrides = overrides
        self._known: dict[str, Price | None] = {}

    def of(self, model: str) -> Price | None:
        """The price of a model; None if nobody has listed it."""
        if model not in self._known:
            override = self._overrides.get(model)
            self._known[model] = self._listed(model) if override is None else _own(override)
        return self._known[model]

    def _listed(self, model: str) -> Price | None:
        # Imported here: a third of a second, and only those pay who ask a model without a price of their own.
        from genai_prices import Usage, calc_price

        try:
            prices = calc_price(Usage(input_tokens=1), model_ref=model).model_price
        except LookupError:
            return None
        return Price(self._list_version, _steps(prices))

    @cached_property
    def _list_version(self) -> str:
        return f"genai-prices {version('genai-prices')}"


def _own(override: PriceOverride) -> Price:
    step = Step(-1, override.input, override.cached_input, override.cache_write, override.output)
    return Price(OWN_LIST, (step,))


def _steps(prices: Any) -> tuple[Step, ...]:
    """The steps of a genai-prices `ModelPrice`: each of its prices is a Decimal, or a base with dearer tiers."""
    starts = {tier.start for price in vars(prices).values() for tier in getattr(price, "tiers", ())}
    return tuple(
        Step(
            above=above,
            input=_at(prices.input_mtok, above),
            cached_input=_at(prices.cache_read_mtok or prices.input_mtok, above),
            cache_write=_at(prices.cache_write_mtok or prices.input_mtok, above),
            output=_at(prices.output_mtok, above),
        )
        for above in sorted({-1, *starts})
    )


def _at(price: Any, above: int) -> Decimal:
    if price is None or isinstance(price, Decimal):
        return price or Decimal(0)
    reached = [tier.price for tier in price.tiers if tier.start <= above]
    return Decimal(reached[-1] if reached else price.base)
