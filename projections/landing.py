"""Putting decoded facts into their tables: from Arrow columns, in bulk, in the caller's
transaction."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from domain.links import ID_FIELDS, REF_FIELDS
from projections.tables import ENVELOPE_COLUMNS, KEY_COLUMNS, Column, quoted, table_of


def land(
    connection: duckdb.DuckDBPyConnection,
    fact_type: str,
    columns: Sequence[Column],
    batch: pa.Table,
) -> None:
    """Add facts of one type. ``batch`` has the columns of an envelope, with instants as timestamps
    in UTC and extensions as JSON text, and those of the body."""
    connection.register("landing", batch)
    try:
        connection.execute(_into_type_table(fact_type, columns))
        connection.execute(_into_fact_table(fact_type, columns))
    finally:
        connection.unregister("landing")


def _into_type_table(fact_type: str, columns: Sequence[Column]) -> str:
    names = [*ENVELOPE_COLUMNS, *(column.name for column in columns)]
    targets = [quoted(name) for name in names]
    values = ["CAST(id AS UUID)" if name == '"id"' else name for name in targets]
    return (
        f"INSERT INTO {table_of(fact_type)} ({', '.join(targets)}) "
        f"SELECT {', '.join(values)} FROM landing"
    )


def _into_fact_table(fact_type: str, columns: Sequence[Column]) -> str:
    names = [column.name for column in columns]
    keys = [name if name in names else "NULL" for name in KEY_COLUMNS]
    return (
        "INSERT INTO fact SELECT position, recorded_at, CAST(id AS UUID), "
        f"'{fact_type}', source, split_part(source, '/', 2), subject, time, "
        f"correlationid, causationid, sequence, extensions, {', '.join(keys)}, {_links(columns)} "
        "FROM landing"
    )


def _links(columns: Sequence[Column]) -> str:
    """The business objects that a fact touches, as domain.facts.Fact.links says, in SQL. One that
    is named twice is there twice."""
    lists = ["refs"]
    for column in columns:
        prefix = ID_FIELDS.get(column.name)
        if prefix is None and column.name not in REF_FIELDS:
            continue
        link = column.name if prefix is None else f"'{prefix}:' || {column.name}"
        one = f"[{link}]"
        if column.nullable:
            one = f"CASE WHEN {column.name} IS NULL THEN [] ELSE {one} END"
        lists.append(one)
    return " || ".join(lists)
