"""Reading dumps: from a job board's file to postings, sightings and quarantined records.

What belongs here: formats, column mappings, cleaning, duplicates: pure functions over files. What does not: Dagster,
SQL, and any judgement about what a posting means.
"""
