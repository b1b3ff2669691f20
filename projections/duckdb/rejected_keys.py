"""The keys of the rows that rejected records would be: a snapshot takes back no fact of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa

from projections.duckdb.csv_files import Reading
from projections.duckdb.csv_mending import UNKNOWN
from projections.duckdb.import_frames import FILE, LINE

#: Where more records are no rows, the file is of another form, and nothing is known of it.
_MANY = 10_000


def keys_of_rejected(
    reading: Reading, batches: Callable[[], Iterator[pa.RecordBatch]]
) -> list[str] | None:
    """The keys, by one more run of a SELECT, or two, in which such records are mended; ``batches``
    begins one. None where a key can't be told: it is made of what can't be read, or no row comes of
    a record, which may be left out for what can't be read. Leaves ``reading`` mending."""
    lines = reading.rejected_lines()
    torn = {(file, line) for file, found in reading.rejected.items() for line in found}
    if len(torn) > _MANY:
        return None
    runs = []
    for unknown in UNKNOWN if torn else UNKNOWN[:1]:
        reading.mending = unknown
        found = [each for batch in batches() for each in _keys_at(batch, lines)]
        if torn - {place for place, _ in found}:
            return None
        runs.append({key for _, key in found})
    return sorted(runs[0]) if runs[0] == runs[-1] else None


def _keys_at(
    batch: pa.RecordBatch, lines: Mapping[str, set[int]]
) -> Iterator[tuple[tuple[str, int], str]]:
    """The keys of the rows that are made of some lines of some files, each with its place."""
    places = zip(batch.column(FILE).to_pylist(), batch.column(LINE).to_pylist(), strict=True)
    for row, (file, line) in enumerate(places):
        if line in lines.get(file, ()) and (key := batch.column("key")[row]).is_valid:
            yield (file, line), str(key.as_py())
