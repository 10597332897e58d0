"""The vocabulary of the project: the records that pass between stages.

What belongs here: fields, their types and what they mean. What does not: behaviour, storage, rules.
Each stage's output record is one posting's answer; `jd_assets/stages/` fills them, `jd_assets/store/` keeps them.
All text positions are character offsets, end exclusive, into one field of the posting named beside them.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen value: two records with equal fields are the same record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- postings -----------------------------------------------------------------------------------------------------

PostingFlag = Literal["empty_description", "truncated_description", "not_english", "no_title"]
DuplicateKind = Literal["exact", "near"]


class Posting(Record):
    """One job posting as read from a dump, cleaned to plain text.

    `description` is plain text (no HTML, entities or mojibake), lines kept. `dump_key` is the board's own key, if it
    has one. `duplicate_of` points at the first posting of its cluster, whose judgements this posting shares.
    """

    posting_id: str
    board: str
    dump_key: str | None = None
    title: str
    company: str | None = None
    location: str | None = None
    description: str
    url: str | None = None
    posted_at: str | None = None
    employment_type: str | None = None
    salary: str | None = None  # the board's own salary field, as written
    experience: str | None = None  # the board's own experience field, as written
    remote: str | None = None  # the board's own work-mode field, as written
    category: str | None = None
    flags: tuple[PostingFlag, ...] = ()
    duplicate_of: str | None = None
    duplicate_kind: DuplicateKind | None = None


class QuarantinedRecord(Record):
    """A record of a dump that could not become a posting: where it stood, why, and how it began."""

    dump: str
    file: str
    place: str
    reason: str
    excerpt: str


# --- nano_parse ---------------------------------------------------------------------------------------------------

SectionKind = Literal[
    "about_company",
    "summary",
    "responsibilities",
    "requirements",
    "preferred",
    "skills",
    "education",
    "benefits",
    "diversity",
    "how_to_apply",
    "details",  # location, salary, employment type, contract terms
    "other",
]
WorkMode = Literal["onsite", "remote", "hybrid"]


class Section(Record):
    """A stretch of the description under one heading; sections cover the description without gaps or overlaps."""

    kind: SectionKind
    heading: str | None
    start: int
    end: int


class SourceMarker(Record):
    """The first and last five words of a section, verbatim, so that its text can be found again in the posting."""

    first_5_words: str
    last_5_words: str


class DutySection(Record):
    """A block of duties (roles and responsibilities)."""

    heading: str | None
    heading_was_present: bool
    text: str
    word_count: int
    bullet_count: int
    source_marker: SourceMarker


class Experience(Record):
    """Years asked for. `min`/`max` are the overall or main statement; `relevant_*` a second one, if stated."""

    min: float | None = None
    max: float | None = None
    relevant_min: float | None = None
    relevant_max: float | None = None
    raw: str | None = None  # verbatim words of the main statement
    relevant_raw: str | None = None


class Salary(Record):
    """Pay as stated. Amounts are in whole units of `currency` per `period`."""

    min: float | None
    max: float | None
    currency: str  # ISO 4217
    period: Literal["year", "month", "week", "day", "hour"]
    raw: str


class JobLocation(Record):
    city: str | None = None
    state: str | None = None
    country: str | None = None
    aliases: tuple[str, ...] = ()
    work_mode: WorkMode | None = None


class DomainLabel(Record):
    domain: str
    aliases: tuple[str, ...] = ()


class Domain(Record):
    """The business the employer is in (Gaming, Banking …), as far as the posting says."""

    primary: DomainLabel | None = None
    secondary: DomainLabel | None = None


class NanoParse(Record):
    """The structured record of a posting: what it says about itself, before any library is asked."""

    JD_type: str  # "pass", or the reason why the posting gets no decision
    role: str | None
    role_aliases: tuple[str, ...] = ()
    role_archetype: str | None = None
    seniority: str | None = None
    company_name: str | None = None
    about_company: str | None = None
    domain: Domain = Domain()
    experience: Experience = Experience()
    ctc: Salary | None = None
    education: tuple[str, ...] = ()
    certifications: tuple[str, ...] = ()
    job_locations: tuple[JobLocation, ...] = ()
    work_mode: WorkMode | None = None
    roles_and_responsibilities: tuple[DutySection, ...] = ()
    sections: tuple[Section, ...] = ()
    duties: tuple[str, ...] = ()  # duty sentences, verbatim, for the KRA signal; requirement lines are not duties
    urls: tuple[str, ...] = ()


# --- extracted_skills ---------------------------------------------------------------------------------------------


class Span(Record):
    field: Literal["title", "description"]
    start: int
    end: int


class ExtractedSkill(Record):
    """A skill that the posting names. `name` is the first wording, verbatim; `spans` are all its places."""

    name: str
    is_primary: bool
    spans: tuple[Span, ...]
    section: SectionKind | Literal["title"]
    origin: Literal["library", "pattern"]  # a library alias in the text, or a term that only looks like a skill
    why: str  # why it was taken: the guard that let it through, the list it stands in …


class RefusedTerm(Record):
    """A library alias that stands in the text but was not taken, and why (shown in the trace)."""

    text: str
    span: Span
    reason: str


class ExtractedSkills(Record):
    rejected: bool = False
    rejection_reason: str | None = None
    final_skills: tuple[ExtractedSkill, ...] = ()
    refused: tuple[RefusedTerm, ...] = ()


# --- skill_matches ------------------------------------------------------------------------------------------------


class NewSkillMeta(Record):
    """Derived metadata of a skill that the library does not hold yet."""

    category: str
    sub_category: str
    skill_nature: str
    volatility: str
    typical_lifespan: str
    version_strategy: str
    dimensions: tuple[str, ...]
    decision: Literal["keep", "merge", "split"]
    decision_reason: str
    nearest_skill: str | None
    nearest_similarity: float | None


class SkillMatch(Record):
    """One extracted term against the library: one status per skill per posting, decided once."""

    term: str
    is_primary: bool
    status: Literal["in_library", "new"]
    skill: str | None = None  # slug
    display_name: str | None = None
    matched_via: Literal["alias", "embedding_alias"] | None = None
    alias: str | None = None
    match_strategy: str | None = None
    similarity: float | None = None
    dimensions: tuple[str, ...] = ()
    proposed_alias: str | None = None
    alias_skipped_reason: str | None = None
    new_skill_meta: NewSkillMeta | None = None


class SkillMatches(Record):
    matches: tuple[SkillMatch, ...] = ()
    candidate_roles: tuple[str, ...] = ()  # roles that share a dimension with a matched skill


# --- role_signals -------------------------------------------------------------------------------------------------


class KraMatch(Record):
    sentence: str
    kra: str
    similarity: float


class RoleSignal(Record):
    """One role's score in one signal, with what matched. Scores are in 0..1."""

    role: str
    display_name: str
    score: float
    matched_alias: str | None = None
    matched_skills: tuple[str, ...] = ()
    matched_count: int | None = None
    total_count: int | None = None
    kra_matches: tuple[KraMatch, ...] = ()


class RoleEvidence(Record):
    """What speaks for one candidate role, each in 0..1: the figures that the decision weighs."""

    role: str
    alias: float  # the title is an alias of the role (less for a generic title)
    inherited: float = 0.0  # … or of the role above it
    stack: float = 0.0  # the share that the role's technology stack has of the stack-bound skills
    contained: float  # an alias of the role stands in the title: the share of the title it covers
    title: float  # similarity of the title to the role's nearest alias
    skill: float  # weighted share of the skills that speak for the role, rare dimensions more than common ones
    kra: float  # the KRA score


class RoleSignals(Record):
    alias_match_roles: tuple[RoleSignal, ...] = ()
    skill_match_roles: tuple[RoleSignal, ...] = ()
    kra_match_roles: tuple[RoleSignal, ...] = ()
    best_kra_similarity: float | None = None
    evidence: tuple[RoleEvidence, ...] = ()


# --- role_decisions -----------------------------------------------------------------------------------------------

DecisionCase = Literal[
    "UNIQUE_ALIAS",  # the title is an alias of one role, and nothing speaks against it
    "DOMAIN",  # the domain is clear; the best role inside it
    "ALIAS_COLLISION",  # the title is an alias of several roles; skills and duties decide
    "SUB_ROLE",  # a more specific role below the title's role is supported by skills
    "SIGNALS",  # no alias; skills and duties agree on a role
    "NEW_ROLE",  # a technical posting whose title no role knows and no role is near: queued
    "LOW_CONFIDENCE",  # a role is chosen, below the confidence threshold: queued
    "NOT_TECH",  # no role of the library fits: not a technical posting
    "REJECTED",  # nothing to judge (see JD_type)
]


class RoleCandidate(Record):
    role: str
    score: float
    alias_score: float
    skill_score: float
    kra_score: float


class RoleDecision(Record):
    case: DecisionCase
    domain: str | None = None
    role: str | None = None  # slug; None where no role was chosen
    display_name: str | None = None
    sub_role: str | None = None  # the speciality below the role that the posting supports, if any
    specific_role: str | None = None  # the sub-role where there is one, else the role
    confidence: float = 0.0
    margin: float = 0.0
    candidates: tuple[RoleCandidate, ...] = ()
    reasoning: str = ""
    matched_skills: tuple[str, ...] = ()
    matched_dimensions: tuple[str, ...] = ()
    matched_kras: tuple[str, ...] = ()
    alias_collision_detected: bool = False
    collision_roles: tuple[str, ...] = ()
    is_new_role: bool = False
    new_role_slug: str | None = None
    new_role_display_name: str | None = None
    queued: bool = False
    adjudicated: bool = False
    adjudication_reason: str | None = None
    shared_from: str | None = None  # the cluster's first posting, whose decision this is


# --- role_centroids -----------------------------------------------------------------------------------------------


class CentroidContribution(Record):
    """What one posting adds to its role's centroid: exactly once, however often it is run."""

    role: str | None  # None: contributes to no role (undecided, queued or a duplicate)
    vector: tuple[int, ...] = ()  # unit vector in fixed point (1/16384), so that sums are exact in any order


# --- review_queue -------------------------------------------------------------------------------------------------

ReviewKind = Literal["new_skill", "new_alias", "new_kra", "new_role", "alias_collision"]


class ReviewProposal(Record):
    """One posting's vote for one review item; items are unique per kind and subject."""

    kind: ReviewKind
    subject: str
    title: str
    details: dict[str, str | float | int | bool | list[str] | None] = {}


class ReviewProposals(Record):
    proposals: tuple[ReviewProposal, ...] = ()


# --- library_links ------------------------------------------------------------------------------------------------


class LinkItem(Record):
    """One skill x dimension of a posting, and what may be saved from it."""

    skill: str
    tag: Literal["in_db", "new"]
    dimension: str
    matched_chosen_role: bool
    skill_dimension_saved: bool
    role_dimension_saved: bool
    skipped_reason: str | None = None
    outcome_line: str


class LinkProposal(Record):
    kind: Literal["canonical_skill_proposed", "dimension_skill_link_proposed", "role_dimension_link_proposed"]
    subject: str
    dimension: str | None = None


class LibraryLinks(Record):
    role: str | None = None
    resolution: Literal["in_db", "new", "none"] = "none"
    items: tuple[LinkItem, ...] = ()
    proposals: tuple[LinkProposal, ...] = ()
    skill_dimension_saved: int = 0
    role_dimension_saved: int = 0
    skipped: int = 0


# --- client_enrichment --------------------------------------------------------------------------------------------

BlockSource = Literal["jd", "role_baseline"]


class NatureOfWork(Record):
    label: str
    summary: str
    quote: str | None
    source: BlockSource


class TechStackMaturity(Record):
    label: str
    reasoning: str
    source: BlockSource


class AiIndex(Record):
    """0 (no AI use) to 5 (wholly AI-dependent), the weighted sum of six flags (weights: docs/decision.md)."""

    score: float
    title_match: bool
    has_ai_skill: bool
    ai_skill_primary: bool
    ai_skill_secondary: bool
    on_ai_team: bool
    builds_ai_products: bool
    vocabulary: dict[str, tuple[str, ...]] = {}  # assistants (x1), frameworks (x2), models/concepts (x3)
    vocabulary_count: int = 0
    source: BlockSource


class SkillCluster(Record):
    dimension: str
    display_name: str
    skills: tuple[str, ...]


class ClientEnrichment(Record):
    sparse: bool = False
    nature_of_work: NatureOfWork | None = None
    tech_stack_maturity: TechStackMaturity | None = None
    ai_index: AiIndex | None = None
    evidence: tuple[str, ...] = ()
    skill_clusters: tuple[SkillCluster, ...] = ()
    kra_description: str | None = None
    kra_source: BlockSource | None = None


# --- dumps --------------------------------------------------------------------------------------------------------


class Sighting(Record):
    """A posting as it stands in one dump. The same posting may be seen in many dumps; it stays one row."""

    posting_id: str
    content_hash: str
    place: str  # where in the dump: "row 12", "line 7", "item 3"


class DumpRef(Record):
    """A dump: one file, known as partition `<board>_<date>` (or `<board>_<date>_<n>` for further files of that day)."""

    key: str
    board: str
    date: date
    path: str
    content_hash: str
