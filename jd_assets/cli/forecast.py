"""How `jd-assets run --dry-run` prints what a run would ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from jd_assets.cli.output import console, table
from jd_assets.engines.openai.config import Budget, ModelsConfig
from jd_assets.engines.openai.estimate import Needs
from jd_assets.forecast import Forecast

CENT = Decimal("0.0001")


def show(found: Forecast, models: ModelsConfig, spent_today: Decimal, *, batched: bool) -> None:
    """Print tables of dumps and tasks, and how far they can be relied on."""
    rows = [(one.dump or Path(one.path).name, one.postings, one.calls, _state(one)) for one in found.dumps]
    console.print(table("Dumps", ["dump", "postings", "calls", ""], rows))
    columns = ["task", "questions", "cached", "calls", "guessed", "tokens in", "tokens out", "cost", "at most"]
    total = total_of(found.tasks)
    for model in dict.fromkeys(needs.model for needs in found.tasks):
        own = [needs for needs in found.tasks if needs.model == model]
        console.print(table(f"Calls of {model}", columns, [_row(needs) for needs in [*own, total_of(own)]]))
    for note in _notes(found, total, models.budget, spent_today, batched=batched):
        console.print(f"- {note}", markup=False, highlight=False, soft_wrap=True)


def plain(found: Forecast, *, batched: bool) -> dict[str, Any]:
    """The same for JSON."""
    return asdict(found) | {"total": asdict(total_of(found.tasks)), "batched": batched}


def total_of(tasks: Sequence[Needs]) -> Needs:
    """The sum over tasks; dollars are not known when those of one task are not."""
    total = Needs("all", "")
    for needs in tasks:
        for name in ("questions", "cached", "calls", "guessed", "input_tokens", "output_tokens"):
            setattr(total, name, getattr(total, name) + getattr(needs, name))
        total.usd = _plus(total.usd, needs.usd)
        total.usd_at_most = _plus(total.usd_at_most, needs.usd_at_most)
    return total


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def _state(one: Any) -> str:
    return one.problem or ("nothing to do" if one.unchanged else "")


def _row(needs: Needs) -> tuple[object, ...]:
    counts = (needs.questions, needs.cached, needs.calls, needs.guessed, needs.input_tokens, needs.output_tokens)
    return (needs.task, *counts, _dollars(needs.usd), _dollars(needs.usd_at_most))


def _dollars(amount: Decimal | None) -> str:
    """An estimate, to a hundredth of a cent; upwards, so that nothing looks free."""
    if amount is None:
        return "not known"
    return f"${amount.quantize(CENT, rounding='ROUND_UP')}"


def _notes(found: Forecast, total: Needs, budget: Budget, spent_today: Decimal, *, batched: bool) -> Iterator[str]:
    yield (
        "Nothing was asked, and no row was written. Cached: the answer is kept or on its way, or that of an equal "
        "question will do."
    )
    if not total.questions:
        yield "Models have nothing to do: everything is up to date, or answered by rules (docs/models.md)."
        return
    if total.usd is not None and len({needs.model for needs in found.tasks}) > 1:
        yield f"All together: {total.calls:,} calls, {_dollars(total.usd)}, at most {_dollars(total.usd_at_most)}."
    measured = ", ".join(needs.task for needs in found.tasks if needs.measured)
    guessing = ", ".join(needs.task for needs in found.tasks if not needs.measured and needs.calls)
    if measured:
        yield f"Tokens of {measured} are estimated from what earlier calls really used."
    if guessing:
        yield f"Tokens of {guessing} are a guess: 4 characters a token, answers half as long as they may get."
    if total.guessed:
        yield (
            f"{total.guessed:,} of the calls are a guess: something asked before about the same posting has no answer "
            "yet, and the rules' answer stood in for it."
        )
    if found.embedder_stands_in:
        yield "Vectors of the configured embedder are not known: the built-in one stood in for it."
    if found.kept_by_rules:
        yield f"{found.kept_by_rules:,} questions are spared, because the rules are sure enough of their answer."
    yield "Repairs, retries and the discount for cached prompts are not in it." + (
        " Dollars are at half price, as in batches." if batched else ""
    )
    for needs in found.tasks:
        if needs.usd is None:
            yield f"The price of {needs.model} is not known: give it in the models file."
    for cap, what, left in (
        (budget.usd_per_run, "a run (of one dump)", budget.usd_per_run),
        (budget.usd_per_day, "a day", budget.usd_per_day and budget.usd_per_day - spent_today),
    ):
        if cap is not None and left is not None and total.usd is not None:
            short = " A run stops there, and the next carries on." if total.usd > left else ""
            yield f"The budget is ${cap} {what}" + (f", ${left:.4f} left today." if what == "a day" else ".") + short
