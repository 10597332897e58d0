"""The stages in pipeline order, and how they are built for one library and one embedder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jd_assets.engines.embedder import Embedder
from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import RoleIndex
from jd_assets.library.skill_index import SkillIndex
from jd_assets.library.skill_matcher import SkillMatcher
from jd_assets.records import Posting, Record
from jd_assets.stages.base import Stage
from jd_assets.stages.client_enrichment import ClientEnrichmentStage
from jd_assets.stages.extracted_skills import ExtractedSkillsStage
from jd_assets.stages.library_links import LibraryLinksStage
from jd_assets.stages.nano_parse import NanoParseStage
from jd_assets.stages.review_queue import ReviewQueueStage
from jd_assets.stages.role_centroids import RoleCentroidsStage
from jd_assets.stages.role_decisions import RoleDecisionsStage
from jd_assets.stages.role_signals import RoleSignalsStage
from jd_assets.stages.skill_matches import SkillMatchesStage

STAGES: tuple[type[Stage[Any, Any]], ...] = (
    NanoParseStage,
    ExtractedSkillsStage,
    SkillMatchesStage,
    RoleSignalsStage,
    RoleDecisionsStage,
    LibraryLinksStage,
    ReviewQueueStage,
    RoleCentroidsStage,
    ClientEnrichmentStage,
)

# What each stage's rows hold. `postings` is read from dumps and has no upstream.
RECORD_OF: Mapping[str, type[Record]] = {"postings": Posting, **{stage.name: stage.output for stage in STAGES}}


def build_stages(taxonomy: Taxonomy, embedder: Embedder) -> dict[str, Stage[Any, Any]]:
    """All stages over one library, by name and in pipeline order; indexes are shared between them."""
    skills = SkillIndex(taxonomy)
    roles = RoleIndex(taxonomy, embedder)
    stages: tuple[Stage[Any, Any], ...] = (
        NanoParseStage(),
        ExtractedSkillsStage(skills),
        SkillMatchesStage(taxonomy, SkillMatcher(taxonomy, skills, embedder), embedder.name),
        RoleSignalsStage(roles, embedder),
        RoleDecisionsStage(taxonomy),
        LibraryLinksStage(taxonomy),
        ReviewQueueStage(roles, embedder),
        RoleCentroidsStage(embedder),
        ClientEnrichmentStage(taxonomy),
    )
    return {stage.name: stage for stage in stages}
