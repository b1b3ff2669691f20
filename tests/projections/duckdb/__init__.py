"""DuckDB's store of views, held to what every store is held to and to what it adds."""
