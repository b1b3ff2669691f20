"""Facts that wait until it is known whether they are to be written, in a file rather than in
memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

import pyarrow as pa

from application.importing.select_process import Origin
from ledger.extensions import extensions_from_text, extensions_to_text
from ledger.port import EventData

_TEXT = pa.string()
_SCHEMA = pa.schema(
    [
        ("id", _TEXT),
        ("type", _TEXT),
        ("source", _TEXT),
        ("subject", _TEXT),
        ("time", pa.int64()),
        ("body", pa.binary()),
        ("correlationid", _TEXT),
        ("causationid", _TEXT),
        ("sequence", _TEXT),
        ("extensions", _TEXT),
        ("file", _TEXT),
        ("line", pa.int64()),
    ]
)


class Waiting(NamedTuple):
    """A fact, and the row that it is made of; None for one that no row says."""

    fact: EventData
    row: Origin | None


class Spool:
    """A file of batches, first written, then read once. It should have no name, since it holds what
    rows say."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._writer = pa.ipc.new_stream(file, _SCHEMA)
        self.facts = 0

    def add(self, batch: Sequence[Waiting]) -> None:
        """A batch, which is read again as one."""
        if not batch:
            return
        rows = [
            (
                *fact[:-1],
                None if fact.extensions is None else extensions_to_text(fact.extensions),
                *(row or (None, None)),
            )
            for fact, row in batch
        ]
        columns = [
            pa.array(values, field.type)
            for values, field in zip(zip(*rows, strict=True), _SCHEMA, strict=True)
        ]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=_SCHEMA))
        self.facts += len(batch)

    def batches(self) -> Iterator[list[Waiting]]:
        """All batches, as they were added. Nothing can be added any more."""
        self._writer.close()
        self._file.seek(0)
        for batch in pa.ipc.open_stream(self._file):
            columns = (column.to_pylist() for column in batch.columns)
            yield [
                Waiting(
                    EventData._make((*fact, extensions_from_text(extensions))),
                    None if file is None else Origin(file, line),
                )
                for *fact, extensions, file, line in zip(*columns, strict=True)
            ]
