"""Who answers a task: the rules engine (offline) and the embedder. Knows no Dagster and no SQL."""
