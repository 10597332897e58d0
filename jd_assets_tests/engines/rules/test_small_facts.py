"""Education, certificates, domain, company, addresses and duties."""

from __future__ import annotations

from jd_assets.engines.rules.company import about_company, read_company
from jd_assets.engines.rules.domains import read_domain
from jd_assets.engines.rules.duties import duty_sections, duty_sentences
from jd_assets.engines.rules.education import read_certifications, read_education
from jd_assets.engines.rules.sections import find_sections
from jd_assets.engines.rules.urls import read_urls
from jd_assets_tests.engines.rules.writing import GLUED, LINED, whole

SECTIONS = find_sections(LINED)


def test_degrees_are_quoted_with_their_subjects() -> None:
    assert read_education(LINED, SECTIONS) == ("Bachelor's degree in Computer Science or a related field",)
    text = "B.Tech/MCA preferred. PhD in botany is a plus."
    assert read_education(text, whole(text))[-1] == "PhD in botany"


def test_a_degree_ends_where_its_sentence_or_a_number_begins() -> None:
    def read(text: str) -> tuple[str, ...]:
        return read_education(text, whole(text))

    assert read("Associate degree + 2 years of work") == ("Associate degree",)
    assert read("BA/BS degree 2-3 years in a shop") == ("BA/BS degree",)
    assert read("A bachelor's degree in botany is preferred") == ("bachelor's degree in botany",)
    assert read("Completion of high school required") == ("high school",)


def test_ms_word_is_no_degree() -> None:
    assert read_education("Good with MS Word and MS Excel.", whole("Good with MS Word and MS Excel.")) == ()


def test_certificates_go_by_their_usual_names() -> None:
    text = "PMP or CISSP, and you are an AWS Certified Solutions Architect. A cia agent's pmp."
    assert read_certifications(text, whole(text)) == ("PMP", "CISSP", "AWS Certified Solutions Architect")


def test_the_domain_is_what_the_company_says_of_itself() -> None:
    text = "About us\nWe are a retail bank with corporate banking in nine cities.\nRequirements\nFintech, gaming, SaaS."
    primary = read_domain("Clerk", None, text, find_sections(text)).primary
    assert primary is not None
    assert primary.domain == "Banking"


def test_one_passing_word_is_no_domain() -> None:
    text = "You need a strong foundation in maths and high energy."
    assert read_domain("Clerk", None, text, find_sections(text)).primary is None


def test_the_company_is_named_by_the_board_a_heading_or_the_text() -> None:
    assert read_company("Fernhill Ltd.\n3.8", None, LINED, SECTIONS) == "Fernhill Ltd."
    assert read_company(None, None, LINED, SECTIONS) == "Fernhill"
    assert read_company(None, None, "Green Harbour is hiring a cook.", ()) == "Green Harbour"
    assert read_company(None, None, "We hire a cook.", ()) is None


def test_a_shifted_column_is_no_company_where_the_title_names_one() -> None:
    assert read_company("Closing on:", "Harbour Bank", "", ()) == "Harbour Bank"


def test_about_the_company_is_quoted_without_its_heading() -> None:
    assert about_company(LINED, SECTIONS) == "Fernhill is a leading provider of irrigation software, founded in 2009."


def test_addresses_lose_the_punctuation_around_them() -> None:
    assert read_urls("See (https://a.example/x), www.b.example. And https://a.example/x!") == (
        "https://a.example/x",
        "www.b.example",
    )


def test_duties_are_verbatim_bullets_without_marks_or_requirements() -> None:
    assert duty_sentences(LINED, SECTIONS) == ("Design sensors' data pipelines", "Review the work of two colleagues")


def test_duties_are_sentences_in_text_that_lost_its_lines() -> None:
    assert duty_sentences(GLUED, find_sections(GLUED)) == (
        "Design data pipelines for our field sensors across three continents.",
        "Review the work of two colleagues and help them grow",
    )


def test_a_line_with_an_address_is_no_duty() -> None:
    lines = (
        "Responsibilities\n- Design sensors\n- Test all sensors\n- Visit us at www.acme.example today\n- Call 555-0199"
    )
    assert duty_sentences(lines, find_sections(lines)) == ("Test all sensors",)


def test_a_sentence_may_end_in_etc() -> None:
    lines = (
        "Responsibilities\nDesign sensors, cables, boards etc. Test all sensors twice a week. Write reports on them."
    )
    assert duty_sentences(lines, find_sections(lines))[:2] == (
        "Design sensors, cables, boards etc.",
        "Test all sensors twice a week.",
    )


def test_whatever_else_is_assigned_is_no_duty() -> None:
    lines = "Responsibilities\n• Test all sensors daily\n• Perform other duties as assigned\n• Ad hoc tasks as needed\n"
    assert duty_sentences(lines, find_sections(lines)) == ("Test all sensors daily",)


def test_a_block_of_duties_points_back_into_the_text() -> None:
    (block,) = duty_sections(LINED, SECTIONS)
    assert (block.heading, block.heading_was_present, block.bullet_count, block.word_count) == (
        "What you'll do",
        True,
        2,
        10,
    )
    assert block.source_marker.first_5_words == "• Design sensors' data pipelines"
    assert block.source_marker.last_5_words == "the work of two colleagues"
