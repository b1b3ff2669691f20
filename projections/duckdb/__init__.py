"""DuckDB: the store of views of an embedded home, and where importers' SQL runs."""
