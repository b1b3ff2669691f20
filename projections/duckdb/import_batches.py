"""Batches of the rows of a SELECT, on their way out of the process that runs it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from projections.duckdb.import_frames import BATCH, Frame, read_frames, write_frame

#: What an instant is that ``instant()`` could not read: infinity, as Arrow has it.
_INFINITE = 2**63 - 1


class Spool:
    """The batches of SELECTs that were run before any row of them may be told, kept in files of a
    folder, so that they need not be run again. ``room`` is how many bytes they may take there in
    all: of a SELECT that would take more, nothing is kept."""

    def __init__(self, folder: str, room: int) -> None:
        self._folder, self._room = folder, room

    def begin(self, select: int) -> Spooled:
        """To keep those of another SELECT."""
        return Spooled(self, select, tempfile.TemporaryFile(dir=self._folder))

    def take(self, size: int) -> bool:
        """Whether there is room for so many bytes more; a negative number gives some back."""
        if size > self._room:
            return False
        self._room -= size
        return True


class Spooled:
    """The batches of one SELECT."""

    def __init__(self, spool: Spool, select: int, file: IO[bytes]) -> None:
        self._spool, self._select, self._file = spool, select, file
        self._size = 0
        self.is_whole = True

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep one more, if there is room."""
        if not self.is_whole:
            return
        content = packed(batch)
        try:
            self.is_whole = self._spool.take(len(content))
            if self.is_whole:
                self._size += len(content)
                write_frame(self._file, Frame(BATCH, self._select, content))
        except OSError:  # the disk is full: the SELECT is run again
            self.is_whole = False
        if not self.is_whole:
            self.forget()

    def forget(self) -> None:
        """Give back the room."""
        self._spool.take(-self._size)
        self._size = 0
        self._file.close()

    def frames(self) -> Iterator[Frame]:
        """All of them, once."""
        self._file.seek(0)
        yield from read_frames(self._file)
        self.forget()


def packed(batch: pa.RecordBatch) -> bytes:
    """A batch as an IPC stream of its own."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def infinite(batch: pa.RecordBatch) -> int:
    """How many instants there are that ``instant()`` could not read."""
    instants = [column for column in batch.columns if pa.types.is_timestamp(column.type)]
    return sum(pc.sum(pc.equal(each.cast(pa.int64()), _INFINITE)).as_py() or 0 for each in instants)
