"""Putting decoded facts into their tables: from Arrow columns, in bulk, in the caller's
transaction."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from domain.places import place_of
from domain.refs import ID_FIELDS, REF_FIELDS
from projections.fact_tables import ENVELOPE_COLUMNS, KEY_COLUMNS, Column, quoted, table_of
from projections.sql_files import statements_of

#: The attributes of an envelope, as they come from the ledger; the type is known.
ENVELOPE = (
    "position",
    "recorded_at",
    "id",
    "source",
    "subject",
    "time",
    "correlationid",
    "causationid",
    "sequence",
    "extensions",
)

#: Facts of one type: the type, and a column for each attribute of the envelope and each field of
#: the body. Instants are timestamps in UTC, extensions JSON text.
Facts = tuple[str, pa.RecordBatch]

#: The fields of bodies that the table of envelopes takes in: keys, and what counts as a ref.
NAMING = (*ID_FIELDS, *REF_FIELDS)

_SQL = statements_of(__file__)

_LINKS = ", ".join([*(f"'{prefix}:' || {name}" for name, prefix in ID_FIELDS.items()), *REF_FIELDS])
_INTO_FACT = _SQL["into_fact"].format(keys=", ".join(KEY_COLUMNS), links=_LINKS)


def envelopes(batch: Sequence[Facts]) -> pa.Table:
    """The rows of the table of all envelopes for facts of several types, by position, so that a
    look-up by position reads little."""
    together = pa.concat_tables([_envelopes(fact_type, facts) for fact_type, facts in batch])
    return together.take(pc.sort_indices(together["position"]))


def land_envelopes(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    """Add ``envelopes`` to their table."""
    _run(connection, _INTO_FACT, rows)


def _envelopes(fact_type: str, facts: pa.RecordBatch) -> pa.Table:
    there = set(facts.schema.names)
    columns = {name: facts[name] for name in ENVELOPE}
    columns["type"] = pa.repeat(pa.scalar(fact_type), facts.num_rows)
    columns["sequence_number"] = _sequence_numbers(facts["sequence"])
    columns["place"] = pa.repeat(pa.scalar(place_of(fact_type), pa.int16()), facts.num_rows)
    for name in NAMING:
        missing = name not in there
        columns[name] = pa.nulls(facts.num_rows, pa.string()) if missing else facts[name]
    columns["refs"] = facts["refs"]
    return pa.table(columns)


def _sequence_numbers(sequences: pa.Array) -> pa.Array:
    """``domain.facts.sequence_number`` of a column. Most sources number nothing."""
    if sequences.null_count == len(sequences):
        return pa.repeat(pa.scalar(0, pa.int64()), len(sequences))
    whole = pc.match_substring_regex(sequences, r"\A[0-9]{1,18}\z")
    return pc.if_else(pc.fill_null(whole, False), sequences, "0").cast(pa.int64())


def _run(connection: duckdb.DuckDBPyConnection, statement: str, landing: pa.Table) -> None:
    connection.register("landing", landing)
    try:
        connection.execute(statement)
    finally:
        connection.unregister("landing")


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
    _run(
        connection,
        f"INSERT INTO {table_of(fact_type)} ({', '.join(targets)})"
        f" SELECT {', '.join(values)} FROM landing",
        facts,
    )
