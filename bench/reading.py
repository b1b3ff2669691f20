"""Reading a file of CSV: ``rows()``, and DuckDB's own reader with nothing left to guess."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench.forms import file_of
from bench.measured import Measured, Watch
from projections.duckdb.csv_files import Call, CsvFiles, Reading

_BATCH = 20_000
_TIMES = 5


def rows(folder: Path, form: str) -> Measured:
    """Every column of every row, as an importer's SELECT is given it: by one thread of DuckDB's,
    for the order of rows, while others read ahead."""
    connection = duckdb.connect(config={"threads": 1})
    connection.register("given", CsvFiles(folder, _call(form), Reading()))
    return _read(connection, "SELECT * EXCLUDE (_row, _file) FROM given")


def read_csv(folder: Path, form: str) -> Measured:
    """The same, by DuckDB's reader, with as many threads as it likes: all as text, the dialect
    said, no rows sampled."""
    call = _call(form)
    names = CsvFiles(folder, call, Reading()).schema.names[:-2]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    return _read(
        duckdb.connect(),
        f"FROM read_csv('{folder / call.pattern}', auto_detect = false, header = true, delim = ',',"
        f" quote = '\"', escape = '\"', columns = {{{columns}}})",
    )


def _call(form: str) -> Call:
    return Call(file_of(form), ",", '"', "utf-8", "true")


def _read(connection: duckdb.DuckDBPyConnection, sql: str) -> Measured:
    watch = Watch()
    count = 0
    for _ in range(_TIMES):
        with watch.lap():
            batches = connection.sql(sql).to_arrow_reader(_BATCH)
            count = sum(batch.num_rows for batch in batches)
    return watch.measured(count)
