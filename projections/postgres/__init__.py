"""PostgreSQL as the store of the views: folds and queries are the same SQL as on DuckDB."""
