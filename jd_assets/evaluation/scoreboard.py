"""The scoreboard: every measurement on the shared data, as one page.

    python -m jd_assets.evaluation.scoreboard [FILE]

The data lies in the folder JD_ASSETS_SHARED, else in `shared` beside the checkout. No text of the labels gets into
the page.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from jd_assets.engines.embedder import Embedder, MiniLMEmbedder
from jd_assets.evaluation import learn_roles, learn_skills
from jd_assets.evaluation.esco import SpanScores
from jd_assets.evaluation.labels import Scores, read_labels, read_vocabulary
from jd_assets.evaluation.measure import (
    HELD_OUT,
    Postings,
    esco_beside,
    measure_postings,
    measure_spans,
    measure_titles,
)
from jd_assets.evaluation.titles import TitleScores
from jd_assets.library.files import read_folder
from jd_assets.library.model import Taxonomy
from jd_assets.library.skill_index import SkillIndex
from jd_assets.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]

_OVERLAPS = {"strict": "skills strict F1", "partial": "skills partial F1", "primary": "primary partial F1"}
_NAIVE = {"role exact", "role accepted", "role family", "skills strict F1", "skills partial F1"}

_PAGE = """\
# Scoreboard

Written by `make scoreboard`. Everything runs offline, with the built-in library and the packaged embedder. What the
figures mean: [evaluation.md](evaluation.md).

{tables}
"""


def page(shared: Path, further: Sequence[Path]) -> str:
    """Measure everything and lay it out, as Markdown; `further` labels are what weights were learned from besides."""
    settings = Settings.load()
    library, embedder = read_folder(settings.taxonomy_dir), MiniLMEmbedder(settings.cache_dir)
    labelled = shared / "data" / "labelled"
    labels = shared / "labels" / "postings.jsonl"
    postings = measure_postings(labels, library, embedder)
    learned = _held_out(labels, further, library, embedder)
    esco = esco_beside(labelled / "esco_tech_house")
    spans = measure_spans(labelled / "esco_tech_house", esco, embedder)
    titles = measure_titles(labelled / "jobbert_titles_esco", esco, embedder)
    held_out = {part: found for (part, numbers), found in spans.items() if numbers == HELD_OUT}
    tables = (_postings(postings, learned, bool(further)), _ranked(held_out), _linked(held_out), _titles(titles))
    return _PAGE.format(tables="\n\n".join(tables))


def _held_out(labels: Path, further: Sequence[Path], library: Taxonomy, embedder: Embedder) -> dict[str, float]:
    """The figures of what was learned from labelled postings, each read by what the others gave."""
    own, more = read_labels(labels), [label for path in further for label in read_labels(path)]
    index, vocabulary = SkillIndex(library), read_vocabulary(labels.with_name("roles.csv"))
    skills, more_skills = (learn_skills.read_examples(lines, index) for lines in (own, more))
    roles, more_roles = (learn_roles.read_examples(lines, library, vocabulary, embedder) for lines in (own, more))
    found = learn_skills.overlaps(skills, learn_skills.learn_folds(skills, more_skills))
    exact, accepted = learn_roles.shares(roles, learn_roles.held_out(roles, more_roles))
    return {
        "role exact": exact,
        "role accepted": accepted,
        **{_OVERLAPS[name]: overlap.scores[2] for name, overlap in found.items()},
    }


def _postings(found: Postings, learned: Mapping[str, float], further: bool) -> str:
    own, naive = _figures(found.scores), _figures(found.naive)
    held_out = {name: f"{figure:.3f}" for name, figure in learned.items()}
    return _section(
        f"Labelled postings ({found.scores.postings})",
        "jd-assets eval ../shared/labels/postings.jsonl",
        "The naive dictionary takes every alias of the library literally, wherever it stands, and a role where the\n"
        f"whole title is its alias. The pipeline takes {found.cpu_seconds:.2f} CPU seconds a posting, getting the\n"
        "library ready included. What finds skills and weighs roles was learned from these very postings. Held out\n"
        "are the figures when each fifth of the postings is read by weights that the others gave"
        + (",\ntogether with the further labels that the weights were learned from." if further else "."),
        ("", "pipeline", "held out", "naive dictionary"),
        [
            (name, f"{own[name]:.3f}", held_out.get(name, ""), f"{naive[name]:.3f}" if name in _NAIVE else "")
            for name in own
        ],
    )


def _figures(scores: Scores) -> dict[str, float]:
    return {
        "role exact": scores.role_exact,
        "role accepted": scores.role_accepted,
        "role family": scores.role_family,
        "skills strict F1": scores.strict.scores[2],
        "skills partial F1": scores.partial.scores[2],
        "primary partial F1": scores.primary.scores[2],
        "experience exact": scores.experience,
        "work mode exact": scores.work_mode,
    }


def _ranked(found: Mapping[str, SpanScores]) -> str:
    return _section(
        "Skills of ESCO, ranked",
        "jd-assets eval esco ../shared/data/labelled/esco_tech_house",
        "Validation part, percent; held out: the numbers were learned from the other folds. A sentence is ranked from\n"
        "its text alone, as the benchmark is published.",
        ("", "queries", "RP@1", "RP@5", "RP@10", "MRR"),
        [
            (f"{part.upper()} {kind}", str(ranks.queries), *(f"{100 * figure:.1f}" for figure in ranks[1:]))
            for part, scores in found.items()
            for kind, ranks in (("sentences", scores.sentences), ("spans", scores.spans))
        ],
    )


def _linked(found: Mapping[str, SpanScores]) -> str:
    return _section(
        "Spans linked or not",
        "jd-assets eval esco ../shared/data/labelled/esco_tech_house",
        "Percent, held out. Linking a span whose skill ESCO does not hold is wrong.",
        ("", "not present", "of these linked", "labelled linked", "of these right"),
        [
            (part.upper(), str(scores.not_present), *(f"{100 * share:.1f}" for share in scores[3:]))
            for part, scores in found.items()
        ],
    )


def _titles(found: TitleScores) -> str:
    return _section(
        "Roles from titles alone",
        "jd-assets eval titles ../shared/data/labelled/jobbert_titles_esco",
        "Percent. Recruiters' titles of all trades, with the one occupation that the employer chose; a fixed sample.",
        ("titles", "accuracy@1", "accuracy@5", "MRR"),
        [(str(found.titles), *(f"{100 * figure:.1f}" for figure in found[1:]))],
    )


def _section(heading: str, command: str, note: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ("---", *("---:" for _ in columns[1:])), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {heading}\n\n{note}\n\n```console\n$ {command}\n```\n\n{table}"


def main(file: str = str(CHECKOUT / "docs" / "scoreboard.md"), *further: str) -> None:
    """Print the page and write it to a file; `further` are the further labels of `learn_skills`."""
    shared = Path(os.environ.get("JD_ASSETS_SHARED") or CHECKOUT.parent / "shared")
    made = page(shared, [Path(path) for path in further])
    Path(file).write_text(made, encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
