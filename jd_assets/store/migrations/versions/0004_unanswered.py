"""Postings that a model was asked about and that got no answer which counts."""

from alembic import op

revision = "0004"
down_revision = "0003"

# Beside a stage's rows: a posting has a row there or stands here, never both.
UNANSWERED = """
CREATE TABLE jd.unanswered (
    stage text NOT NULL,
    posting_id text NOT NULL,
    dump text NOT NULL,
    run_id text NOT NULL,
    input_hash text NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stage, posting_id)
);
CREATE INDEX unanswered_dump ON jd.unanswered (dump, stage);
"""


def upgrade() -> None:
    op.execute(UNANSWERED)
