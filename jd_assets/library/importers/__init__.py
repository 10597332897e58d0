"""Reading other people's taxonomies: one module a format, each giving an `Import`. Nothing here writes anything."""
