"""What questions would take, before any is asked: an `Answerer` that answers from the ledger and asks nobody.

What belongs here: estimating calls, tokens and dollars. What does not: which questions a run has (`forecast`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel

from jd_assets.engines.embedder.base import Embedder, Vectors
from jd_assets.engines.openai.config import ModelsConfig
from jd_assets.engines.openai.embedder import TEXTS_PER_REQUEST
from jd_assets.engines.openai.engine import EMBED
from jd_assets.engines.openai.limits import Sizes
from jd_assets.engines.openai.prices import Prices
from jd_assets.engines.openai.replies import Fault, judge, read_reply
from jd_assets.engines.openai.requests import ModelRequest, repair_for, request_for
from jd_assets.engines.questions import Answer, Question, Unanswered
from jd_assets.hashing import digest
from jd_assets.store.call_records import Tokens
from jd_assets.store.calls import Calls

BATCH_SHARE = Decimal("0.5")  # of the price, for requests that are sent in a batch
NOT_ASKED = "not_asked"  # kind of Unanswered


@dataclass(slots=True)
class Needs:
    """What one task would take. Repairs of answers not known yet, retries and prompt caching are not in it."""

    task: str
    model: str
    questions: int = 0
    cached: int = 0  # questions answered by what is kept, by what a batch will bring, or by the answer to an equal one
    calls: int = 0
    guessed: int = 0  # of the calls: about postings of which something asked before is not known yet
    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal | None = Decimal(0)  # None: the model's price is not known
    usd_at_most: Decimal | None = Decimal(0)  # if input were as dense, and answers as long, as can be
    measured: int = 0  # earlier calls that the tokens are estimated from


class Estimator:
    """Adds up what it is asked. What the ledger holds it answers, so that what follows from it is known."""

    def __init__(self, calls: Calls, config: ModelsConfig, *, batched: bool = False) -> None:
        """Needs no key. `batched`: at the price of batches."""
        self._calls, self._config = calls, config
        self._prices = Prices(config.prices)
        self._share = BATCH_SHARE if batched else Decimal(1)
        self._sizes: dict[str, Sizes] = {}
        self._wanted: set[str] = set()  # requests that would be made, or lie in a batch already
        self._open: set[str] = set()  # postings of the dump with a question that has no answer yet
        self.needs: dict[str, Needs] = {}

    def answer(self, questions: Sequence[Question]) -> list[Answer | Unanswered]:
        """Kept answers; Unanswered, of the kind `not_asked`, for the others."""
        requests = [self._request(question) for question in questions]
        kept = self._calls.kept([request.hash for request in requests])
        self._wanted |= self._calls.batched([request.hash for request in requests])
        answers = [self._answer(*pair, kept) for pair in zip(questions, requests, strict=True)]
        asked = zip(questions, answers, strict=True)
        self._open |= {question.posting_id for question, answer in asked if _is_open(answer)}
        return answers

    def next_dump(self) -> None:
        """What is asked from here on follows from no question before."""
        self._open.clear()

    def embeds(self, texts: Collection[str], model: str) -> None:
        """Count texts whose vectors would be asked for, in full requests."""
        self._sizes[EMBED] = Sizes()
        needs = self.needs[EMBED] = Needs(EMBED, model, len(texts), calls=math.ceil(len(texts) / TEXTS_PER_REQUEST))
        for text in texts:
            self._add(needs, len(text), len(text.encode()), 0)

    def _answer(self, question: Question, request: ModelRequest, kept: Mapping[str, str]) -> Answer | Unanswered:
        needs = self._needs_of(question.task, request.model)
        needs.questions += 1
        raw = kept.get(request.hash)
        if raw is None:
            return self._want(needs, question, request)
        judged = _judged(raw, question)
        if isinstance(judged, Fault) and judged.repairable:
            reply = read_reply(raw)
            assert reply is not None, "only whole replies are kept as answered"
            task = self._config.task(question.task)
            request = repair_for(
                question, reply.content, judged.problems, task, self._config.endpoint, repairs=request.hash
            )
            raw = self._calls.kept([request.hash]).get(request.hash)
            if raw is None:
                return self._want(needs, question, request)
            judged = _judged(raw, question)
        needs.cached += 1
        if isinstance(judged, Fault):
            return Unanswered(judged.kind, judged.reason)
        return Answer(judged, request.hash, cached=True)

    def _want(self, needs: Needs, question: Question, request: ModelRequest) -> Unanswered:
        if request.hash in self._wanted:
            needs.cached += 1
        else:
            self._wanted.add(request.hash)
            needs.calls += 1
            needs.guessed += question.posting_id in self._open
            self._add(needs, request.characters, len(request.body), request.max_output_tokens)
        return Unanswered(NOT_ASKED, "its answer is not known yet")

    def _add(self, needs: Needs, characters: int, body_bytes: int, max_output_tokens: int) -> None:
        sent, got = self._sizes[needs.task].expected(characters, max_output_tokens)
        tokens = Tokens(input=round(sent), output=round(got))
        needs.input_tokens += tokens.input
        needs.output_tokens += tokens.output
        price = self._prices.of(needs.model)
        if price is None or needs.usd is None or needs.usd_at_most is None:
            needs.usd = needs.usd_at_most = None
        else:
            needs.usd += self._share * price.cost(tokens)
            needs.usd_at_most += self._share * price.most(body_bytes, max_output_tokens)

    def _needs_of(self, task: str, model: str) -> Needs:
        if task not in self.needs:
            sizes = self._sizes[task] = Sizes()
            used = self._calls.sizes(task, model)
            for one in reversed(used):  # the newest last: it counts most
                sizes.learn(one.characters, one.input_tokens, one.output_tokens)
            self.needs[task] = Needs(task, model, measured=len(used))
        return self.needs[task]

    def _request(self, question: Question) -> ModelRequest:
        return request_for(question, self._config.task(question.task), self._config.endpoint)


class StandInEmbedder:
    """An embedder in place of one of the endpoint: vectors of its own, and a count of the texts that would be sent."""

    def __init__(self, own: Embedder, model: str, kept: Callable[[Collection[str]], Collection[str]]) -> None:
        """`kept` says which of some texts, by their hashes, the endpoint's vectors are there already."""
        self._own, self._kept = own, kept
        self.name, self.dim = model, own.dim
        self.unknown: dict[str, str] = {}  # texts to be sent, by their hashes

    def embed(self, texts: Sequence[str]) -> Vectors:
        by_hash = {digest(text): text for text in texts}
        kept = self._kept(by_hash.keys() - self.unknown.keys())
        self.unknown |= {name: text for name, text in by_hash.items() if name not in kept}
        return self._own.embed(texts)


def _judged(raw: str, question: Question) -> BaseModel | Fault:
    reply = read_reply(raw)
    assert reply is not None, "only whole replies are kept as answered"
    return judge(reply, question)


def _is_open(answer: Answer | Unanswered) -> bool:
    return isinstance(answer, Unanswered) and answer.kind == NOT_ASKED
