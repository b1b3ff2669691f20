"""``rows()`` and ``instant()``: what an importer's SQL has beside DuckDB's own (``import_rows.sql``
has the macros).

``rows()`` names a table after its arguments, which is made when DuckDB misses it. ``instant()``
writes down the lines whose text it can't read. A SELECT that uses it is run beforehand for these
lines, and then as if they were not in their files: so they can neither come out of the SELECT, nor
vanish in a condition of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import duckdb

from projections.duckdb.csv_files import Call, CsvFiles, Reading
from projections.sql_files import statements_of

#: Where what an importer's SQL has beside its own lies.
SCHEMA = "pledger"
_MISSED = re.compile(r"Table with name (rows_([0-9A-F]+)) does not exist")

Bound = TypeVar("Bound")


class BadInstants(NamedTuple):
    """Texts that ``instant()`` could not read: reasons by file and line, and how many there are
    whose line is not known."""

    located: dict[str, dict[int, str]]
    others: int


class RowsTables:
    """The tables that ``rows()`` stands for, in one connection. ``reading`` is told what becomes of
    their records; ``sql`` are the importer's texts."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, sql: Sequence[str]
    ) -> None:
        """To be made before the configuration is locked."""
        self._connection = connection
        self._folder = folder
        self._sql = sql
        self._made: dict[str, CsvFiles] = {}
        self.reading = Reading()
        connection.execute("CALL enable_logging(level = 'warning', storage = 'memory')")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        # The importer's own macros come first, should it have one of these names.
        connection.execute(f"SET search_path = 'main,{SCHEMA}'")
        for statement in statements_of(__file__).values():
            connection.execute(statement)

    def with_tables(self, run: Callable[[], Bound]) -> Bound:
        """What a function answers, once all tables are there that it needs. Raises
        ``Unreadable``."""
        while True:
            try:
                return run()
            except duckdb.CatalogException as problem:
                missed = _MISSED.search(str(problem))
                if missed is None or missed[1] in self._made:
                    raise
                arguments = json.loads(bytes.fromhex(missed[2]))
                call = Call(*("" if each is None else each for each in arguments))
                files = CsvFiles(self._folder, call, self.reading)
                self._connection.register(missed[1], files)
                self._made[missed[1]] = files

    def bad_instants(self) -> BadInstants:
        """The texts that did not fit since this was asked before."""
        found = self._connection.execute(
            "SELECT type, message, count(*) FROM duckdb_logs"
            " WHERE type IN ('instant', 'cast') GROUP BY ALL"
        ).fetchall()
        self._connection.execute("CALL truncate_duckdb_logs()")
        located: dict[str, dict[int, str]] = {}
        others = 0
        for kind, message, count in found:
            line, length, form, file = message.split("|")
            if line and file:
                lines = located.setdefault(bytes.fromhex(file).decode(), {})
                why = self._why(kind, int(length), bytes.fromhex(form).decode())
                lines.setdefault(int(line), why)
            else:
                others += count
        return BadInstants(located, others)

    def _why(self, kind: str, length: int, form: str) -> str:
        seen = f"saw a text of {length:,} characters"
        if kind == "cast":
            return f"expected a text that can be cast to {form}, {seen}"
        known = form and any(form in text for text in self._sql)
        wanted = f"a time as in {form}" if known else "a time of the form that instant() is given"
        return f"expected {wanted}, or an empty text, {seen}"
