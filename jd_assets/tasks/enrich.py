"""Task `enrich`: nature of work, stack maturity and the AI flags that need reading, for the client's view.

The model chooses labels and points at the words; sentences, figures and the AI index are made by our code.
Confidence: see `enrich_confidence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from jd_assets.library.model import Taxonomy
from jd_assets.records import ClientEnrichment, NatureOfWork, TechStackMaturity
from jd_assets.stages.base import Upstream
from jd_assets.stages.client_enrichment import EnrichmentFacts, ai_score
from jd_assets.tasks.base import Ask, Strict, Subject, Task
from jd_assets.tasks.channel import block, posting_block
from jd_assets.tasks.confidence import enrich_confidence
from jd_assets.tasks.quotes import in_posting, problems

MOST_QUOTES, LONGEST_QUOTE = 3, 300
MOST_WORDS, LONGEST_WORD = 6, 60


class Enrichment(Strict):
    nature_of_work: str | None
    nature_quotes: list[str]
    stack: (
        Literal[
            "Emerging AI-Centric",
            "Modern Cloud Native",
            "Mature Enterprise",
            "Legacy",
            "Specialised Hardware",
            "Business Tooling",
        ]
        | None
    )
    stack_words: list[str]
    on_ai_team: str | None
    builds_ai_products: str | None


class Enrich(Task[EnrichmentFacts, tuple[str, ...], ClientEnrichment]):
    """Gathers the labels for the nature of work: those of the library's baselines."""

    name = "enrich"
    stage = "client_enrichment"
    schema = Enrichment
    max_output_tokens = 800

    def __init__(self, taxonomy: Taxonomy) -> None:
        super().__init__(taxonomy)
        self._natures = tuple(sorted({baseline.nature_of_work for baseline in taxonomy.role_baselines}))

    def gather(self, batch: Sequence[Upstream]) -> Sequence[tuple[str, ...]]:
        return [self._natures if item.role_decisions.specific_role else () for item in batch]

    def asks(self, subject: Subject[EnrichmentFacts, tuple[str, ...], ClientEnrichment]) -> Sequence[Ask]:
        upstream, natures = subject.upstream, subject.own
        if not natures:
            return ()

        def check(answer: Enrichment) -> list[str]:
            return _problems(answer, upstream, natures)

        data = [block("choices", {"nature_of_work": natures}), posting_block(upstream.posting)]
        question = self.question(upstream.posting.posting_id, data, check)
        return [Ask(enrich_confidence(subject.record), question)]

    def merge(
        self, subject: Subject[EnrichmentFacts, tuple[str, ...], ClientEnrichment], answers: Sequence[Any]
    ) -> ClientEnrichment:
        answer: Enrichment | None = answers[0]
        if answer is None:
            return subject.record
        record, posting = subject.record, subject.upstream.posting
        update: dict[str, Any] = {}
        if answer.nature_of_work is not None:
            quotes = [found for words in answer.nature_quotes if (found := in_posting(posting, words))]
            update["nature_of_work"] = NatureOfWork(
                label=answer.nature_of_work, summary="; ".join(quotes), quote=quotes[0], source="jd"
            )
        if answer.stack is not None:
            named = [found for words in answer.stack_words if (found := in_posting(posting, words))]
            reasoning = f"The posting names {', '.join(dict.fromkeys(named))} (by the model)."
            update["tech_stack_maturity"] = TechStackMaturity(label=answer.stack, reasoning=reasoning, source="jd")
        if record.ai_index is not None and record.ai_index.source == "jd":
            flags = {
                "on_ai_team": answer.on_ai_team is not None,
                "builds_ai_products": answer.builds_ai_products is not None,
            }
            index = record.ai_index.model_copy(update=flags)
            update["ai_index"] = index.model_copy(update={"score": ai_score(index)})
        return record.model_copy(update=update)


def _problems(answer: Enrichment, upstream: Upstream, natures: Sequence[str]) -> list[str]:
    quotes = [*answer.nature_quotes, *(words for words in (answer.on_ai_team, answer.builds_ai_products) if words)]
    found = list(problems(upstream.posting, quotes, longest=LONGEST_QUOTE))
    found.extend(problems(upstream.posting, answer.stack_words, longest=LONGEST_WORD))
    if answer.nature_of_work not in {None, *natures}:
        found.append(f"The nature of work {str(answer.nature_of_work)[:60]!r} is none of the labels offered.")
    if (answer.nature_of_work is None) != (not answer.nature_quotes) or len(answer.nature_quotes) > MOST_QUOTES:
        found.append(f"A nature of work needs one to {MOST_QUOTES} nature_quotes; null needs none.")
    if (answer.stack is None) != (not answer.stack_words) or len(answer.stack_words) > MOST_WORDS:
        found.append(f"A stack needs up to {MOST_WORDS} stack_words; null needs none.")
    if "" in (answer.on_ai_team, answer.builds_ai_products):
        found.append("on_ai_team and builds_ai_products are quotations, or null.")
    return found
