"""What an answer must be to count, and what becomes of the record: choices among what was offered, words verbatim."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from jd_assets.engines.openai.config import TaskConfig
from jd_assets.engines.questions import Question
from jd_assets.evaluation.in_memory import judge_all
from jd_assets.library.model import RoleAlias
from jd_assets.records import Posting
from jd_assets.stages.base import Tally, Upstream
from jd_assets.stages.registry import build_stages
from jd_assets.tasks.asked import AskedStage, UsedTask
from jd_assets.tasks.base import Task
from jd_assets.tasks.channel import block, posting_block
from jd_assets.tasks.quotes import find, places, verbatim
from jd_assets.tasks.registry import TASKS
from jd_assets_tests.small_world import WordEmbedder, small_library
from jd_assets_tests.tasks.answering import InProcess, sensible

LIBRARY = small_library()
STAGES = build_stages(LIBRARY, WordEmbedder())
TEXT = (
    "About us\nWe sell maps to sailors and pilots.\n"
    "Your tasks\n• Design and build server side services for our customers\n• Mend REST interfaces of other teams\n"
    "You bring\n• Five years of Java, or 3 to 4 years of Python\n• Zymurgy Studio, SQL\n"
    "Pay: 12-18 LPA or 60.000 Euro"
)


def posting(title: str = "Backend Engineer", text: str = TEXT, **fields: Any) -> Posting:
    return Posting(**{"posting_id": "p", "board": "test", "title": title, "description": text, **fields})


def kind_of(task: str) -> type[Task[Any, Any, Any]]:
    return next(kind for kind in TASKS if kind.name == task)


def asked(task: str, item: Posting, says: Any) -> tuple[Any, Question]:
    """The stage's record for a posting when one task is answered so, and the question; all before it by rules."""
    kind = kind_of(task)
    answerer = InProcess(says)
    stage = AskedStage(STAGES[kind.stage], [UsedTask(kind(LIBRARY), TaskConfig(engine="openai"))], answerer)
    (upstream,) = judge_all(STAGES, [item])
    (record,) = stage.judge_batch([(upstream, stage.gather([upstream])[0])], Tally())
    return record, answerer.asked[0]


def saying(**changes: Any) -> Any:
    """A model that says the sensible, but for these fields."""

    def says(question: Question) -> BaseModel:
        return question.schema.model_validate({**sensible(question).model_dump(), **changes})

    return says


def refused(task: str, **changes: Any) -> str:
    """Why an answer with these fields is not accepted; "" if it is."""
    _, question = asked(task, posting(), sensible)
    return " ".join(question.check(saying(**changes)(question)))


# --- the channel and quotations -------------------------------------------------------------------------------------


@given(st.text(), st.text())
def test_whatever_a_posting_says_its_block_is_one_line_of_json_between_its_marks(title: str, text: str) -> None:
    lines = posting_block(posting(title, text)).split("\n")
    assert (lines[0], lines[2:]) == ("<posting>", ["</posting>"])
    assert "<" not in lines[1]
    assert set(json.loads(lines[1])) == {"title", "company", "description"}


def test_data_comes_back_as_it_went_in() -> None:
    assert json.loads(block("term", 'a "<b>"\n').split("\n")[1]) == 'a "<b>"\n'


@given(st.lists(st.sampled_from(["map", "sea", "of", "\n", "  ", "•"]), max_size=12).map(" ".join), st.data())
def test_a_quotation_is_found_whatever_its_white_space_and_kept_as_the_text_has_it(text: str, data: Any) -> None:
    words = text.split()
    if words:
        start = data.draw(st.integers(0, len(words) - 1))
        quote = " ".join(words[start : data.draw(st.integers(start + 1, len(words)))])
        found = verbatim(text, quote)
        assert found is not None
        assert found in text
        assert found.split() == quote.split()


def test_words_that_do_not_stand_there_are_not_found() -> None:
    assert find("maps of the sea", "maps of sea") is None
    assert find("maps", " ") is None
    assert not places(posting("Go", "Gopher and goblins"), "gopher")
    assert [span.field for span in places(posting("Go", "Go, golang, Go."), "Go")] == [
        "title",
        "description",
        "description",
    ]


# --- nano_parse -----------------------------------------------------------------------------------------------------


SECTIONS = [
    {"kind": "about_company", "first_words": "About us", "has_heading": True},
    {"kind": "responsibilities", "first_words": "Your tasks", "has_heading": True},
    {"kind": "requirements", "first_words": "You bring", "has_heading": True},
    {"kind": "details", "first_words": "Pay: 12-18 LPA", "has_heading": False},
]


def test_sections_cover_the_text_and_the_rules_read_duties_from_them() -> None:
    record, _ = asked("nano_parse", posting(), saying(sections=SECTIONS))
    assert [section.kind for section in record.sections] == [each["kind"] for each in SECTIONS]
    assert record.sections[0].start == 0
    assert record.sections[-1].end == len(TEXT)
    assert all(left.end == right.start for left, right in zip(record.sections, record.sections[1:], strict=False))
    assert record.duties[0] == "Design and build server side services for our customers"
    assert record.about_company == "We sell maps to sailors and pilots."


def test_years_and_pay_are_the_models_and_their_words_the_postings() -> None:
    record, _ = asked(
        "nano_parse",
        posting(),
        saying(
            experience={"min": 5, "max": None, "words": "Five  years of Java"},
            relevant_experience={"min": 3, "max": 4, "words": "3 to 4 years of Python"},
            salary={"min": 1_200_000, "max": 1_800_000, "currency": "INR", "period": "year", "words": "12-18 LPA"},
        ),
    )
    euro = {"min": 60_000, "max": None, "currency": "EUR", "period": "year", "words": "60.000 Euro"}
    assert not refused("nano_parse", salary=euro)
    assert (record.experience.min, record.experience.raw) == (5, "Five years of Java")
    assert (record.experience.relevant_max, record.experience.relevant_raw) == (4, "3 to 4 years of Python")
    assert record.ctc is not None
    assert (record.ctc.max, record.ctc.raw) == (1_800_000, "12-18 LPA")


def test_what_the_board_states_in_fields_of_its_own_stays() -> None:
    item = posting(experience="2 - 3 years", company="Chart House", remote="remote")
    years = {"min": 5, "max": None, "words": "Five years of Java"}
    record, _ = asked("nano_parse", item, saying(experience=years, company="Chart House"))
    assert (record.experience.min, record.experience.max) == (2, 3)
    assert (record.company_name, record.work_mode) == ("Chart House", "remote")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"role": "Admiral"}, "'Admiral' do not stand in the posting"),
        ({"experience": {"min": 7, "max": None, "words": "Five years of Java"}}, "The number 7 does not stand"),
        ({"experience": {"min": None, "max": None, "words": "Five years of Java"}}, "need a number"),
        ({"experience": {"min": 4, "max": 3, "words": "3 to 4 years of Python"}}, "4 is more than 3"),
        ({"salary": {"min": 12, "max": 18, "currency": "gold", "period": "year", "words": "12-18 LPA"}}, "ISO 4217"),
        ({"work_mode": "remote", "work_mode_words": None}, "come together"),
        ({"sections": [*SECTIONS[::-1]]}, "stand before the section named before it"),
        ({"sections": [{"kind": "other", "first_words": "Once upon", "has_heading": False}]}, "do not stand in"),
    ],
)
def test_a_parse_that_says_more_than_the_posting_is_refused(changes: dict[str, Any], problem: str) -> None:
    assert problem in refused("nano_parse", **changes)


# --- extract_skills -------------------------------------------------------------------------------------------------


def test_the_places_of_a_skill_and_whether_the_library_knows_it_are_found_by_our_code() -> None:
    skills = [{"name": "SQL", "primary": True}, {"name": "Zymurgy Studio", "primary": False}]
    record, _ = asked("extract_skills", posting(), saying(skills=skills))
    by_name = {skill.name: skill for skill in record.final_skills}
    assert list(by_name) == ["Zymurgy Studio", "SQL"]  # as the text has them
    assert (by_name["SQL"].origin, by_name["Zymurgy Studio"].origin) == ("library", "pattern")
    assert all(TEXT[span.start : span.end] == name for name, skill in by_name.items() for span in skill.spans)
    assert {term.text: term.reason for term in record.refused}["Java"] == "not named by the model"


@pytest.mark.parametrize("name", ["Rust", "sql", "Zymurg", "", "Zymurgy Studio, SQL\nPay"])
def test_a_skill_that_does_not_stand_in_the_posting_word_for_word_is_refused(name: str) -> None:
    assert refused("extract_skills", skills=[{"name": name, "primary": False}])


# --- roles ----------------------------------------------------------------------------------------------------------


def test_a_decided_role_brings_all_that_follows_from_it() -> None:
    says = saying(role="data-analyst", domain="Data", outcome="role", confidence=0.8, quotes=["SQL"])
    record, question = asked("decide_role", posting(), says)
    assert (record.specific_role, record.display_name, record.domain) == ("data-analyst", "Data Analyst", "Data")
    assert (record.case, record.confidence, record.queued) == ("DOMAIN", 0.8, False)
    assert "SQL" in record.matched_skills
    assert record.margin < 0  # the signals think otherwise, and the row says so
    assert record.reasoning == 'Domain=Data; Data Analyst: the posting says "SQL" [DOMAIN, by the model].'
    assert [role["id"] for role in json.loads(question.messages[1].content.split("\n")[1])] == sorted(
        evidence.role for evidence in judge_all(STAGES, [posting()])[0].role_signals.evidence
    )


def test_no_role_is_said_as_the_rules_say_it() -> None:
    none, _ = asked("decide_role", posting(), saying(role=None, outcome="not_technical", quotes=[]))
    new, _ = asked("decide_role", posting("Blimp Pilot"), saying(role=None, outcome="new_role", quotes=[]))
    assert (none.case, none.role, none.queued) == ("NOT_TECH", None, False)
    assert (new.case, new.is_new_role, new.new_role_slug, new.queued) == ("NEW_ROLE", True, "blimp-pilot", True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"role": "admiral"}, "none of those offered"),
        ({"role": None, "outcome": "role"}, "none of those offered"),
        ({"role": "data-analyst", "outcome": "new_role"}, "role must be null"),
        ({"role": "data-analyst", "outcome": "role", "domain": "Sea"}, "is of the domain 'Data'"),
        ({"confidence": 1.5}, "between 0 and 1"),
        ({"quotes": ["Ahoy"]}, "do not stand in the posting"),
        ({"quotes": ["SQL"] * 4}, "at most 3"),
    ],
)
def test_a_role_that_was_not_offered_or_not_shown_is_refused(changes: dict[str, Any], problem: str) -> None:
    assert problem in refused("decide_role", **changes)


def test_a_clear_decision_is_not_read_again() -> None:
    kind = kind_of("adjudicate_role")
    answerer = InProcess()
    stage = AskedStage(STAGES[kind.stage], [UsedTask(kind(LIBRARY), TaskConfig(engine="openai"))], answerer)
    (item,) = judge_all(STAGES, [posting()])
    (record,) = stage.judge_batch([(item, stage.gather([item])[0])], Tally())
    assert not answerer.asked
    assert not record.adjudicated


def test_a_decision_in_doubt_is_read_again_and_says_why() -> None:
    library = replace(
        LIBRARY, role_aliases=(*LIBRARY.role_aliases, RoleAlias(alias="Backend Engineer", role="data-analyst"))
    )
    stages = build_stages(library, WordEmbedder())
    kind = kind_of("adjudicate_role")
    answerer = InProcess(saying(role="data-analyst", domain="Data", outcome="role", confidence=0.9, quotes=["SQL"]))
    stage = AskedStage(stages[kind.stage], [UsedTask(kind(library), TaskConfig(engine="openai"))], answerer)
    (item,) = judge_all(stages, [posting()])
    (record,) = stage.judge_batch([(item, stage.gather([item])[0])], Tally())
    assert record.adjudicated
    assert "the title is an alias of several roles" in (record.adjudication_reason or "")
    assert (record.specific_role, record.case) == ("data-analyst", "ALIAS_COLLISION")
    contest = json.loads(answerer.asked[0].messages[1].content.split("\n")[1])
    assert contest["reasons"] == (record.adjudication_reason or "").split("; ")


# --- new skills, new roles, enrichment ------------------------------------------------------------------------------


def with_new_skill(says: Any) -> tuple[Any, Question]:
    kind = kind_of("describe_new_skill")
    answerer = InProcess(says)
    stage = AskedStage(STAGES[kind.stage], [UsedTask(kind(LIBRARY), TaskConfig(engine="openai"))], answerer)
    rules = judge_all(STAGES, [posting()])[0]
    (skill, *_) = rules.extracted_skills.final_skills
    unknown = skill.model_copy(update={"name": "Zymurgy/Studio"})
    item = Upstream(
        rules.posting, extracted_skills=rules.extracted_skills.model_copy(update={"final_skills": (unknown,)})
    )
    (record,) = stage.judge_batch([(item, stage.gather([item])[0])], Tally())
    return record, answerer.asked[0]


def test_a_new_skill_is_typed_placed_and_related_and_never_leaves_its_neighbours() -> None:
    record, question = with_new_skill(
        saying(nature="TOOL", decision="split", parts=["Zymurgy", "Studio"], merge_into=None)
    )
    (match,) = record.matches
    meta = match.new_skill_meta
    assert (meta.category, meta.skill_nature, meta.decision) == ("Tool", "TOOL", "split")
    assert meta.decision_reason.startswith("names several skills: Zymurgy, Studio (by the model)")
    assert match.status == "new"
    assert not any("<posting>" in message.content for message in question.messages[1:])
    for changes in (
        {"decision": "merge", "merge_into": "admiral"},
        {"decision": "keep", "merge_into": None, "parts": ["Zymurgy", "Studio"]},
        {"decision": "split", "parts": ["Zymurgy", "Sextant"]},
        {"dimensions": ["sailing"]},
        {"sub_category": "Sailing"},
        {"related": [{"skill": "admiral", "relation": "part_of"}]},
    ):
        assert question.check(saying(**changes)(question)), changes


def test_enrichment_chooses_labels_and_shows_words_and_our_code_counts() -> None:
    says = saying(
        nature_of_work="Building",
        nature_quotes=["Mend REST interfaces of other teams"],
        stack="Legacy",
        stack_words=["Java", "SQL"],
        on_ai_team="sell maps",
        builds_ai_products=None,
    )
    record, question = asked("enrich", posting(), says)
    assert record.nature_of_work.quote == "Mend REST interfaces of other teams"
    assert record.tech_stack_maturity.reasoning == "The posting names Java, SQL (by the model)."
    assert record.ai_index.on_ai_team
    assert record.ai_index.score == 1.0
    for changes in (
        {"nature_of_work": "Sailing"},
        {"nature_quotes": []},
        {"nature_of_work": None},
        {"stack": None},
        {"stack_words": ["Fortran"]},
        {"on_ai_team": ""},
    ):
        assert question.check(question.schema.model_validate({**says(question).model_dump(), **changes})), changes
