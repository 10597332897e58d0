"""The pipeline's Dagster assets, one file a stage, in pipeline order.

What belongs here: names, dependencies, groups, checks and what a materialization reports. What does not: SQL, rules,
prompts; an asset asks the workbench to bring its partition up to date and says what that did.
"""

from jd_assets.assets.client_enrichment import client_enrichment
from jd_assets.assets.extracted_skills import extracted_skills
from jd_assets.assets.library_links import library_links
from jd_assets.assets.library_vectors import library_vectors
from jd_assets.assets.nano_parse import nano_parse
from jd_assets.assets.postings import postings
from jd_assets.assets.quarantine import quarantine
from jd_assets.assets.review_queue import review_queue
from jd_assets.assets.role_centroids import role_centroids
from jd_assets.assets.role_decisions import role_decisions
from jd_assets.assets.role_signals import role_signals
from jd_assets.assets.skill_matches import skill_matches
from jd_assets.assets.taxonomy import taxonomy

ALL_ASSETS = (
    taxonomy,
    library_vectors,
    postings,
    quarantine,
    nano_parse,
    extracted_skills,
    skill_matches,
    role_signals,
    role_decisions,
    library_links,
    review_queue,
    role_centroids,
    client_enrichment,
)

__all__ = ["ALL_ASSETS"]
