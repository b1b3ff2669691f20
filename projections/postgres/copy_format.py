"""Arrow columns as the text that COPY takes in CSV format.

Null is written as nothing and text always in quotes, so that empty text differs from null. An array
is text in PostgreSQL's notation, ``{"a","b"}``.
"""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql
from pyarrow import csv

from projections.postgres.connection import Postgres

_OPTIONS = csv.WriteOptions(include_header=False, quoting_style="needed")


class Copy(NamedTuple):
    """Rows on their way into a table."""

    statement: sql.Composed
    rows: pa.Buffer


def copy_into(table: str, rows: pa.Table) -> Copy:
    """Rows for a table whose columns are called as theirs."""
    sink = pa.BufferOutputStream()
    csv.write_csv(rows, sink, _OPTIONS)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    )
    return Copy(statement, sink.getvalue())


def run(connection: Postgres, copy: Copy) -> None:
    """Add the rows."""
    with connection.cursor() as cursor, cursor.copy(copy.statement) as stream:
        stream.write(memoryview(copy.rows))


def arrays(lists: pa.Array) -> pa.Array:
    """A column of lists of text as one of array literals; null stays null."""
    return braced(joined(lists))


def joined(lists: pa.Array) -> pa.Array:
    """The elements of each list, quoted and with commas between; empty for an empty list, null for
    none."""
    lengths = pc.list_value_length(lists)
    ends = pc.cumulative_sum(pc.fill_null(lengths, 0)).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    texts = pa.ListArray.from_arrays(offsets, quoted(pc.list_flatten(lists)))
    return pc.if_else(pc.is_null(lists), None, pc.binary_join(texts, ","))


def quoted(texts: pa.Array) -> pa.Array:
    """Text as an element of an array literal; null stays null."""
    escaped = pc.replace_substring(texts, "\\", "\\\\")
    escaped = pc.replace_substring(escaped, '"', '\\"')
    return pc.binary_join_element_wise('"', escaped, '"', "")


def braced(elements: pa.Array) -> pa.Array:
    """Elements with commas between as an array literal."""
    return pc.binary_join_element_wise("{", elements, "}", "")
