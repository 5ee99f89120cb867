"""`analytics`: the figures of the night against DuckDB, the models against `lifetimes`, pages against raw purchases."""
