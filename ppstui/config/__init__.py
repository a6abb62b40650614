"""Configuration: the schema, the strict reader, paths and secrets."""
