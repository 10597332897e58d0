"""Job postings in; structured records, skills, roles, links and review items out, as Dagster assets."""

__version__ = "0.1.0"
