"""Putting decoded facts into their tables: from Arrow columns, in bulk, in the caller's
transaction."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from domain.links import ID_FIELDS, REF_FIELDS
from projections.tables import (
    ENVELOPE_COLUMNS,
    KEY_COLUMNS,
    Catalogue,
    Column,
    quoted,
    table_of,
)

#: Facts of one type: the type, and a column for each attribute of the envelope and each field of
#: the body. Instants are timestamps in UTC, extensions JSON text.
Facts = tuple[str, pa.RecordBatch]


def land_envelopes(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, batch: Sequence[Facts]
) -> None:
    """Add facts of several types to the table of all envelopes, by position: who looks a position
    up there need not look far."""
    names = [f"landing_{number}" for number in range(len(batch))]
    selects = [
        _envelopes(fact_type, catalogue[fact_type], name)
        for name, (fact_type, _) in zip(names, batch, strict=True)
    ]
    for name, (_, facts) in zip(names, batch, strict=True):
        connection.register(name, pa.Table.from_batches([facts]))
    try:
        connection.execute(f"INSERT INTO fact {' UNION ALL '.join(selects)} ORDER BY 1")
    finally:
        for name in names:
            connection.unregister(name)


def land_bodies(
    connection: duckdb.DuckDBPyConnection,
    fact_type: str,
    columns: Sequence[Column],
    facts: pa.Table,
) -> None:
    """Add facts of one type to the table of that type."""
    names = [*ENVELOPE_COLUMNS, *(column.name for column in columns)]
    targets = [quoted(name) for name in names]
    values = ["CAST(id AS UUID)" if name == '"id"' else name for name in targets]
    connection.register("landing", facts)
    try:
        connection.execute(
            f"INSERT INTO {table_of(fact_type)} ({', '.join(targets)})"
            f" SELECT {', '.join(values)} FROM landing"
        )
    finally:
        connection.unregister("landing")


def _envelopes(fact_type: str, columns: Sequence[Column], name: str) -> str:
    names = [column.name for column in columns]
    keys = [key if key in names else "CAST(NULL AS VARCHAR)" for key in KEY_COLUMNS]
    return (
        f"SELECT position, recorded_at, CAST(id AS UUID), '{fact_type}', source,"
        " split_part(source, '/', 2), subject, time, correlationid, causationid, sequence,"
        f" extensions, {', '.join(keys)}, {_links(columns)} FROM {name}"
    )


def _links(columns: Sequence[Column]) -> str:
    """The business objects that a fact touches, as domain.facts.Fact.links says and in that order,
    in SQL. One that is named twice is there twice."""
    of = {column.name: column for column in columns}
    named = {name: f"'{prefix}:' || {name}" for name, prefix in ID_FIELDS.items()}
    named.update({name: name for name in REF_FIELDS})
    lists = ["refs"]
    for name, link in named.items():
        if name in of:
            one = f"[{link}]"
            if of[name].nullable:
                one = f"CASE WHEN {name} IS NULL THEN [] ELSE {one} END"
            lists.append(one)
    return " || ".join(lists)
