"""Cleaning: any text becomes plain lines, quickly, and clean text stays as it is."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jd_assets.dumps.clean import is_missing, literal, to_line, to_text

DIRT = [
    *["<p>", "</p>", "<li>", "<ul>", "<br/>", "<div>", "<script>", "</script>", "<b", ">", "<", "&", "&amp;", "&lt;"],
    *["&gt;", "&nbsp;", "&#8226;", "&#x27;", "\\n", "\\r\\n", "\r\n", "\n", "\n\n", " ", "\t", "\u00a0", "\u200b", "•"],
    *[
        "\uf0b7",
        "\x00",
        "\x85",
        "\ud800",
        "â€™",
        "Ã©",
        "é",
        "[",
        "]",
        "'",
        '"',
        "(",
        ")",
        "{",
        "}",
        ",",
        "a",
        "Bc",
        "1",
    ],
]
dirty = st.lists(st.sampled_from(DIRT), max_size=30).map("".join) | st.text(max_size=60)


@given(dirty)
@example("&amp;amp;lt;p&amp;gt;x")
@example("['<p>a', '[\"b\"]']")
@example("•\n•\n")
def test_cleaning_clean_text_changes_nothing(text: str) -> None:
    cleaned = to_text(text)
    assert to_text(cleaned) == cleaned


@given(dirty)
def test_clean_text_has_no_invisible_characters_no_ragged_lines_and_at_most_one_blank_line(text: str) -> None:
    cleaned = to_text(text)
    assert not set("\0\r\t\u200b\ufeff\ud800\x85") & set(cleaned)
    assert "\n\n\n" not in cleaned and "  " not in cleaned
    assert all(line == line.strip() for line in cleaned.split("\n"))
    cleaned.encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (
            "<p>We build looms.<p>You will:<ul><li>weave<li>mend</ul>Apply!",
            "We build looms.\n\nYou will:\n\n• weave\n• mend\nApply!",
        ),
        ("<ul>\n <li><p>weave</p></li>\n <li><b>mend</b></li>\n</ul>", "• weave\n• mend"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("looms<style>p{color:red}</style> and<script>if (a < b) {}</script> mills", "looms and mills"),
        ("<p>a sentence that the page's\n   source wraps</p>", "a sentence that the page's source wraps"),
        ("&lt;p&gt;R&amp;amp;D&lt;/p&gt;", "R&D"),
        ("vector<int>, <your name>, a < b > c", "vector<int>, <your name>, a < b > c"),
        ("donâ€™t, cafÃ©, theÂ loom", "don’t, café, the loom"),
        ("one\\n\\ntwo\\r\\nthree", "one\n\ntwo\nthree"),
        ("C:\\new is a folder", "C:\\new is a folder"),
        ("['weave cloth', \"mend it's parts\"]", "• weave cloth\n• mend it's parts"),
        ("[1, 2]", "[1, 2]"),
        ("\uf0b7 weave\u200b \u00a0 cloth \x93now\x94", "• weave cloth “now”"),
        ("ignore\U000e0041\U000e0042 this", "ignore this"),
        ("•\n\n weave\n • \n", "• weave"),
    ],
)
def test_text_is_cleaned(raw: str, clean: str) -> None:
    assert to_text(raw) == clean


def test_a_line_stays_a_line() -> None:
    assert to_line("Weaver<br>(m/f)\n") == "Weaver (m/f)"
    assert to_line("('Looms', 'Dyes', 'C')") == "Looms, Dyes, C"


@pytest.mark.parametrize("cell", ["", "  ", "-1", "nan", "NaN", "None", "N/A", "null", "Not disclosed", "[]"])
def test_the_ways_of_writing_nothing_are_nothing(cell: str) -> None:
    assert is_missing(cell)


@pytest.mark.parametrize("cell", ["0", "C", "R", "No", "Nan Ltd", " " * 60 + "Weaver"])
def test_short_words_are_something(cell: str) -> None:
    assert not is_missing(cell)


def test_literals_are_read_as_data_and_never_run() -> None:
    assert literal("{'title': 'Looms', 'items': ['a', 'b']}") == {"title": "Looms", "items": ["a", "b"]}
    assert literal("('a', 'b')") == ["a", "b"]
    assert literal("[__import__('os').getcwd()]") is None
    assert literal("[" * 5_000 + "]" * 5_000) is None
    assert literal("[" + "-" * 50_000 + "1]") is None


@pytest.mark.parametrize(
    "text",
    [
        *["<a " * 200_000, "<script>" * 100_000, "&amp;" * 200_000, "&" + "amp;" * 200_000 + "lt;", "[" * 300_000],
        *[
            "• " * 300_000,
            "\n" * 500_000 + "x",
            "<p>" + " " * 500_000,
            "Ã " * 200_000,
            "<!--" * 100_000,
            "\\n" * 200_000,
        ],
    ],
    ids=lambda text: text[:8],
)
def test_hostile_text_is_cleaned_in_time_proportional_to_its_length(text: str) -> None:
    start = time.process_time()
    to_text(text)
    assert time.process_time() - start < 4


def test_clean_text_costs_next_to_nothing() -> None:
    text = "\n\n".join(["We weave and mend cloth for 40 mills, and look for somebody who knows looms well."] * 50)
    start = time.process_time()
    for _ in range(100):
        to_text(text)
    assert (time.process_time() - start) / 100 < 0.0005
