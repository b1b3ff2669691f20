"""Facts of a SQLite ledger as Arrow columns."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from adbc_driver_sqlite import dbapi

from ledger.arrow_schema import RECORDED
from ledger.sqlite.recorder import STORED


def read_columns(
    address: str, table: str, after: int, upto: int, batch: int
) -> Iterator[pa.RecordBatch]:
    """The facts at positions in (after, upto], in order, ``batch`` at a time.

    ``address`` is SQLite's URI of the ledger. Each batch is a query of its own, so that a slow
    reader keeps nothing from being written.
    """
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        # The driver infers a column's type from as many rows as it is set to look at: all of them.
        # A column without a value is then one of numbers, which the cast makes one of text again.
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(batch)})
        while after < upto:
            cursor.execute(
                f"SELECT {STORED} FROM {table} WHERE rowid > ? AND rowid <= ? ORDER BY rowid",
                (after, min(after + batch, upto)),
            )
            found = cursor.fetch_arrow_table().combine_chunks().to_batches()[0]
            yield found.rename_columns(RECORDED.names).cast(RECORDED)
            after += found.num_rows
