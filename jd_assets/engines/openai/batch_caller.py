"""From requests to replies by way of batches, and taking up that way again wherever it broke off.

What belongs here: the order of steps: claims, budget, files, batches, what became of them. What does not: HTTP
(`batch_endpoint`), lines (`batch_lines`), SQL (`store`), what a reply means (`batch`).

Each step is noted before the next is taken. After a kill, a batch that the endpoint has is found by its metadata and
waited for; one that it does not have is dropped, and its requests are asked anew. While planning, submitting and taking
in, a process is alone; while waiting, it is not.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import BinaryIO, NamedTuple, TypeVar
from uuid import uuid4

from jd_assets.engines.openai.batch_endpoint import BatchEndpoint, RemoteBatch
from jd_assets.engines.openai.batch_lines import Result, custom_id, not_done, read_result, request_line
from jd_assets.engines.openai.config import ModelsConfig
from jd_assets.engines.openai.estimate import BATCH_SHARE
from jd_assets.engines.openai.failures import Failure
from jd_assets.engines.openai.prices import Prices
from jd_assets.engines.openai.replies import Reply, read_reply
from jd_assets.engines.openai.requests import ModelRequest
from jd_assets.engines.openai.shutdown import check_shutdown
from jd_assets.errors import BudgetSpent, JdAssetsError, ModelAccessError, ModelUnavailable
from jd_assets.store.batches import BatchedCall, Batches, OpenBatch
from jd_assets.store.call_records import CallEnd, CallOwner, CallUse, Group, Kept, NewCall
from jd_assets.store.calls import Calls

MOST_REQUESTS, MOST_BYTES = 50_000, 200_000_000  # of one file
AT_ONCE = 500  # calls claimed and written together: each claim is a lock, and the server's table of them is small
SETTLE_SECONDS = 2.0  # after a submission whose end nobody saw, until the endpoint's list is believed
FIRST_WAIT, LONGEST_WAIT, LONGER = 0.2, 30.0, 1.5  # seconds between looks at batches
OVER_LIMIT = "token_limit_exceeded"  # code of a batch that was refused because too much is queued already

Item = TypeVar("Item")
Waiting = Callable[[int, int], None]  # told how many requests are done, of all in open batches


class Wanted(NamedTuple):
    """A request, and whom it is for."""

    request: ModelRequest
    owner: CallOwner


@dataclass(slots=True)
class Obtained:
    """What has become of wanted requests, by hash."""

    wanted: Mapping[str, Wanted]
    replies: dict[str, Reply] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)  # of requests that would fail again
    paid: set[str] = field(default_factory=set)  # requests that were submitted for this
    failed: Counter[str] = field(default_factory=Counter)  # attempts that failed where another may not
    stop: JdAssetsError | None = None  # why nothing more should be asked
    refused: bool = False  # whether the budget had no room for a request
    elsewhere: bool = False  # whether somebody is asking a request online

    @property
    def missing(self) -> list[str]:
        """The requests that have come to no end."""
        return [name for name in self.wanted if name not in self.replies and name not in self.failures]


@dataclass(slots=True)
class _Draft:
    """A batch that is being filled."""

    name: str
    owner: CallOwner
    content: BinaryIO
    requests: int = 0
    size: int = 0

    def add(self, line: bytes) -> None:
        self.content.write(line)
        self.requests += 1
        self.size += len(line)


class BatchCaller:
    """Brings requests to replies in batches of one endpoint; for one thread."""

    def __init__(
        self, calls: Calls, batches: Batches, config: ModelsConfig, key: str, prices: Prices, waiting: Waiting
    ) -> None:
        self._batches, self._config, self._prices, self._waiting = batches, config, prices, waiting
        self._endpoint = BatchEndpoint(config, key)
        self._checked = set[str]()  # models, for their shutdown dates
        budget = config.budget
        self._session = calls.session(usd_per_run=budget.usd_per_run, usd_per_day=budget.usd_per_day)

    def obtain(self, wanted: Mapping[str, Wanted]) -> Obtained:
        """Bring the requests to an end: by what is kept, what lies in batches, and new batches.

        Raises ModelAccessError, BudgetSpent or ModelUnavailable when there is no use in asking more; what came until
        then is in the ledger.
        """
        obtained = Obtained(wanted)
        while obtained.missing:
            with self._batches.alone():
                self._settle(obtained)
                if obtained.stop is not None:
                    raise obtained.stop
                self._ask(obtained)
            if obtained.missing:
                self._wait(obtained)
        return obtained

    def note(self, uses: Sequence[CallUse]) -> None:
        """Note what became of answers."""
        for part in _parts(uses):
            self._session.write(Group(uses=list(part)))

    def close(self) -> None:
        """Let go of connections and claims."""
        self._endpoint.close()
        self._session.close()

    # --- waiting --------------------------------------------------------------------------------------------------

    def _wait(self, obtained: Obtained) -> None:
        """Until a batch has ended, or somebody may have got an answer online."""
        if not self._open() and not obtained.elsewhere and obtained.refused:
            raise BudgetSpent(
                "The budget has no room for the next call in a batch: raise it in the models file, or run again "
                "tomorrow; all answers are kept"
            )
        wait = FIRST_WAIT
        while True:
            time.sleep(wait)
            wait = min(LONGEST_WAIT, wait * LONGER)
            remotes = [self._look(batch) for batch in self._open()]
            known = [remote for remote in remotes if remote is not None]
            self._waiting(sum(one.done for one in known), sum(one.total for one in known))
            if obtained.elsewhere or len(known) < len(remotes) or not known or any(one.ended for one in known):
                return

    def _open(self) -> list[OpenBatch]:
        return self._batches.open(self._config.endpoint.base_url)

    def _look(self, batch: OpenBatch) -> RemoteBatch | None:
        return self._endpoint.look(batch.remote_id) if batch.remote_id else None

    # --- out ------------------------------------------------------------------------------------------------------

    def _ask(self, obtained: Obtained) -> None:
        """Submit what is neither kept nor being asked already, as far as the budget allows."""
        obtained.refused = obtained.elsewhere = False
        by_model: dict[str, list[Wanted]] = {}
        for name in obtained.missing:
            by_model.setdefault(obtained.wanted[name].request.model, []).append(obtained.wanted[name])
        for model, group in by_model.items():
            draft: _Draft | None = None
            for part in _parts(group):
                draft = self._add(draft, model, part, obtained)
            if draft is not None:
                self._submit(draft)

    def _add(self, draft: _Draft | None, model: str, part: Sequence[Wanted], obtained: Obtained) -> _Draft | None:
        """Put requests into a batch; where they do not fit, it is submitted, and another begun."""
        claims = self._session.write(Group(wanted=[one.request.hash for one in part])).claims
        granted = [one for one in part if claims[one.request.hash] == "granted"]
        obtained.elsewhere |= "busy" in claims.values()
        for name, claim in claims.items():
            if isinstance(claim, Kept):
                reply = read_reply(claim.raw)
                assert reply is not None, "only whole replies are kept as answered"
                obtained.replies[name] = reply
        if granted:
            self._check_shutdown(model)
            size = sum(len(request_line(one.request, 0)) for one in granted)
            if draft and (draft.requests + len(granted) > MOST_REQUESTS or draft.size + size > MOST_BYTES):
                self._submit(draft)
                draft = None
            draft = draft or self._draft(model, granted[0].owner)
            self._note_calls(draft, granted, obtained)
            # From here on the batch stands for the claims.
            self._session.write(Group(released=[one.request.hash for one in granted]))
        return draft

    def _check_shutdown(self, model: str) -> None:
        """Look a model up before it is asked for the first time."""
        if model not in self._checked:
            check_shutdown(model, self._endpoint.shutdown_date(model), self._config)
            self._checked.add(model)

    def _draft(self, model: str, owner: CallOwner) -> _Draft:
        draft = _Draft(uuid4().hex, owner, tempfile.TemporaryFile())  # noqa: SIM115 - _submit closes it
        about = {"run_id": owner.run_id, "dump": owner.dump, "stage": owner.stage}
        self._batches.plan(draft.name, self._config.endpoint.base_url, model, **about)
        return draft

    def _note_calls(self, draft: _Draft, wanted: Sequence[Wanted], obtained: Obtained) -> None:
        """Note the calls as far as the budget has room for the most they can cost, and write their lines."""
        calls = [
            NewCall(one.request.noted, one.owner, obtained.failed[name] + 1, self._most(one.request), draft.name)
            for one in wanted
            if (name := one.request.hash)
        ]
        opened = self._session.write(Group(new=calls)).opened
        for one, call in zip(wanted, opened, strict=True):
            if call is None:
                obtained.refused = True
            else:
                draft.add(request_line(one.request, call.call_id))
                obtained.paid.add(one.request.hash)

    def _most(self, request: ModelRequest) -> Decimal | None:
        price = self._prices.of(request.model)
        return BATCH_SHARE * price.most(len(request.body), request.max_output_tokens) if price else None

    def _submit(self, draft: _Draft) -> None:
        with draft.content:
            if not draft.requests:
                self._batches.over(draft.name, "empty")
                return
            file = self._endpoint.upload(_file_name(draft.name), draft.content)
        self._batches.submitting(draft.name)
        about = {"run": draft.owner.run_id, "dump": draft.owner.dump, "stage": draft.owner.stage}
        remote = self._endpoint.submit(draft.name, file, about)
        self._batches.submitted(draft.name, remote.remote_id)

    # --- in -------------------------------------------------------------------------------------------------------

    def _settle(self, obtained: Obtained) -> None:
        """Find or drop what an earlier process left half submitted, and take in what has ended."""
        for batch in self._open():
            remote = self._found(batch) if batch.remote_id is None else self._look(batch)
            if batch.remote_id is None and remote is not None:
                self._batches.submitted(batch.batch, remote.remote_id)
            if remote is None:
                self._drop(batch, sent=batch.remote_id is not None)
            elif remote.ended:
                self._take_in(batch, remote, obtained)

    def _found(self, batch: OpenBatch) -> RemoteBatch | None:
        """The batch at the endpoint, of one that may have been submitted."""
        if batch.submitting_at is None:
            return None
        age = (datetime.now(UTC) - batch.submitting_at).total_seconds()
        time.sleep(min(SETTLE_SECONDS, max(0.0, SETTLE_SECONDS - age)))
        return self._endpoint.find(batch.batch)

    def _drop(self, batch: OpenBatch, *, sent: bool) -> None:
        """End a batch that the endpoint does not have: never submitted, or (`sent`) gone."""
        kind = "batch_lost" if sent else "not_submitted"
        self._end([not_done(one.call, kind, sent=sent) for one in self._batches.pending(batch.batch)])
        self._batches.over(batch.batch, kind)
        if not sent:
            self._endpoint.delete_named(_file_name(batch.batch))

    def _take_in(self, batch: OpenBatch, remote: RemoteBatch, obtained: Obtained) -> None:
        """Note what became of each request; what was noted before a kill is not noted again."""
        pending = {custom_id(one.call.call_id): one for one in self._batches.pending(batch.batch)}
        results = self._results(batch, remote, pending) if pending else {}
        left = [one for name, one in pending.items() if name not in results]
        # A completed batch has a line for each request; of any other, those without one were not done.
        kind, completed = f"batch_{remote.status}", remote.status == "completed"
        self._end([result.end for result in results.values()])
        self._end([not_done(one.call, kind, sent=completed) for one in left])
        self._batches.over(batch.batch, remote.status)
        self._endpoint.delete((remote.input_file, *remote.files))
        for name, result in results.items():
            if result.failure is not None:
                self._failed(pending[name].request_hash, result.failure, obtained)
        failure = self._refusal(remote) or Failure(kind, "retry", f"the batch of a request has {remote.status}")
        for one in left:
            self._failed(one.request_hash, failure, obtained)

    def _results(self, batch: OpenBatch, remote: RemoteBatch, pending: Mapping[str, BatchedCall]) -> dict[str, Result]:
        price, endpoint = self._prices.of(batch.model), self._config.endpoint
        lines = [line for file in remote.files for line in self._endpoint.read(file)]
        return {
            name: read_result(line, pending[name].call, price, batch.model, endpoint)
            for line in lines
            if (name := str(line.get("custom_id"))) in pending
        }

    def _refusal(self, remote: RemoteBatch) -> Failure | None:
        """Why the endpoint refused a batch as a whole: for good, unless it only has too much queued already."""
        if remote.status != "failed":
            return None
        said = "; ".join(f"{code}: {message}" for code, message in remote.errors[:3]) or "no reason given"
        crowded = any(code == OVER_LIMIT for code, _ in remote.errors)
        if crowded:
            time.sleep(LONGEST_WAIT)
        reason = f"{self._config.endpoint.base_url} refused a batch: {said}"
        return Failure("batch_failed", "retry" if crowded else "access", reason)

    def _failed(self, request_hash: str, failure: Failure, obtained: Obtained) -> None:
        """Decide what a failure means for a request that is wanted here; one of another run concerns that run."""
        if request_hash not in obtained.wanted:
            return
        obtained.failed[request_hash] += 1
        most = self._config.limits.max_attempts
        if failure.scope == "question":
            obtained.failures[request_hash] = failure
        elif failure.scope == "access":
            obtained.stop = obtained.stop or ModelAccessError(failure.reason)
        elif obtained.failed[request_hash] >= most:
            tried = f"{failure.reason} – given up after {most} attempts; run again to carry on"
            obtained.stop = obtained.stop or ModelUnavailable(tried)

    def _end(self, ends: Sequence[CallEnd]) -> None:
        for part in _parts(ends):
            self._session.write(Group(ends=list(part)))


def _file_name(batch: str) -> str:
    return f"jd_assets-{batch}.jsonl"


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
