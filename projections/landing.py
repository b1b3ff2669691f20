"""Putting decoded facts into their tables: from Arrow columns, in bulk, in the caller's
transaction."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from domain.links import ID_FIELDS, REF_FIELDS
from projections.tables import ENVELOPE_COLUMNS, KEY_COLUMNS, Column, quoted, table_of

#: The columns of an envelope as they come from the ledger, and their Arrow types.
ENVELOPE = pa.schema(
    [
        ("position", pa.int64()),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
        ("id", pa.string()),
        ("source", pa.string()),
        ("subject", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("correlationid", pa.string()),
        ("causationid", pa.string()),
        ("sequence", pa.string()),
        ("extensions", pa.string()),
    ]
)


def land(
    connection: duckdb.DuckDBPyConnection,
    fact_type: str,
    columns: Sequence[Column],
    batch: pa.Table,
) -> None:
    """Add facts of one type: ``batch`` has the columns of ``ENVELOPE`` and the body's columns."""
    names = [column.name for column in columns]
    connection.register("landing", batch)
    try:
        connection.execute(_into_type_table(fact_type, names))
        connection.execute(_into_fact_table(fact_type, names))
    finally:
        connection.unregister("landing")


def _into_type_table(fact_type: str, names: Sequence[str]) -> str:
    targets = [quoted(name) for name in (*ENVELOPE_COLUMNS, *names)]
    values = ["CAST(id AS UUID)" if name == '"id"' else name for name in targets]
    return (
        f"INSERT INTO {table_of(fact_type)} ({', '.join(targets)}) "
        f"SELECT {', '.join(values)} FROM landing"
    )


def _into_fact_table(fact_type: str, names: Sequence[str]) -> str:
    keys = [name if name in names else "NULL" for name in KEY_COLUMNS]
    return (
        "INSERT INTO fact SELECT position, recorded_at, CAST(id AS UUID), "
        f"'{fact_type}', source, split_part(source, '/', 2), subject, time, "
        f"correlationid, causationid, sequence, extensions, {', '.join(keys)}, {_links(names)} "
        "FROM landing"
    )


def _links(names: Sequence[str]) -> str:
    """The business objects that a fact touches, as domain.facts.Fact.links says, in SQL."""
    named = [f"'{prefix}:' || {name}" for name, prefix in ID_FIELDS.items() if name in names]
    named += [name for name in REF_FIELDS if name in names]
    if not named:
        return "list_filter(refs, lambda link, i: list_position(refs, link) = i)"
    extra = f"list_filter([{', '.join(named)}], lambda link: link IS NOT NULL)"
    every = f"list_concat(refs, {extra})"
    return f"list_filter({every}, lambda link, i: list_position({every}, link) = i)"
