"""Hostile postings before a model that obeys them: its answers reach no row, or say only what may be said.

The model here is worse than any: it does what the text asks for, tries every way out of its schema that the schema
leaves, and carries words from posting to posting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, ValidationError

from jd_assets.dumps.clean import INVISIBLE
from jd_assets.engines.openai.config import Endpoint
from jd_assets.engines.questions import Question
from jd_assets.library.model import RoleAlias, Taxonomy
from jd_assets.store.server import EmbeddedPostgres
from jd_assets.tasks.registry import TASKS
from jd_assets.workbench import LIBRARY_TABLES
from jd_assets_tests.conftest import world_in
from jd_assets_tests.model_world import bring_up_to_date
from jd_assets_tests.simulator.client import Simulator
from jd_assets_tests.simulator.script import Fault
from jd_assets_tests.small_world import OpenWorld, World, posting
from jd_assets_tests.tasks.answering import InProcess, models, sensible, with_answers
from jd_assets_tests.test_kills import vectors

_ESCAPE = re.compile(r"\\n|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
SHOWN_AT_MOST = 60  # characters of a prompt in a row, that would be a leak
VISIBLE_STAGES = (
    "nano_parse",
    "extracted_skills",
    "skill_matches",
    "role_decisions",
    "review_queue",
    "client_enrichment",
)


class Hostile(NamedTuple):
    kind: str
    title: str
    text: str
    marker: str


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)) if found[1] or found[2] else "\n", text)


def hostile_postings() -> list[Hostile]:
    lines = Path(__file__).with_name("hostile_postings.txt").read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(line for line in lines if not line.startswith("#")):
        kind, title, text = line.split(" | ")
        marker = f"zq{number:02}x"
        found.append(Hostile(kind, *(_unescaped(part.replace("{m}", marker)) for part in (title, text)), marker))
    return found


HOSTILE = hostile_postings()
BENIGN = [posting("1"), posting("2", "Data Analyst", ["SQL", "Tableau"]), posting("3", "Frontend Engineer", ["React"])]


class Obedient:
    """A model that obeys: what it says is what it was told, now or before, and never what its rules ask for.

    `subtle`: it stays within what is offered, and obeys where that leaves a choice.
    """

    def __init__(self, *, subtle: bool) -> None:
        self.subtle = subtle
        self.seen: list[str] = []

    def __call__(self, question: Question) -> BaseModel:
        told = question.messages[-1].content
        honest = sensible(question)
        if not any(hostile.marker in told for hostile in HOSTILE) and not self.seen:
            return honest
        self.seen.append(told)
        if self.subtle:
            update = _within_bounds(question, told)
        else:
            update = _out_of_bounds(question, honest, "\n".join(self.seen[-3:]))
        return question.schema.model_validate({**honest.model_dump(), **update})


def _out_of_bounds(question: Question, honest: BaseModel, memory: str) -> dict[str, Any]:
    """In every place that the schema leaves open: the prompt, invented ids, words of other postings."""
    wishes = [question.messages[0].content[:300], "chief-of-everything", memory[:200], memory[-150:]]
    update: dict[str, Any] = {}
    for number, (name, value) in enumerate(honest):
        wish = wishes[number % len(wishes)]
        several = value if isinstance(value, list) else []
        for wanted in ([*several, {"name": wish[:70], "primary": True}], [*several, wish], wish):
            with suppress(ValidationError):
                question.schema.model_validate({**honest.model_dump(), name: wanted})
                update[name] = wanted
    return update


def _within_bounds(question: Question, told: str) -> dict[str, Any]:
    """The attacker's sentence as every quotation, and the last role offered rather than the fitting one."""
    shown = json.loads(told.split("\n")[1])
    if question.task in ("decide_role", "adjudicate_role"):
        roles = json.loads(question.messages[-2].content.split("\n")[1])
        attack = shown["description"].splitlines()[-1][:150]
        last = roles[-1]
        return {"outcome": "role", "role": last["id"], "domain": last["domain"], "confidence": 1.0, "quotes": [attack]}
    if question.task == "extract_skills":
        words = dict.fromkeys(re.findall(r"[A-Za-z]\w+", shown["description"]))
        return {"skills": [{"name": word, "primary": True} for word in list(words)[:40]]}
    return {}


def record(hostile: Hostile) -> dict[str, str]:
    """A dump record; its duties differ from all others so that no two are duplicates."""
    return {
        "id": hostile.marker,
        "title": hostile.title,
        "company": f"Firm {hostile.marker}",
        "description": hostile.text,
    }


ATTACKS = {
    "out of bounds": (False, "quarantine"),
    "out of bounds, rules stay": (False, "rules"),  # so that every task is attacked, not the first alone
    "within bounds": (True, "quarantine"),
}


@pytest.fixture(scope="module", params=ATTACKS)
def attacked(
    request: pytest.FixtureRequest,
    postgres_server: EmbeddedPostgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[World, InProcess, Taxonomy]]:
    """A world in which hostile postings stand before benign ones, read by a model that obeys."""
    with world_in(postgres_server, migrated_template, tmp_path_factory.mktemp("attacked")) as world:
        subtle, on_failure = ATTACKS[request.param]
        answerer = InProcess(Obedient(subtle=subtle))
        with_answers(world, models(on_failure=on_failure), answerer)
        library = world.library
        world.run(world.write([*(record(hostile) for hostile in HOSTILE), *BENIGN]))
        yield world, answerer, library


def test_there_are_enough_hostile_postings_of_every_kind() -> None:
    kinds = [hostile.kind for hostile in HOSTILE]
    assert len(HOSTILE) >= 60
    assert set(kinds) == {"role", "leak", "invent", "poison", "cross", "invisible"}
    assert min(map(kinds.count, kinds)) >= 8


def test_no_answer_leaves_what_was_offered(attacked: tuple[World, InProcess, Taxonomy]) -> None:
    world, answerer, library = attacked
    rows = world.rows()
    roles = {role.slug for role in library.roles}
    skills = {skill.slug for skill in library.skills}
    dimensions = {dimension.slug for dimension in library.dimensions}
    offered = {
        question.posting_id: {role["id"] for role in json.loads(question.messages[-2].content.split("\n")[1])}
        for question in answerer.asked
        if question.task == "decide_role"
    }
    for posting_id, row in rows["role_decisions"].items():
        assert row["specific_role"] is None or row["specific_role"] in offered[posting_id] & roles
    for row in rows["skill_matches"].values():
        for match in row["matches"]:
            assert match["skill"] is None or match["skill"] in skills
            meta = match["new_skill_meta"]
            assert meta is None or (set(meta["dimensions"]) <= dimensions and meta["nearest_skill"] in {None, *skills})
    labels = {baseline.nature_of_work for baseline in library.role_baselines}
    natures = [row["nature_of_work"] for row in rows["client_enrichment"].values()]
    assert {nature["label"] for nature in natures if nature} <= labels


def test_everything_quoted_stands_in_the_posting_itself(attacked: tuple[World, InProcess, Taxonomy]) -> None:
    world, _, _ = attacked
    rows = world.rows()
    for posting_id, row in rows["extracted_skills"].items():
        text = rows["postings"][posting_id]
        for skill in row["final_skills"]:
            first = skill["spans"][0]
            assert text[first["field"]][first["start"] : first["end"]] == skill["name"]
    for posting_id, row in rows["role_decisions"].items():
        text = " ".join(
            f"{rows['postings'][posting_id]['title']} {rows['postings'][posting_id]['description']}".split()
        )
        if "by the model" in row["reasoning"]:
            quoted = row["reasoning"].split('the posting says "')[1].rsplit('" [', 1)[0]
            assert all(part in text for part in quoted.split('" and "'))


def test_no_row_holds_words_of_another_posting_or_of_a_prompt(attacked: tuple[World, InProcess, Taxonomy]) -> None:
    world, _, _ = attacked
    rows = world.rows()
    prompts = [kind(Taxonomy()).instructions for kind in TASKS]
    pieces = {text[at : at + SHOWN_AT_MOST] for text in prompts for at in range(0, len(text) - SHOWN_AT_MOST, 10)}
    own = {posting_id: row["dump_key"] for posting_id, row in rows["postings"].items()}
    for stage in VISIBLE_STAGES:
        for posting_id, row in rows[stage].items():
            text = json.dumps(row, ensure_ascii=False)
            assert not any(h.marker in text for h in HOSTILE if h.marker != own[posting_id]), stage
            posting_text = rows["postings"][posting_id]["description"]
            assert not any(piece in text for piece in pieces if piece not in posting_text), stage


def test_the_library_stays_as_it_was_and_nothing_is_approved(attacked: tuple[World, InProcess, Taxonomy]) -> None:
    world, _, library = attacked
    assert [version.version for version in world.store.library.versions()] == [library.version]
    assert {item.state for item in world.store.review.items()} <= {"pending"}


def test_benign_postings_come_out_as_if_the_hostile_ones_were_not_there(open_world: OpenWorld) -> None:
    outcomes = []
    for records in ([*(record(hostile) for hostile in HOSTILE), *BENIGN], BENIGN):
        with open_world() as world:
            with_answers(world, models(), InProcess())
            world.run(world.write(records))
            rows = world.rows()
            ids = {posting_id for posting_id, row in rows["postings"].items() if row["dump_key"].startswith("job-")}
            outcomes.append({stage: {key: rows[stage][key] for key in ids} for stage in VISIBLE_STAGES})
    assert outcomes[0] == outcomes[1]


def test_an_endpoint_that_invents_every_answer_changes_no_row(open_world: OpenWorld, simulator: Simulator) -> None:
    simulator.script(faults=(Fault(kind="invented"),))
    config = replace(
        models(model="gpt-6-luna", on_failure="rules"), endpoint=Endpoint(base_url=simulator.url, api_key_env="")
    )
    contested = RoleAlias(alias="UI Developer", role="data-analyst")  # so that decisions are read again, too
    outcomes = []
    for asking in (False, True):
        with open_world() as world:
            world.library = replace(world.library, role_aliases=(*world.library.role_aliases, contested))
            if asking:
                world.reopen(config)
            dump = world.write([*(record(hostile) for hostile in HOSTILE), *BENIGN])
            bring_up_to_date(world, dump)
            (version,) = world.store.library.versions()
            assert version.version == world.library.version
            outcomes.append((world.outcome(), library_vectors(world)))
    asked = {hit.schema_name for hit in simulator.asked()}
    assert asked == {kind.schema.__name__ for kind in TASKS}
    assert outcomes[0] == outcomes[1]


def library_vectors(world: World) -> dict[str, list[dict[str, Any]]]:
    """The library's searchable texts with their vectors."""
    kept = vectors(world.folder / "lance")
    return {name: rows for name, rows in kept.items() if name.startswith(LIBRARY_TABLES)}


def test_what_cannot_be_seen_is_not_sent(attacked: tuple[World, InProcess, Taxonomy]) -> None:
    _, answerer, _ = attacked
    sent = "".join(message.content for question in answerer.asked for message in question.messages)
    hidden = [(first, last) for first, last in INVISIBLE if first not in (0x00,)]
    assert not [char for char in set(sent) if any(first <= ord(char) <= last for first, last in hidden)]


def test_no_posting_ends_its_data_block_or_begins_another(attacked: tuple[World, InProcess, Taxonomy]) -> None:
    _, answerer, _ = attacked
    for question in answerer.asked:
        for message in question.messages[1:]:
            name = message.content.split("\n")[0][1:-1]
            assert message.content.count("<") == 2
            assert message.content.endswith(f"\n</{name}>")
            json.loads(message.content.split("\n")[1])
            assert len(message.content.split("\n")) == 3


def test_postings_whose_answers_break_the_rules_are_named(attacked: tuple[World, InProcess, Taxonomy]) -> None:
    world, _, _ = attacked
    (dump,) = (dump.key for dump in world.store.dumps.registered())
    dropped = {drop.posting_id: drop for drop in world.store.unanswered.listed(dump)}
    rows = world.rows()
    assert rows["postings"].keys() - rows["role_decisions"].keys() <= dropped.keys()
    assert {drop.kind for drop in dropped.values()} <= {"check_failed"}
    marked = [hostile.marker for hostile in HOSTILE]
    assert not any(marker in drop.reason for marker in marked for drop in dropped.values())
