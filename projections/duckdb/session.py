"""A session on a file of views, as folds and questions take it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from uuid import UUID

# DuckDB itself. The package around it, which makes relations and takes in Arrow's tables, takes as
# long to import as most asks take: what needs it imports it.
import _duckdb as duckdb

from projections.fact_tables import quoted
from projections.session import Row, T

if TYPE_CHECKING:
    from projections.export.rows import Rows

#: DuckDB's name for the type of ``TIMESTAMPTZ``.
INSTANT = "TIMESTAMP WITH TIME ZONE"
_SHADOWS = count()
#: Up to so many rows are inserted as values: Arrow takes longer to import than they take.
FEW_ROWS = 100


class DuckDBSession:
    """A session on one DuckDB connection. ``known`` is what sessions of the same views, which stay
    as they are meanwhile, have come to know of them (see ``once``)."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        known: MutableMapping[str, Any] | None = None,
    ) -> None:
        self._connection = connection
        self._known = known
        self._aliases: dict[str, str] = {}
        self._shadow: str | None = None
        #: Whether it has run nothing but queries, and so is as good as new.
        self.is_clean = True
        ((self.home,),) = self.rows("SELECT current_database() || '.main'")

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection itself, for who may do anything with it."""
        self.is_clean = False
        return self._connection

    @property
    def keeps(self) -> bool:
        """Whether what is asked ``once`` is known to the next question, too."""
        return self._known is not None

    def once(self, name: str, ask: Callable[[], T]) -> T:
        """What is the same for every question as long as the views stand where they stand; asked
        anew where they may change under this session."""
        if self._known is None:
            return ask()
        if name not in self._known:
            self._known[name] = ask()  # by two at once, where two come first: both learn the same
        return cast("T", self._known[name])

    def alias(self, name: str, table: str) -> None:
        """Let a name stand for a table. A session that keeps it needs no second one."""
        if self._aliases.get(name) != table:
            clean = self.is_clean
            self.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {table}")
            self._aliases[name], self.is_clean = table, clean

    def shadow(self) -> None:
        """Put a database in memory in front of the file. Other sessions of the same file have
        others, so it has a name of its own."""
        self._known = None
        self._aliases.clear()
        if self._shadow is None:
            self._shadow = f"replay_{next(_SHADOWS)}"
            self.execute(f"ATTACH ':memory:' AS {self._shadow} (READ_WRITE)")
        self.execute(f"SET search_path = '{self._shadow}.main,{self.home}'")

    def let_go(self) -> None:
        """Forget what was put in front of the file."""
        if self._shadow is not None:
            self.execute("USE memory")
            self.execute(f"DETACH {self._shadow}")
            self._shadow = None

    def replace(self, table: str, which: str, rows: str, key: Sequence[str]) -> None:
        """Put the rows of a query in the place of others."""
        del key  # what is deleted costs next to nothing
        self.execute(f"DELETE FROM {table} WHERE {which}")
        self.execute(f"INSERT INTO {table} {rows}")

    def claim(self, keys: Literal["parties", "keys"]) -> None:
        """Nothing to do: one session writes at a time."""

    def parked(self) -> frozenset[str]:
        """None: a fold that fails stops the one process that folds."""
        return frozenset()

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run one statement."""
        self.connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run one query."""
        return self._connection.execute(sql, parameters).fetchall()

    def interrupt(self) -> None:
        """Have the query fail that another thread runs here."""
        self.connection.interrupt()

    def columns(self, table: str) -> dict[str, bool]:
        """The columns of a table in their order, and whether each holds instants."""
        return self.once(
            f"columns of {table}",
            lambda: {row[0]: row[1] == INSTANT for row in self.rows(f"DESCRIBE {table}")},
        )

    def write_parquet(self, rows: Rows, path: Path) -> int:
        """Write rows to a new Parquet file, and answer how many they are. Raises OSError where its
        disk is full, which is another than that of the views."""
        order = ", ".join(quoted(name) for name in rows.order)
        sql = f"COPY ({rows.select} ORDER BY {order}) TO {literal(path)} (FORMAT parquet)"
        try:
            ((count,),) = self.rows(sql)
        except duckdb.IOException as error:
            if str(path) in str(error):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
            raise
        return int(count)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done in the block becomes visible together, or not at all if it fails."""
        self.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            # After an interruption there may be nothing to roll back any more; what matters is
            # why the block failed.
            with suppress(duckdb.Error):
                self.connection.rollback()
            raise
        self.connection.commit()

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows; many through Arrow, which DuckDB takes sooner than so many values."""
        names = ", ".join(quoted(name) for name in columns)
        if len(rows) <= FEW_ROWS:
            self._insert_values(table, names, rows)
            return
        import duckdb  # noqa: F401 - so that Arrow's tables are known
        import pyarrow as pa

        values = {
            name: pa.array(_plain(column))
            for name, column in zip(columns, zip(*rows, strict=True), strict=True)
        }
        self.connection.register("incoming", pa.table(values))
        try:
            self.connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
        finally:
            self.connection.unregister("incoming")

    def _insert_values(self, table: str, names: str, rows: Sequence[Row]) -> None:
        if rows:
            places = ", ".join(["(" + ", ".join("?" for _ in rows[0]) + ")"] * len(rows))
            values = [list(v) if isinstance(v, tuple) else v for row in rows for v in row]
            self.connection.execute(f"INSERT INTO {table} ({names}) VALUES {places}", values)


def literal(path: Path) -> str:
    """A file's name as a text in SQL: where a statement wants one, no parameter will do."""
    return "'" + str(path).replace("'", "''") + "'"


def _plain(column: Sequence[object]) -> Sequence[object]:
    """Arrow knows no UUID; DuckDB casts its text. The values of a column are of one type."""
    if not isinstance(next((value for value in column if value is not None), None), UUID):
        return column
    return [None if value is None else str(value) for value in column]
