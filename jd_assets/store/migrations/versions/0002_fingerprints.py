"""Fingerprints of the postings that lead clusters of duplicates."""

from alembic import op

revision = "0002"
down_revision = "0001"

# `signature` is opaque here (jd_assets/dumps/duplicates.py); near duplicates share a band, exact ones the key.
FINGERPRINTS = """
CREATE TABLE jd.fingerprints (
    dump text NOT NULL,
    position integer NOT NULL,
    dump_date date NOT NULL,
    posting_id text NOT NULL,
    exact_key text NOT NULL,
    signature bytea NOT NULL,
    bands bigint[] NOT NULL,
    PRIMARY KEY (dump, position)
);
CREATE INDEX fingerprints_exact_key ON jd.fingerprints (exact_key);
CREATE INDEX fingerprints_bands ON jd.fingerprints USING gin (bands);
"""


def upgrade() -> None:
    op.execute(FINGERPRINTS)
