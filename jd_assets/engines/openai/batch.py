"""Asking models in batches: half the price, answers within a day. For backfills.

What belongs here: from questions to checked answers, as `engine` does it online. What does not: the way of a request
through batches (`batch_caller`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import NamedTuple

from pydantic import BaseModel

from jd_assets.engines.openai.batch_caller import BatchCaller, Waiting, Wanted
from jd_assets.engines.openai.config import ModelsConfig
from jd_assets.engines.openai.engine import ACCEPTED, check_prices
from jd_assets.engines.openai.prices import Prices
from jd_assets.engines.openai.replies import Fault, judge
from jd_assets.engines.openai.requests import repair_for, request_for
from jd_assets.engines.questions import Answer, Question, Unanswered, asking
from jd_assets.store.batches import Batches
from jd_assets.store.call_records import CallOwner, CallUse
from jd_assets.store.calls import Calls


class _Judged(NamedTuple):
    """What a question got."""

    value: BaseModel | Fault
    cached: bool
    content: str  # of the answer


class BatchEngine:
    """Answers questions by models, in batches; an `Answerer`. Close it when done."""

    def __init__(
        self,
        calls: Calls,
        batches: Batches,
        config: ModelsConfig,
        environ: Mapping[str, str] = os.environ,
        waiting: Waiting = lambda done, of: None,
    ) -> None:
        """An engine that notes what it does in `calls` and `batches`, and tells `waiting` how far batches are.

        Raises SettingsError when the key is missing, or when there is a budget and a model without a known price.
        """
        self._config = config
        key, prices = config.api_key(environ), Prices(config.prices)
        check_prices(config, prices)
        self._caller = BatchCaller(calls, batches, config, key, prices, waiting)

    def __repr__(self) -> str:
        return f"BatchEngine({self._config.endpoint.base_url})"

    def answer(self, questions: Sequence[Question]) -> list[Answer | Unanswered]:
        """See `Answerer`: one result a question, in their order; blocks until all are there, which may take a day.

        Killed and asked again, it goes on where it was: nothing is submitted twice.
        """
        if not questions:
            return []
        wanted = [self._wanted(question) for question in questions]
        judged = self._judged(questions, wanted)
        faulty = [place for place, one in enumerate(judged) if isinstance(one.value, Fault) and one.value.repairable]
        repairs = [self._repair(questions[place], wanted[place], judged[place]) for place in faulty]
        again = self._judged([questions[place] for place in faulty], repairs)
        for place, repair, repaired in zip(faulty, repairs, again, strict=True):
            wanted[place], judged[place] = repair, repaired
        return [
            Unanswered(one.value.kind, one.value.reason)
            if isinstance(one.value, Fault)
            else Answer(one.value, asked.request.hash, one.cached)
            for one, asked in zip(judged, wanted, strict=True)
        ]

    def close(self) -> None:
        """Let go of connections and claims."""
        self._caller.close()

    def __enter__(self) -> BatchEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wanted(self, question: Question) -> Wanted:
        request = request_for(question, self._config.task(question.task), self._config.endpoint)
        return Wanted(request, CallOwner(question.task, question.posting_id, *asking.get()))

    def _repair(self, question: Question, wanted: Wanted, judged: _Judged) -> Wanted:
        assert isinstance(judged.value, Fault), "only faults are repaired"
        task, endpoint, problems = self._config.task(question.task), self._config.endpoint, judged.value.problems
        request = repair_for(question, judged.content, problems, task, endpoint, repairs=wanted.request.hash)
        return Wanted(request, wanted.owner)

    def _judged(self, questions: Sequence[Question], wanted: Sequence[Wanted]) -> list[_Judged]:
        """For each question its value or what is wrong, from requests that are brought to an end."""
        obtained = self._caller.obtain({one.request.hash: one for one in reversed(wanted)})
        paid = set(obtained.paid)
        results: list[_Judged] = []
        uses: list[CallUse] = []
        for question, one in zip(questions, wanted, strict=True):
            name = one.request.hash
            failure = obtained.failures.get(name)
            if failure is not None:
                results.append(_Judged(Fault(failure.kind, [failure.reason], repairable=False), False, ""))
                continue
            reply, cached = obtained.replies[name], name not in paid
            paid.discard(name)  # of equal requests the first is paid
            value = judge(reply, question)
            results.append(_Judged(value, cached, reply.content))
            outcome, problem = (value.kind, value.reason) if isinstance(value, Fault) else (ACCEPTED, None)
            uses.append(CallUse(name, one.owner, cached, outcome, problem))
        self._caller.note(uses)
        return results
