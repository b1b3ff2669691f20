"""The event log as an SQLite file, by the relational form of OCEL 2.0.

It has a table for each type of events and of objects, beside those of all of them and of what
relates to what. Rows come sorted by their keys from the database that has the log, some thousands
at a time, so that each table grows at its end alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path

from projections.duckdb.files import batches, instant_text
from projections.duckdb.session import DuckDBSession
from projections.export.ocel import Attribute, EventType, ObjectType
from projections.fact_tables import quoted
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: Bytes of a page. In SQLite's 4 KB the rows of these tables, which have long keys, take half as
#: long again to insert.
PAGE_BYTES = 32 * 1024
#: Rows that one statement inserts: that takes two thirds of the time of one by one.
AT_ONCE = 50

COLUMNS = {
    "string": "TEXT",
    "integer": "INTEGER",
    "float": "REAL",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
}
#: The tables whose rows are of the same kind whatever the type, and the queries for these.
ALIKE = {
    "event": "events",
    "object": "objects",
    "event_object": "of_events",
    "object_object": "of_objects",
}


def write_sqlite(
    session: DuckDBSession,
    event_types: Sequence[EventType],
    made: Callable[[], Sequence[ObjectType]],
    path: Path,
) -> None:
    """Write the log to a new file: the events, and then, once they are ``made``, the objects."""
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
            target.execute(f"PRAGMA {pragma}")  # a file that is not finished is thrown away
        target.execute("BEGIN")
        for name in ("event_map_type", "object_map_type", *ALIKE):
            target.execute(_SQL[name])
        for each in event_types:
            target.execute("INSERT INTO event_map_type VALUES (?, ?)", (each.name, each.table))
        for table in ("event", "event_object"):
            _fill(session, _SQL[ALIKE[table]], target, table)
        for each in event_types:
            _write_events(session, each, target)
        for one in made():
            target.execute("INSERT INTO object_map_type VALUES (?, ?)", (one.name, one.name))
            _write_objects(session, one, target)
        for table in ("object", "object_object"):
            _fill(session, _SQL[ALIKE[table]], target, table)
        target.execute("COMMIT")


def _write_events(session: DuckDBSession, one: EventType, target: sqlite3.Connection) -> None:
    table = f"event_{one.table}"
    _create(target, "of_event_type", table, one.attributes)
    query = _SQL["events_of_type"].format(
        attributes=", ".join(
            _value(each, "e" if each.name == "by" else "t") for each in one.attributes
        ),
        table=one.table,
        type=one.name,
    )
    _fill(session, query, target, table)


def _write_objects(session: DuckDBSession, one: ObjectType, target: sqlite3.Connection) -> None:
    table = f"object_{one.name}"
    _create(target, "of_object_type", table, one.attributes)
    query = _SQL["objects_of_type"].format(
        attributes=", ".join(_value(each, "t") for each in one.attributes), type=one.name
    )
    _fill(session, query, target, table)
    for each in one.changing:
        query = _SQL["changes_of_type"].format(
            attributes=", ".join(_changed(other, each) for other in one.attributes),
            type=one.name,
            field=each,
            since=instant_text("c.since"),
        )
        _fill(session, query, target, table)


def _create(
    target: sqlite3.Connection, name: str, table: str, attributes: Sequence[Attribute]
) -> None:
    columns = "".join(f", {quoted(each.name)} {COLUMNS[each.kind]}" for each in attributes)
    target.execute(_SQL[name].format(table=table, columns=columns))


def _value(attribute: Attribute, of: str) -> str:
    """A value as SQLite has it: numbers as they are, truth as 1 and 0, all else as text."""
    column = f"{of}.{quoted(attribute.name)}"
    if attribute.kind == "boolean":
        return f"CAST({column} AS TINYINT)"
    return column if attribute.kind in ("integer", "float") else attribute.text(of)


def _changed(attribute: Attribute, field: str) -> str:
    if attribute.name != field:
        return "NULL"
    return "CAST(CAST(c.value AS BOOLEAN) AS TINYINT)" if attribute.kind == "boolean" else "c.value"


def _fill(session: DuckDBSession, query: str, target: sqlite3.Connection, table: str) -> None:
    for batch in batches(session, query):
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        together = batch.num_rows // AT_ONCE
        values = chain.from_iterable(islice(rows, together * AT_ONCE))
        width = batch.num_columns
        some = zip(*[values] * (width * AT_ONCE), strict=True)
        target.executemany(_inserting(table, width, AT_ONCE), some)
        target.executemany(_inserting(table, width, 1), rows)


def _inserting(table: str, width: int, count: int) -> str:
    """The statement that inserts so many rows."""
    row = f"({', '.join('?' * width)})"
    return f"INSERT INTO {table} VALUES {', '.join([row] * count)}"
