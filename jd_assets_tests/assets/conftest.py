"""Fixtures for the tests of assets: an installation with Dagster, per test and per file."""

from jd_assets_tests.installation_fixtures import dagster_template, installation, shared_installation

__all__ = ["dagster_template", "installation", "shared_installation"]
