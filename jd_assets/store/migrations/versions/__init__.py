"""One file a migration; see the package above."""
