"""What the simulated endpoint knows at a moment: its script, its books, its allowances.

What belongs here: the order in which an endpoint refuses, and the work itself, for single requests and for batches.
What does not: HTTP.
"""

from __future__ import annotations

from typing import Any

from jd_assets_tests.simulator import chat, embeddings, replies
from jd_assets_tests.simulator.faults import Faults
from jd_assets_tests.simulator.hits import Books, Charge, cost
from jd_assets_tests.simulator.limits import Allowance
from jd_assets_tests.simulator.replies import Reply
from jd_assets_tests.simulator.script import Fault, Script


class State:
    """The endpoint between requests."""

    def __init__(self, script: Script) -> None:
        self.books = Books()
        self.follow(script)

    def follow(self, script: Script) -> None:
        """Work by another script from now on; the books go on, allowances and counted faults begin anew."""
        self.script = script
        self.faults = Faults(script)
        self._allowances: dict[str, Allowance] = {}

    def allowance(self, model: str) -> Allowance:
        """The limits of a model."""
        if model not in self._allowances:
            self._allowances[model] = Allowance(self.script.limits)
        return self._allowances[model]

    def refuses(self, key: str, model: str) -> Reply | None:
        """Why an account may not ask a model at all, if it may not."""
        if self.script.api_key is not None and key != self.script.api_key:
            return replies.unauthorized(key)
        if model not in self.script.prices:
            return replies.model_not_found(model)
        if self.script.quota_usd is not None and self.books.total >= self.script.quota_usd:
            return replies.out_of_quota()
        return None

    def admits(self, model: str, tokens: int) -> Reply | None:
        """Take a request's share of the model's allowance, or say that there is not enough left."""
        short = self.allowance(model).admit(tokens)
        return None if short is None else replies.rate_limited(model, *short)

    def works(self, path: str, body: dict[str, Any], fault: Fault | None, request_id: str) -> Reply:
        """The answer to a request of a model."""
        if path == "/v1/embeddings":
            return embeddings.embed(body)
        return chat.complete(body, self.script, self.books, fault, request_id)

    def counted(self, path: str, body: dict[str, Any], reply: Reply) -> int:
        """What a request takes from the allowance of tokens."""
        if self.script.limits.counted == "used":
            return 0 if reply.usage is None else reply.usage.input + reply.usage.output
        return embeddings.announced_tokens(body) if path == "/v1/embeddings" else chat.announced_tokens(body)

    def bills(
        self, reply: Reply, request_id: str, delivered: bool, batch: str | None = None, custom_id: str | None = None
    ) -> Charge | None:
        """Write down what an answer costs, if it costs."""
        if reply.usage is None:
            return None
        usage = reply.usage
        price = cost(usage, self.script.prices[reply.model], half=batch is not None)
        charge = Charge(request_id, reply.model, *usage, price, delivered, batch, custom_id)
        self.books.bill(charge)
        return charge
