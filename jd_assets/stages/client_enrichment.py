"""Stage `client_enrichment`: what a client reads: nature of work, stack maturity, AI index, clusters, KRAs.

What belongs here: the blocks, their formulas and weights, and where each comes from: the posting itself (`jd`), or
what is typical of the role (`role_baseline`) where the posting says too little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jd_assets.engines.rules.sections import BOILERPLATE
from jd_assets.library.model import RoleBaseline, Taxonomy
from jd_assets.records import (
    AiIndex,
    BlockSource,
    ClientEnrichment,
    NatureOfWork,
    SkillCluster,
    SkillMatch,
    TechStackMaturity,
)
from jd_assets.stages.base import Stage, Upstream

HOME_DIMENSIONS = 2  # a skill is about its first ones; further ones only use it, as machine learning uses algorithms
SPARSE_BELOW = 3  # matched skills: fewer say nothing about a stack
UNALIGNED = "Cross-cutting / unaligned"

# The AI index is the sum of the weights of the flags that hold: 0 (no AI use) to 5 (wholly AI-dependent).
AI_WEIGHTS = {
    "title_match": 1.2,
    "has_ai_skill": 0.2,
    "ai_skill_primary": 0.8,
    "ai_skill_secondary": 0.3,
    "on_ai_team": 1.0,
    "builds_ai_products": 1.5,
}
AI_DIMENSIONS = frozenset(
    """
    machine-learning-fundamentals ml-frameworks deep-learning natural-language-processing computer-vision
    recommender-systems reinforcement-learning generative-ai-and-llms llm-application-frameworks ai-agents
    prompt-engineering ai-coding-assistants mlops ml-platforms-cloud speech-and-audio-ai ai-governance
    """.split()
)
_AI_TITLE = re.compile(
    r"\b(?:A\.?I\.?|M\.?L\.?|LLM|GenAI|machine learning|deep learning|NLP|computer vision|prompt"
    r"|artificial intelligence)\b",
    re.IGNORECASE,
)
_AI_TEAM = re.compile(
    r"\b(?:AI|ML|machine learning|data science|artificial intelligence|GenAI)"
    r"\s+(?:team|group|lab|practice|squad|department|research)\b",
    re.IGNORECASE,
)
_AI_BUILDS = re.compile(
    r"\b(?:build|develop|design|train|deploy|fine[- ]tun|implement|create|ship)\w*\b[^.\n]{0,60}"
    r"\b(?:AI|ML|LLMs?|machine learning|deep learning|neural|agents?\b|generative|models? for)",
    re.IGNORECASE,
)
# What a posting says of AI, and how much each kind of word weighs in the vocabulary count.
AI_VOCABULARY: Mapping[str, tuple[int, re.Pattern[str]]] = {
    "assistants": (
        1,
        re.compile(
            r"\b(?:Copilot|ChatGPT|Cursor AI|Claude Code|Codeium|Tabnine|Gemini Code Assist)\b",
            re.IGNORECASE,
        ),
    ),
    "frameworks": (
        2,
        re.compile(
            r"\b(?:LangChain|LlamaIndex|PyTorch|TensorFlow|Keras|Hugging ?Face|scikit-learn|AutoGen|CrewAI|LangGraph"
            r"|Haystack)\b",
            re.IGNORECASE,
        ),
    ),
    "models": (
        3,
        re.compile(
            r"\b(?:LLMs?|GPT-?\d?\w*|agentic|generative AI|GenAI|RAG|transformers?|diffusion models?|AI"
            r"|machine learning|deep learning)\b"
        ),
    ),
}

# Which dimensions speak for which maturity; the label with the most skills wins, the first of equal ones.
MATURITY: Mapping[str, frozenset[str]] = {
    "Emerging AI-Centric": AI_DIMENSIONS,
    "Modern Cloud Native": frozenset(
        """
        cloud-platforms aws-services azure-services gcp-services serverless-computing containers kubernetes
        infrastructure-as-code ci-cd microservices-architecture event-driven-architecture
        monitoring-and-observability site-reliability platform-engineering cloud-data-warehouses
        data-pipeline-orchestration stream-processing data-lakes-and-table-formats react-frontend vue-frontend
        nodejs-runtime go-ecosystem rust-ecosystem kotlin-server-side typescript-language message-brokers
        nosql-databases
        """.split()
    ),
    "Mature Enterprise": frozenset(
        """
        java-ecosystem spring-framework dotnet-platform aspnet-web oracle-database microsoft-sql-server
        oracle-applications oracle-applications-technical sap-modules sap-technical sap-hana salesforce-platform
        salesforce-development servicenow-platform dynamics-365 pega-platform workday-platform erp-systems crm-systems
        integration-platforms windows-administration virtualization directory-services etl-and-data-integration
        data-warehousing relational-databases business-intelligence-tools
        """.split()
    ),
    "Legacy": frozenset(("mainframe-technologies",)),
    "Specialised Hardware": frozenset(
        """
        embedded-programming firmware-development rtos microcontrollers hardware-interfaces pcb-and-circuit-design
        digital-design-hdl fpga-design asic-physical-design chip-verification analog-and-mixed-signal
        automotive-embedded industrial-automation electronics-test-equipment telecom-and-mobile-networks
        linux-kernel-and-drivers signal-processing
        """.split()
    ),
    "Business Tooling": frozenset(
        """
        office-productivity spreadsheet-analysis project-planning-tools product-management-tools
        clerical-and-data-entry accounting-and-finance sales-operations seo-and-sem digital-advertising
        marketing-automation support-tools applicant-tracking
        """.split()
    ),
}


class EnrichmentFacts(NamedTuple):
    """What the library holds of the chosen role, and the work label of the role nearest by duties."""

    baseline: RoleBaseline | None
    role_dimensions: tuple[str, ...]
    role_kras: tuple[str, ...]
    nearest_label: str | None
    dimension_names: dict[str, str]


class ClientEnrichmentStage(Stage[EnrichmentFacts, ClientEnrichment]):
    name = "client_enrichment"
    reads = ("postings", "nano_parse", "skill_matches", "role_signals", "role_decisions")
    library_parts = ("dimensions", "role_dimensions", "role_kras", "role_baselines")
    output = ClientEnrichment

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._baselines = {baseline.role: baseline for baseline in taxonomy.role_baselines}
        self._names = {dimension.slug: dimension.display_name for dimension in taxonomy.dimensions}
        self._dimensions: dict[str, list[str]] = {}
        for link in sorted(taxonomy.role_dimensions, key=lambda link: (link.weight != "core", link.key)):
            self._dimensions.setdefault(link.role, []).append(link.dimension)
        self._kras: dict[str, list[str]] = {}
        for row in sorted(taxonomy.role_kras, key=lambda row: row.key):
            self._kras.setdefault(row.role, []).append(row.kra)

    def gather(self, batch: Sequence[Upstream]) -> Sequence[EnrichmentFacts]:
        return [self._facts(item) for item in batch]

    def _facts(self, item: Upstream) -> EnrichmentFacts:
        role = item.role_decisions.specific_role or ""
        by_duties = item.role_signals.kra_match_roles
        nearest = self._baselines.get(by_duties[0].role) if by_duties else None
        dimensions = tuple(self._dimensions.get(role, ()))
        return EnrichmentFacts(
            self._baselines.get(role),
            dimensions,
            tuple(self._kras.get(role, ())),
            nearest.nature_of_work if nearest else None,
            {slug: self._names.get(slug, slug) for slug in dimensions},
        )

    def judge(self, upstream: Upstream, facts: EnrichmentFacts) -> ClientEnrichment:
        if upstream.role_decisions.specific_role is None:
            return ClientEnrichment()
        matches = [match for match in upstream.skill_matches.matches if match.status == "in_library"]
        sparse = len(matches) < SPARSE_BELOW
        text = _text(upstream)
        description, source = _kra_description(upstream, facts)
        return ClientEnrichment(
            sparse=sparse,
            nature_of_work=_nature(upstream, facts),
            tech_stack_maturity=_maturity(matches, facts.baseline, sparse=sparse),
            ai_index=_ai_index(upstream, matches, facts.baseline, text, sparse=sparse),
            evidence=tuple(match.display_name or match.term for match in matches),
            skill_clusters=_clusters(matches, facts),
            kra_description=description,
            kra_source=source,
        )


def _text(upstream: Upstream) -> str:
    """What the posting says of the job: the description without the sections about company, benefits and applying."""
    return "\n".join(
        upstream.posting.description[section.start : section.end]
        for section in upstream.nano_parse.sections
        if section.kind not in BOILERPLATE
    )


def _nature(upstream: Upstream, facts: EnrichmentFacts) -> NatureOfWork | None:
    signals = upstream.role_signals.kra_match_roles
    if signals and facts.nearest_label:
        quotes = [match.sentence for match in signals[0].kra_matches]
        return NatureOfWork(label=facts.nearest_label, summary="; ".join(quotes), quote=quotes[0], source="jd")
    if facts.baseline is None:
        return None
    return NatureOfWork(
        label=facts.baseline.nature_of_work, summary=facts.baseline.nature_summary, quote=None, source="role_baseline"
    )


def _maturity(
    matches: Sequence[SkillMatch], baseline: RoleBaseline | None, *, sparse: bool
) -> TechStackMaturity | None:
    votes = {label: [m for m in matches if dimensions & set(m.dimensions)] for label, dimensions in MATURITY.items()}
    label = max(votes, key=lambda name: len(votes[name]))
    if not sparse and votes[label]:
        shown = ", ".join(match.display_name or match.term for match in votes[label][:6])
        return TechStackMaturity(
            label=label, reasoning=f"{len(votes[label])} of {len(matches)} skills speak for it: {shown}.", source="jd"
        )
    if baseline is None:
        return None
    return TechStackMaturity(
        label=baseline.tech_stack_maturity, reasoning=baseline.maturity_reasoning, source="role_baseline"
    )


def _ai_index(
    upstream: Upstream, matches: Sequence[SkillMatch], baseline: RoleBaseline | None, text: str, *, sparse: bool
) -> AiIndex:
    vocabulary = {
        name: tuple(sorted({match.group().lower(): match.group() for match in pattern.finditer(text)}.values()))
        for name, (_, pattern) in AI_VOCABULARY.items()
    }
    count = sum(weight * len(vocabulary[name]) for name, (weight, _) in AI_VOCABULARY.items())
    ai = [match for match in matches if AI_DIMENSIONS & set(match.dimensions[:HOME_DIMENSIONS])]
    flags = {
        "title_match": bool(_AI_TITLE.search(upstream.posting.title)),
        "has_ai_skill": bool(ai) or count > 0,
        "ai_skill_primary": any(match.is_primary for match in ai),
        "ai_skill_secondary": any(not match.is_primary for match in ai),
        "on_ai_team": bool(_AI_TEAM.search(text)),
        "builds_ai_products": bool(_AI_BUILDS.search(text)),
    }
    source: BlockSource = "jd"
    if sparse and not any(flags.values()) and baseline is not None:
        source = "role_baseline"
        flags = {
            "title_match": baseline.ai_title_match,
            "has_ai_skill": baseline.ai_skill,
            "ai_skill_primary": baseline.ai_primary,
            "ai_skill_secondary": baseline.ai_secondary,
            "on_ai_team": baseline.ai_team,
            "builds_ai_products": baseline.builds_ai,
        }
    index = AiIndex(score=0.0, vocabulary=vocabulary, vocabulary_count=count, source=source, **flags)
    return index.model_copy(update={"score": ai_score(index)})


def ai_score(index: AiIndex) -> float:
    """The sum of the weights of the flags that hold."""
    return round(sum(weight for name, weight in AI_WEIGHTS.items() if getattr(index, name)), 2)


def _clusters(matches: Sequence[SkillMatch], facts: EnrichmentFacts) -> tuple[SkillCluster, ...]:
    """Each skill under the first dimension that the role shares with it, the rest under "unaligned"."""
    names: dict[str, list[str]] = {dimension: [] for dimension in (*facts.role_dimensions, UNALIGNED)}
    for match in matches:
        home = next((dimension for dimension in match.dimensions if dimension in facts.dimension_names), UNALIGNED)
        names[home].append(match.display_name or match.term)
    return tuple(
        SkillCluster(
            dimension=dimension, display_name=facts.dimension_names.get(dimension, dimension), skills=tuple(skills)
        )
        for dimension, skills in sorted(
            names.items(), key=lambda cluster: (cluster[0] == UNALIGNED, -len(cluster[1]), cluster[0])
        )
        if skills
    )


def _kra_description(upstream: Upstream, facts: EnrichmentFacts) -> tuple[str | None, BlockSource | None]:
    duties = upstream.nano_parse.duties
    if duties:
        return "\n".join(f"• {duty}" for duty in duties), "jd"
    if facts.role_kras:
        return "\n".join(f"• {kra}" for kra in facts.role_kras), "role_baseline"
    return None, None
