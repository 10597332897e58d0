"""Batches of model calls, which the endpoint works off later, and which calls lie in which of them."""

from alembic import op

revision = "0005"
down_revision = "0004"

# planned: rows are there, nothing was submitted that we know of. submitted: the endpoint has it. over: taken in, or
# dropped before it was submitted.
BATCHES = """
CREATE TABLE jd.batches (
    batch text PRIMARY KEY,
    endpoint text NOT NULL,
    model text NOT NULL,
    run_id text NOT NULL,
    dump text NOT NULL,
    stage text NOT NULL,
    state text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'submitted', 'over')),
    submitting_at timestamptz,
    remote_id text,
    outcome text,
    created_at timestamptz NOT NULL DEFAULT now(),
    over_at timestamptz
);
CREATE INDEX batches_open ON jd.batches (endpoint) WHERE state <> 'over'
"""

CALLS = """
ALTER TABLE jd.calls ADD COLUMN batch text REFERENCES jd.batches;
CREATE INDEX calls_batched ON jd.calls (batch) WHERE status = 'pending'
"""


def upgrade() -> None:
    for statement in (BATCHES, CALLS):
        op.execute(statement)
