"""What the tests of whole model runs share: postings to order, worlds before a simulator, and both sides' books.

What belongs here: making and reading. What does not: claims (`test_model_runs.py`, `test_model_kills.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from jd_assets.engines.openai.config import Endpoint, ModelsConfig, PriceOverride, TaskConfig
from jd_assets.library.model import Dimension, Kra, Role, RoleDimension, Taxonomy
from jd_assets.library.skill_index import SkillIndex
from jd_assets.library.skill_matcher import SkillMatcher
from jd_assets.records import Posting, RoleDecision, RoleSignals
from jd_assets.stages.base import Upstream
from jd_assets.stages.role_decisions import ranking
from jd_assets.store.calls import CallLine
from jd_assets.store.unanswered import Drop
from jd_assets.tasks.adjudicate_role import contested
from jd_assets.tasks.decide_role import OFFERED
from jd_assets.tasks.registry import TASKS
from jd_assets_tests.simulator.client import Bill, Hit, Simulator, too_early
from jd_assets_tests.simulator.script import Price
from jd_assets_tests.small_world import WordEmbedder, World, alias, posting, small_library

MODEL = "gpt-6-luna"
TASK_OF = {kind.schema.__name__: kind.name for kind in TASKS}
STAGE_OF = {kind.name: kind.stage for kind in TASKS}
LOST = ("cut", "truncated")  # faults after which nobody can tell what an answer cost

_TITLES = ("Backend Engineer", "Data Analyst", "Frontend Engineer", "Blimp Pilot", "Harbour Poet", "Falcon Keeper")
_SKILLS = ("Java", "SQL", "Redis", "React", "Tableau", "Python", "Kafka", "PostgreSQL", "Docker")
_VERBS = ("Design", "Measure", "Paint", "Translate", "Repair", "Sort", "Compare", "Record", "Plan", "Explain", "Draw")
_THINGS = "tickets maps letters ledgers kites bridges orchards pianos lanterns ferries stamps clocks sails".split()
_PLACES = "harbour museum bakery library forest theatre vineyard planetarium stable market lighthouse dairy".split()
_MOMENTS = "morning evening week winter summer market-day holiday visit storm".split()
_FLYING = "blimp glider rotor kite rocket drone balloon jet cargo test bush ferry".split()


def records(count: int) -> list[dict[str, str]]:
    """Postings of which no two are near duplicates; known and unknown titles, known and unknown skills."""
    return [record(number) for number in range(count)]


def record(number: int, name: str = "", title: str = "", skills: Sequence[str] = ()) -> dict[str, str]:
    """A posting unlike those of other numbers; it names itself "posting NAME on", by its number if nothing is given."""
    some = dict.fromkeys(_SKILLS[(number * step + step) % len(_SKILLS)] for step in (1, 2, 4))
    duties = "\n• ".join(_duties(number))
    return posting(name or f"{number}", title or _TITLES[number % len(_TITLES)], skills or list(some), duties)


def _duties(posting: int) -> Iterator[str]:
    for line in range(4):
        number = posting * 7 + line * 31
        verb, thing = _VERBS[number % len(_VERBS)], _THINGS[number // 3 % len(_THINGS)]
        place, moment = _PLACES[number // 5 % len(_PLACES)], _MOMENTS[number // 2 % len(_MOMENTS)]
        yield f"{verb} {thing} number {number} for the {place} every {moment} of year {1000 + posting * 4 + line}"


def wide_library() -> Taxonomy:
    """The small library with a further field of work and a dozen roles in it: more than are offered at once."""
    library = small_library()
    slugs = [f"{word}-pilot" for word in _FLYING]
    flying = Dimension(slug="flying", display_name="Flying", rationale="For tests.", difficulty_hint="well_known")
    skill = library.skills[0].model_copy(
        update={"slug": "steering", "display_name": "Steering", "dimensions": ("flying",)}
    )
    return replace(
        library,
        dimensions=(*library.dimensions, flying),
        skills=(*library.skills, skill),
        skill_aliases=(*library.skill_aliases, alias("Steering", "steering")),
        roles=(*library.roles, *(Role(slug=slug, display_name=slug.title(), domain="Air") for slug in slugs)),
        role_kras=(*library.role_kras, *(Kra(role=slug, kra=f"Fly the {slug} home") for slug in slugs)),
        role_dimensions=(
            *library.role_dimensions,
            *(RoleDimension(role=slug, dimension="flying", weight="core") for slug in slugs),
        ),
    )


def neighbours(library: Taxonomy) -> dict[str, tuple[str, ...]]:
    """The skills offered beside each term that postings name and the library does not know."""
    matches = SkillMatcher(library, SkillIndex(library), WordEmbedder()).match(_SKILLS)
    return {term: tuple(near.skill for near in match.neighbours) for term, match in matches.items() if not match.skill}


def offered(world: World, dump: str) -> dict[str, set[str]]:
    """The roles offered for each posting as its signals stand."""
    return {
        posting.posting_id: set(ranking(Upstream(posting, role_signals=said))[:OFFERED])
        for posting, said in _signals(world, dump)
    }


def contests(world: World, dump: str) -> dict[str, tuple[set[str], str]]:
    """The roles offered to a second reading, and why, for each posting whose decision was read again."""
    signals = {posting.posting_id: Upstream(posting, role_signals=said) for posting, said in _signals(world, dump)}
    return {
        posting.posting_id: (contested(signals[posting.posting_id]), made.adjudication_reason or "")
        for posting, made in world.bench.records(dump, Posting, RoleDecision)
        if made.adjudicated
    }


def _signals(world: World, dump: str) -> Iterator[tuple[Posting, RoleSignals]]:
    return world.bench.records(dump, Posting, RoleSignals)


def bring_up_to_date(world: World, dump: str) -> None:
    """A whole run, the library's vectors included."""
    world.bench.load_library(world.library)
    world.bench.sync_library_vectors(run_id="library")
    world.run(dump)


def asking_of(url: str, **changes: Any) -> ModelsConfig:
    """Every task answered by MODEL at `url`."""
    config = ModelsConfig(
        endpoint=Endpoint(base_url=url, api_key_env=""), defaults=TaskConfig(engine="openai", model=MODEL)
    )
    return replace(config, **changes)


def dear(factor: int) -> tuple[dict[str, Price], dict[str, PriceOverride]]:
    """MODEL at so many times its price, for the simulator's script and for a configuration: much money, few calls."""
    paid, cached, written, output = (Decimal(price) * factor for price in ("0.10", "0.01", "0.125", "0.50"))
    return (
        {MODEL: Price(input=paid, cached_input=cached, output=output, cache_write=written)},
        {MODEL: PriceOverride(input=paid, cached_input=cached, output=output, cache_write=written)},
    )


@dataclass(frozen=True, slots=True)
class Books:
    """One moment on both sides: what the endpoint saw and billed, and what the ledger holds."""

    hits: Sequence[Hit]
    bill: Bill
    lines: Sequence[CallLine]
    drops: Sequence[Drop]

    @property
    def attempts(self) -> list[CallLine]:
        """The ledger's lines without those that took an answer over."""
        return [line for line in self.lines if not line.cached]

    @property
    def hit_of(self) -> Mapping[str, Hit]:
        """The endpoint's view of each attempt, by the name we gave it."""
        return {hit.client_request_id or "": hit for hit in self.hits}

    def sent_too_early(self, *, grace: float) -> list[tuple[Hit, Hit]]:
        """Requests that were sent although a refusal, the second of the pair, had been read that said to wait.

        Of a pair both may have been on their way for as long as our clock has more for them than the endpoint's;
        `grace` is what is allowed beyond, in seconds.
        """
        hit_of, on_its_way = self.hit_of, {}
        for line in self.attempts:
            hit = hit_of[str(line.call_id)]
            on_its_way[hit.number] = (line.latency_ms or 0) / 1000 - ((hit.answered or hit.received) - hit.received)
        return [
            (hit, refusal)
            for hit, refusal in too_early(self.hits, grace=grace)
            if hit.received - (refusal.answered or 0.0) > on_its_way[hit.number] + on_its_way[refusal.number] + grace
        ]


def books(world: World, simulator: Simulator, dump: str) -> Books:
    """The books as they stand."""
    lines = world.store.calls.lines()
    return Books(simulator.asked(), simulator.bill(), lines, world.store.unanswered.listed(dump))


class Poisoned(NamedTuple):
    """A posting about which the endpoint gave one stage no answer of use."""

    stage: str
    posting_id: str
    kind: str


def poisoned(found: Books) -> set[Poisoned]:
    """What must be quarantined, by what the endpoint did: it refused, was cut off by length, or spoiled a repair, too.

    A question may be shared by postings: all that wanted its answer are meant.
    """
    hit_of = found.hit_of
    final: dict[str, str] = {}  # by request
    for line in found.attempts:
        fault = hit_of[str(line.call_id)].fault
        if line.status == "answered" and fault not in (None, "slow"):
            final[line.request_hash] = "invalid_schema" if fault == "schema_invalid" else str(fault)
    return {
        Poisoned(STAGE_OF[line.task], line.posting_id, final[line.request_hash])
        for line in found.lines
        if line.request_hash in final and (final[line.request_hash] != "invalid_schema" or line.repairs is not None)
    }
