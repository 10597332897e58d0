"""Measuring the pipeline's answers against labelled postings: how accurate, the same way every time."""
