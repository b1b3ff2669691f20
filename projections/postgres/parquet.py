"""Rows of PostgreSQL as a Parquet file, streamed: no more of them is in memory than a block.

They come as COPY gives them in CSV format: null as nothing and everything else in quotes, so that
empty text differs from null; a list as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from projections.fact_tables import quoted
from projections.postgres.connection import Postgres

if TYPE_CHECKING:
    from projections.export.rows import Rows

#: Bytes of CSV that become rows at a time: the longest row is shorter.
BLOCK = 8 * 1024 * 1024
#: Rows of a group of the file: what is read, or skipped, together.
ROW_GROUP = 122_880

LIST = "VARCHAR[]"
_LISTS = pa.list_(pa.string())
_TYPES: Mapping[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "UUID": pa.string(),
    LIST: pa.string(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
}


def write_parquet(connection: Postgres, rows: Rows, path: Path) -> int:
    """Write rows to a new file, and answer how many they are. The session's transaction sees them
    as it sees all."""
    schema = pa.schema(
        [(name, _LISTS if kind == LIST else _TYPES[kind]) for name, kind in rows.types.items()]
    )
    count = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(_statement(rows).encode()) as copy,
        pq.ParquetWriter(path, schema) as writer,
    ):
        for batch in _batches(BufferedReader(_Stream(iter(copy)), BLOCK), rows.types):
            columns = [
                _lists(column) if kind == LIST else column
                for column, kind in zip(batch.columns, rows.types.values(), strict=True)
            ]
            writer.write_table(pa.table(columns, schema=schema), row_group_size=ROW_GROUP)
            count += batch.num_rows
    return count


def _statement(rows: Rows) -> str:
    columns = ", ".join(
        f"to_json(r.{quoted(name)})" if kind == LIST else f"r.{quoted(name)}"
        for name, kind in rows.types.items()
    )
    order = ", ".join(f"r.{quoted(name)}" for name in rows.order)
    return (
        f"COPY (SELECT {columns} FROM ({rows.select}) AS r ORDER BY {order})"
        " TO STDOUT (FORMAT csv, FORCE_QUOTE *)"
    )


def _batches(stream: BufferedReader, types: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    if not stream.peek(1):
        return  # Arrow takes no file without a row
    yield from csv.open_csv(
        stream,
        csv.ReadOptions(column_names=list(types), block_size=BLOCK, use_threads=False),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types={name: _TYPES[kind] for name, kind in types.items()},
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _lists(column: pa.Array) -> pa.Array:
    """Lists of text out of their JSON; null stays null."""
    texts = column.to_pylist()
    return pa.array([None if text is None else json.loads(text) for text in texts], _LISTS)


class _Stream(RawIOBase):
    """What comes in pieces as a file that is read from."""

    def __init__(self, pieces: Iterator[Any]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill as much of the buffer as the next piece does; nothing at the end."""
        into = memoryview(buffer).cast("B")
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(into), len(self._rest))
        into[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
