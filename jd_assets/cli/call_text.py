"""A model call as people read it: what was asked, what was said, what it took.

What belongs here: text from the ledger's lines. What does not: choosing and printing them (`calls`, `trace`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import orjson

from jd_assets.engines.openai.replies import read_reply
from jd_assets.store.calls import CallLine

SHORT_PROMPT, SHORT_ANSWER = 200, 400  # characters of a message, and of an answer, in the short form


def dollars(cost: Decimal | None) -> str:
    """An amount to its last digit."""
    if cost is None:
        return "cost not known"
    return f"${cost.normalize():f}" if cost else "$0"


def payment(line: CallLine) -> str:
    """ "cache hit, $0", "$0.00012", "batch, $0.00006"."""
    if line.cached:
        return "cache hit, $0"
    return f"batch, {dollars(line.cost_usd)}" if line.batch else dollars(line.cost_usd)


def usage(line: CallLine) -> str:
    """What a call took: tokens, dollars, time."""
    if line.cached:
        return payment(line)
    cached = f" ({line.cached_tokens:,} cached)" if line.cached_tokens else ""
    parts = [f"{line.input_tokens:,} tokens in{cached}, {line.output_tokens:,} out"] if line.input_tokens else []
    parts.append(payment(line))
    if line.latency_ms is not None:
        parts.append(f"{line.latency_ms:,} ms")
    return " · ".join(parts)


def outcome(line: CallLine) -> str:
    """What became of a call: "accepted", "check_failed: …", "server_error", with what was special about it."""
    parts = ["repairs an earlier answer"] if line.repairs else []
    parts += [f"attempt {line.attempt}"] if line.attempt > 1 else []
    said = line.outcome or line.error or line.status
    return ", ".join([*parts, f"{said}: {line.problem}" if line.problem else said])


def prompt(line: CallLine, *, full: bool) -> Iterator[str]:
    """The messages, one a line, shortened; or whole."""
    for message in orjson.loads(line.messages):
        content = str(message["content"])
        yield f"{message['role']}:\n{content}" if full else f"{message['role']}: {_clipped(content, SHORT_PROMPT)}"


def answer(line: CallLine, *, full: bool) -> str | None:
    """What came back: the model's text where it is an answer, else the body; None where nothing came."""
    if line.raw is None:
        return None
    reply = read_reply(line.raw)
    text = line.raw if reply is None else reply.refusal or reply.content
    return text if full else _clipped(text, SHORT_ANSWER)


def plain(line: CallLine) -> dict[str, Any]:
    """All there is to know, for JSON."""
    fields = asdict(line)
    return fields | {name: orjson.loads(fields[name]) for name in ("messages", "parameters")}


def _clipped(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"
