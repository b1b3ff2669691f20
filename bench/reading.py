"""Reading a file of CSV: ``rows()``, and DuckDB's own reader with nothing left to guess."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench.measured import Measured, Watch
from projections.duckdb.csv_files import Call, CsvFiles, Reading

_FILE = "orders.csv"
_BATCH = 20_000
_TIMES = 5


def rows(folder: Path) -> Measured:
    """Every column of every order, as an importer's SELECT is given it."""
    connection = _connection()
    connection.register("orders", CsvFiles(folder, _call(), Reading()))
    return _read(connection, "SELECT * EXCLUDE (_row, _file) FROM orders")


def read_csv(folder: Path) -> Measured:
    """The same, by DuckDB's reader: all as text, the dialect said, no rows sampled."""
    names = CsvFiles(folder, _call(), Reading()).schema.names[:-2]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    return _read(
        _connection(),
        f"FROM read_csv('{folder / _FILE}', auto_detect = false, header = true, delim = ',',"
        f" quote = '\"', escape = '\"', columns = {{{columns}}})",
    )


def _call() -> Call:
    return Call(_FILE, ",", '"', "utf-8", "true")


def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})  # as importers have it, for the order of rows


def _read(connection: duckdb.DuckDBPyConnection, sql: str) -> Measured:
    watch = Watch()
    count = 0
    for _ in range(_TIMES):
        with watch.lap():
            batches = connection.sql(sql).to_arrow_reader(_BATCH)
            count = sum(batch.num_rows for batch in batches)
    return watch.measured(count)
