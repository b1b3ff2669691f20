"""The event log as an SQLite file, by the relational form of OCEL 2.0.

It has a table for each type of events and of objects, beside those of all of them and of what
relates to what. Rows come sorted by their keys from the database that has the log, some thousands
at a time, so that each table grows at its end alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from projections.duckdb.files import INSTANT
from projections.duckdb.session import DuckDBSession
from projections.export.ocel import Attribute, EventType, Log, ObjectType
from projections.fact_tables import quoted
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: Rows on their way from one database to the other.
BATCH = 20_000

COLUMNS = {
    "string": "TEXT",
    "integer": "INTEGER",
    "float": "REAL",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
}
#: The queries whose rows are of the same kind whatever the type, and the tables that take them.
ALIKE = {
    "events": "event",
    "objects": "object",
    "of_events": "event_object",
    "of_objects": "object_object",
}


def write_sqlite(log: Log, path: Path) -> None:
    """Write the log to a new file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
            target.execute(f"PRAGMA {pragma}")  # a file that is not finished is thrown away
        target.execute("BEGIN")
        for name in ("event_map_type", "object_map_type", *ALIKE.values()):
            target.execute(_SQL[name])
        for each in log.event_types:
            target.execute("INSERT INTO event_map_type VALUES (?, ?)", (each.name, each.table))
        for one in log.object_types:
            target.execute("INSERT INTO object_map_type VALUES (?, ?)", (one.name, one.name))
        for name, table in ALIKE.items():
            _fill(log.session, _SQL[name], target, table)
        for each in log.event_types:
            _write_events(log.session, each, target)
        for one in log.object_types:
            _write_objects(log.session, one, target)
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
        instant=INSTANT,
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
            instant=INSTANT,
        )
        _fill(session, query, target, table)


def _create(
    target: sqlite3.Connection, name: str, table: str, attributes: Sequence[Attribute]
) -> None:
    columns = "".join(f", {quoted(each.name)} {COLUMNS[each.kind]}" for each in attributes)
    target.execute(_SQL[name].format(table=table, columns=columns))


def _value(attribute: Attribute, of: str) -> str:
    """A value as SQLite has it: numbers and truth as they are, all else as text."""
    plain = attribute.kind in ("integer", "float", "boolean")
    return f"{of}.{quoted(attribute.name)}" if plain else attribute.text(of)


def _changed(attribute: Attribute, field: str) -> str:
    if attribute.name != field:
        return "NULL"
    return "CAST(c.value AS BOOLEAN)" if attribute.kind == "boolean" else "c.value"


def _fill(session: DuckDBSession, query: str, target: sqlite3.Connection, table: str) -> None:
    rows = session.connection.execute(query)
    into = f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows.description or ()))})"
    while batch := rows.fetchmany(BATCH):
        target.executemany(into, batch)
