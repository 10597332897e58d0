from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jd_assets.library.model import Taxonomy
from jd_assets.records import ExtractedSkill, ExtractedSkills
from jd_assets_tests.library.builders import joined, skill
from jd_assets_tests.stages.asking import answer, ask, posting
from jd_assets_tests.stages.worked_library import GUARDED, LIBRARY


def read(description: str, title: str = "Developer", library: Taxonomy = LIBRARY, **fields: Any) -> ExtractedSkills:
    return ask(library, description, title, **fields).extracted_skills


def named(found: ExtractedSkills) -> dict[str, ExtractedSkill]:
    return {skill.name: skill for skill in found.final_skills}


def refused(found: ExtractedSkills) -> dict[str, str]:
    return {term.text: term.reason for term in found.refused}


# --- evidence -------------------------------------------------------------------------------------------------------

LINES = st.sampled_from(
    [
        "Responsibilities",
        "Requirements",
        "About us",
        "Benefits",
        "• Java, Go and Kafka in the daily work",
        "• Python/R, C++ and C#, .NET; node js",
        "We use REST APIs, Spring Boot and PostgreSQL. Go on!",
        "Must have: AWS, Terraform and Redis",
        "R&D with é, İstanbul and 😀 Kafka",
        "",
    ]
)
TEXTS = st.one_of(st.lists(LINES, max_size=12).map("\n".join), st.text(max_size=80))


@settings(max_examples=80, deadline=None)
@given(TEXTS, st.one_of(st.sampled_from(["Java Developer", "Go Engineer", ""]), st.text(max_size=20)))
def test_every_span_is_verbatim_on_any_text(description: str, title: str) -> None:
    fields = {"title": title, "description": description}
    found = read(description, title)
    for taken in found.final_skills:
        assert taken.spans
        places = [fields[span.field][span.start : span.end] for span in taken.spans]
        assert places[0] == taken.name
        assert all(place.strip() for place in places)
        assert taken.why
    for term in found.refused:
        assert fields[term.span.field][term.span.start : term.span.end] == term.text
        assert term.reason


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_no_two_spans_overlap(description: str) -> None:
    spans = sorted(
        (span.start, span.end)
        for taken in read(description).final_skills
        for span in taken.spans
        if span.field == "description"
    )
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_each_skill_stands_in_the_section_it_says(description: str) -> None:
    item = ask(LIBRARY, description, "Developer")
    for taken in item.extracted_skills.final_skills:
        first = taken.spans[0]
        if first.field == "title":
            assert taken.section == "title"
        else:
            kinds = {s.kind for s in item.nano_parse.sections if s.start <= first.start < s.end}
            assert taken.section in (kinds or {"other"})


def test_a_skill_named_twice_is_one_skill_with_two_places() -> None:
    found = named(read("Requirements\n• Kafka at work\n• more Kafka at night for the team", "Kafka Engineer"))
    assert [(span.field, span.start) for span in found["Kafka"].spans] == [
        ("title", 0),
        ("description", 15),
        ("description", 36),
    ]
    assert found["Kafka"].section == "title"


def test_spellings_of_one_name_are_one_skill_under_the_first_and_another_name_stands_for_itself() -> None:
    found = named(
        read("Requirements\n• REST APIs, Postgres and PostgreSQL in the daily work\n• rest-api tuning for years")
    )
    assert len(found["REST APIs"].spans) == 2
    assert {"Postgres", "PostgreSQL"} <= set(found)


# --- sections -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "line", "section"),
    [
        ("About the company", "We are a firm that builds Kafka tools for everybody.", "about_company"),
        ("Benefits", "• Free Kafka courses and paid leave for all", "benefits"),
        (
            "Equal Opportunity Employer",
            "We welcome applicants of any race, religion or gender, Kafka lovers too.",
            "diversity",
        ),
        ("How to apply", "Send your CV and a Kafka sample to the address below.", "how_to_apply"),
    ],
)
def test_boilerplate_yields_no_skills_and_says_so(heading: str, line: str, section: str) -> None:
    found = read(f"Requirements\n• 3+ years of Python in a team\n\n{heading}\n{line}\n")
    assert "Python" in named(found)
    assert "Kafka" not in named(found)
    assert section in refused(found)["Kafka"]


def test_a_rejected_posting_has_no_skills_and_says_why() -> None:
    found = read("Java und Kafka", flags=("not_english",))
    assert found == ExtractedSkills(rejected=True, rejection_reason="not_english")


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GUARDED)
def test_an_ambiguous_name_counts_in_a_list_of_skills_and_says_why(name: str) -> None:
    taken = named(read(f"Requirements\n• Python, {name} and Kafka in the daily work"))[name]
    assert taken.why != "alias"


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("We go to market every single day with the team", "go"),
        ("You excel in a fast place with many good people", "excel"),
        ("In spring we travel together to see the sea", "spring"),
        ("Swift replies are what our customers love most", "Swift"),
        ("There is rust on the pipes that you will paint", "rust"),
        ("Hold a class C license to drive our small trucks", "C"),
    ],
)
def test_an_ambiguous_word_in_ordinary_prose_is_refused_with_its_reason(sentence: str, word: str) -> None:
    found = read(f"{sentence}.")
    assert word not in named(found)
    assert "also a word" in refused(found)[word]


def test_a_context_word_vouches_for_an_ambiguous_name() -> None:
    assert "Spring" in named(read("Requirements\n• Experience with Spring on top of plain Java for years"))


def test_the_case_of_a_name_is_enough_where_the_guard_says_so_but_not_at_the_start_of_a_sentence() -> None:
    assert "Julia" in named(read("Requirements\n• Numeric programs in Julia for the daily work"))
    assert "julia" not in named(read("Requirements\n• Our cook julia makes lunch for the team"))
    assert "Julia" not in named(read("Julia leads the team of five good people here."))


def test_a_name_that_never_counts_alone_counts_in_the_longer_name() -> None:
    found = read("Requirements\n• Microsoft Access files, Access to the building for all people")
    assert "Microsoft Access" in named(found)
    assert "Access" not in named(found)
    assert "longer name" in refused(found)["Access"]


def test_an_exact_case_name_counts_in_its_case_alone() -> None:
    assert "AWS" in named(read("Requirements\n• Know AWS well from the daily work"))
    found = read("Requirements\n• Know aws well from the daily work")
    assert "aws" not in named(found)
    assert "'AWS'" in refused(found)["aws"]


def test_the_longest_name_wins() -> None:
    found = named(read("Requirements\n• Spring Boot for the daily work of years"))
    assert "Spring Boot" in found
    assert "Spring" not in found


@pytest.mark.parametrize("wording", ["REST APIs", "rest-api", "REST API", "Rest Apis"])
def test_plural_hyphen_and_space_are_the_same_name(wording: str) -> None:
    assert wording in named(read(f"Requirements\n• Build {wording} for the daily work"))


@pytest.mark.parametrize("wording", ["Node.js", "node js", "Node-JS", "NODE.JS"])
def test_a_name_with_a_dot_is_found_however_it_is_written(wording: str) -> None:
    assert wording in named(read(f"Requirements\n• Build {wording} programs for the daily work"))


def test_names_made_of_marks_are_told_apart() -> None:
    found = named(read("Requirements\n• C++, C#, C and .NET in the daily work"))
    assert {"C++", "C#", "C", ".NET"} <= set(found)
    assert all(len(taken.spans) == 1 for taken in found.values())


def test_a_name_inside_another_word_is_not_found() -> None:
    assert not named(read("Requirements\n• Javanese and Kafkaesque books for the daily work"))


@pytest.mark.parametrize("opener", ["Experience with", "Strong", "Must know", "Proficient in"])
def test_a_name_is_found_before_a_word_that_opens_a_line_whose_break_was_lost(opener: str) -> None:
    assert "Kafka" in named(read(f"Requirements\nWork with Java, Go and Kafka{opener} Redis"))


def test_a_name_with_a_capital_inside_stays_whole() -> None:
    library = joined(LIBRARY, skill("cool-flow", "CoolFlow"))
    assert list(named(read("Requirements\nJava and CoolFlow", library=library))) == ["Java", "CoolFlow"]


def test_boilerplate_in_a_text_of_one_line_ends_with_its_section() -> None:
    found = read("What we offer: free lunch and a gym • Requirements: Java, Kafka and Redis")
    assert set(named(found)) == {"Java", "Kafka", "Redis"}


def test_a_name_is_not_found_across_a_comma() -> None:
    assert "Spring Boot" not in named(read("Requirements\n• We like Spring, Boot camps are fun for the team"))


# --- what the library does not know ----------------------------------------------------------------------------------


def test_a_name_in_a_list_of_skills_is_taken_and_says_so() -> None:
    taken = named(read("Requirements\n• Java, Kestrelflow and Kafka in the daily work"))["Kestrelflow"]
    assert taken.origin == "pattern"
    assert taken.why == "in a list with 'Java'"


def test_a_lower_case_phrase_that_reads_like_a_skill_is_taken_and_says_why() -> None:
    text = "Requirements\n• Experience with Python, load testing, Kafka and data modeling\n• Knowledge of load testing"
    taken = named(read(text))["load testing"]
    assert taken.origin == "pattern"
    assert len(taken.spans) == 2
    assert taken.why.startswith("like a skill (")


@pytest.mark.parametrize("word", ["great people", "our office", "fast place", "many years"])
def test_ordinary_words_are_no_skill(word: str) -> None:
    assert word not in named(read(f"Responsibilities\n• Work with {word}, good coffee and a nice view every day"))


def test_an_idea_in_ordinary_prose_is_refused_with_its_probability() -> None:
    library = joined(LIBRARY, skill("strategy", "strategy", nature="CONCEPT"))
    found = read("About you\n• You are happy when our strategy people are happy too", library=library)
    assert "strategy" not in named(found)
    assert "reads like ordinary words here" in refused(found)["strategy"]


# --- primary --------------------------------------------------------------------------------------------------------


def test_what_is_required_is_primary_and_what_is_a_plus_is_not() -> None:
    found = named(
        read(
            "Requirements\n• Must have strong Java, Maven, Gradle, Python, C++, C#, Redis, Nginx in the daily work\n\n"
            "Nice to have\n• Kafka is a plus\n",
            "Java Backend Developer",
        )
    )
    assert found["Java"].is_primary
    assert not found["Kafka"].is_primary


def test_not_every_one_of_many_skills_is_primary() -> None:
    names = ["Java", "Maven", "Gradle", "Python", "Kafka", "Redis", "Nginx", "Envoy", "Consul", "Tableau", "Looker"]
    found = named(read(f"Requirements\n• {', '.join(names)} in the daily work"))
    assert set(names) <= set(found)
    assert 0 < sum(taken.is_primary for taken in found.values()) < len(names)


# --- promises -------------------------------------------------------------------------------------------------------


def test_a_posting_does_not_care_for_an_alias_that_does_not_occur_in_it() -> None:
    text = "Requirements\n• Java, Go and Kafka in the daily work"
    larger = joined(LIBRARY, skill("zig", "Zig", "Ziglang", guard="case"))
    assert read(text) == read(text, library=larger)


def test_an_empty_library_knows_no_skill_of_its_own() -> None:
    found = read("Requirements\n• Java, Go and Kafka in the daily work", library=Taxonomy())
    assert not [taken for taken in found.final_skills if taken.origin == "library"]
    assert not found.refused


def test_a_name_of_two_skills_is_taken_once() -> None:
    library = joined(skill("a-tool", "Mercury"), skill("b-tool", "Mercury"), skill("java", "Java"))
    found = read("Requirements\n• Mercury and Java in the daily work", library=library)
    assert sorted(taken.name for taken in found.final_skills) == ["Java", "Mercury"]


def test_an_unparsed_posting_is_read_as_one_section() -> None:
    from jd_assets.stages.base import Upstream

    found = answer(LIBRARY, "extracted_skills", Upstream(posting("Kafka and Java")))
    assert {taken.section for taken in found.final_skills} == {"other"}
