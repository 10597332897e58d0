"""The pipeline's stages, one file each: typed records in, typed records out. No Dagster, no SQL, no HTTP."""
