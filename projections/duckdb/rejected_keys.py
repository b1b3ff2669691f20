"""The keys of the rows that rejected records would be: a snapshot takes back no fact of theirs.

Where a record has a field too many or too few, nobody knows which: it may be the key itself, or a
part of it. So such a record has all the keys that it would have wherever that field is, and may
have another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa

from projections.duckdb.csv_files import Reading
from projections.duckdb.csv_mending import UNKNOWN
from projections.duckdb.import_frames import FILE, LINE, RejectedKeys

#: Where more records are no rows, the file is of another form, and nothing is known of it.
_MANY = 10_000

#: A file, and a line of it.
_Place = tuple[str, int]


def keys_of_rejected(
    reading: Reading, batches: Callable[[], Iterator[pa.RecordBatch]]
) -> RejectedKeys | None:
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
        found: dict[_Place, set[str]] = {}
        for batch in batches():
            for place, key in _keys_at(batch, lines):
                found.setdefault(place, set()).add(key)
        if torn - found.keys():
            return None
        runs.append(found)
    if runs[0] != runs[-1]:
        return None
    read = {key for place, keys in runs[0].items() if place not in torn for key in keys}
    return RejectedKeys(sorted(read), [sorted(runs[0][place]) for place in sorted(torn)])


def _keys_at(batch: pa.RecordBatch, lines: Mapping[str, set[int]]) -> Iterator[tuple[_Place, str]]:
    """The keys of the rows that are made of some lines of some files, each with its place."""
    places = zip(batch.column(FILE).to_pylist(), batch.column(LINE).to_pylist(), strict=True)
    for row, (file, line) in enumerate(places):
        if line in lines.get(file, ()) and (key := batch.column("key")[row]).is_valid:
            yield (file, line), str(key.as_py())
