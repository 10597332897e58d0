from __future__ import annotations

import csv
from pathlib import Path

import pytest

from jd_assets.errors import PermanentError
from jd_assets.evaluation.esco import rank_sentences, score_spans
from jd_assets.evaluation.folds import FOLDS
from jd_assets.evaluation.naive import naive_predictions
from jd_assets.evaluation.spans import NOT_PRESENT, UNDERSPECIFIED, parts_of, read_spans, sentences
from jd_assets.evaluation.titles import read_titles
from jd_assets.library.model import Guard, Taxonomy
from jd_assets.library.skill_index import SkillIndex
from jd_assets.library.skill_matcher import SkillMatcher
from jd_assets_tests.library.builders import joined, role, skill
from jd_assets_tests.small_world import WordEmbedder

LIBRARY = joined(skill("bind", "bind flowers", "floristry"), skill("drive", "drive vans"), role("florist", "Florist"))
ROWS = [
    ("You bind flowers and drive vans.", "bind flowers", "", "bind flowers"),
    ("You bind flowers and drive vans.", "bind flowers", "", "bind flowers"),
    ("You bind flowers and drive vans.", "flowers and vans", "drive vans", "drive vans"),
    ("Good with glaze", "glaze", "", NOT_PRESENT),
    ("Good with glaze", "Good", "", UNDERSPECIFIED),
]


def write(folder: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    for part in ("tech", "house"):
        with (folder / f"{part}_validation_annotations.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("sentence", "span", "sub_span", "label"), *(rows if part == "tech" else [])])
    return folder


def matcher() -> SkillMatcher:
    return SkillMatcher(LIBRARY, SkillIndex(LIBRARY), WordEmbedder())


def test_a_phrase_of_a_sentence_is_read_once_and_its_part_goes_before_the_span(tmp_path: Path) -> None:
    spans = read_spans(write(tmp_path, ROWS), LIBRARY)
    assert [(span.phrase, set(span.skills), span.not_present) for span in spans] == [
        ("bind flowers", {"bind"}, False),
        ("drive vans", {"drive"}, False),
        ("glaze", set(), True),
        ("Good", set(), False),
    ]
    assert sentences(spans)["You bind flowers and drive vans."] == {"bind", "drive"}


def test_an_unknown_label_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"tech_validation_annotations.csv, row 2: .*juggle"):
        read_spans(write(tmp_path, [("Juggle", "Juggle", "", "juggle")]), LIBRARY)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="is missing"):
        read_spans(tmp_path, LIBRARY)


def test_a_sentence_is_asked_whole_and_in_its_parts() -> None:
    assert parts_of("bind flowers, C++ or a van.") == ["bind flowers, C++ or a van.", "bind flowers", "C++", "a van"]
    assert parts_of("glaze") == ["glaze"]


def test_a_sentence_ranks_the_skills_of_all_its_parts_first() -> None:
    (ranked,) = rank_sentences(matcher(), ["You bind flowers and drive vans."])
    assert set(ranked[:2]) == {"bind", "drive"}


def test_spans_are_scored_by_rank_and_by_what_is_linked(tmp_path: Path) -> None:
    spans = read_spans(write(tmp_path, ROWS), LIBRARY)
    scores = score_spans(dict.fromkeys(range(FOLDS), matcher()), spans)
    assert (scores.spans.queries, scores.spans.rp_1, scores.sentences.queries) == (2, 1.0, 1)
    assert (scores.not_present, scores.not_present_linked) == (1, 0.0)
    assert (scores.labelled_linked, scores.linked_right) == (1.0, 1.0)


def test_the_sample_of_titles_is_the_same_whatever_their_order(tmp_path: Path) -> None:
    rows = [(f"Title {number}", f"http://x/esco/occupation/{number % 3}") for number in range(40)]
    files = []
    for name, own in (("a.csv", rows), ("b.csv", rows[::-1])):
        files.append(tmp_path / name)
        with files[-1].open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("vacancyTitle", "conceptUri"), *own])
    one, other = (read_titles(file, ["esco-0", "esco-1"], sample=10) for file in files)
    assert one == other
    assert len(one) == 10
    assert {slug for _, slug in one} <= {"esco-0", "esco-1"}


def test_the_naive_dictionary_takes_every_alias_and_no_guard() -> None:
    guarded = Taxonomy(**{**vars(LIBRARY), "guards": (Guard(alias="floristry", rule="phrase", reason="test"),)})
    labels = [
        {"id": "1", "title": "Florist", "text": "Drive vans. No floristry"},
        {"id": "2", "title": "?", "text": ""},
    ]
    assert naive_predictions(guarded, labels) == [
        {"id": "1", "role": "florist", "skills": [{"text": "Drive vans"}, {"text": "floristry"}]},
        {"id": "2", "role": "other", "skills": []},
    ]
