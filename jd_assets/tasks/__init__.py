"""What is asked of models: one file a task, with its prompt, strict schema, checks and way into the stage's record."""
