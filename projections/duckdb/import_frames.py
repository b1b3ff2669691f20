"""What passes between an importer and the process that runs its SELECTs (``import_sandbox.py``).

One line of JSON goes in (``Request``); frames come out: a header of kind, index of the SELECT and
length, then so many bytes. First the columns of every SELECT, and how many rows each has if that
was requested; then, SELECT after SELECT, its rows as Arrow record batches, each a complete IPC
stream, what became of the records of its files, and a frame for its end.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO, NamedTuple

#: The kinds of frames. The index of the prelude, which only fails, is the number of SELECTs.
COLUMNS, COUNT, BATCH, READ, DONE, FAILED = b"C", b"N", b"B", b"R", b"D", b"F"

#: The last two columns of a batch, where it is known which line of which file a row is made of.
LINE, FILE = "pledger_line", "pledger_file"

_HEADER = struct.Struct(">cIQ")


@dataclass(frozen=True)
class Request:
    """What to run. ``selects`` are the texts of the SELECTs in the order in which they are to run,
    ``prelude`` what goes before them. SQL reads ``variables`` by ``getvariable``. ``scratch`` is an
    absolute path to a folder of its own, for what does not fit into ``memory`` (in DuckDB's
    notation: ``1GB``). ``count``: send beforehand how many rows there are, for a progress bar.
    ``keys``: tell the keys of the records that are rejected, as far as they can be read."""

    selects: Sequence[str]
    prelude: str | None
    variables: Mapping[str, str]
    scratch: str
    memory: str
    threads: int
    batch_rows: int
    count: bool
    keys: bool = False

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @staticmethod
    def from_line(line: bytes) -> Request:
        """The inverse of ``to_line``."""
        return Request(**json.loads(line))


class RejectedKeys(NamedTuple):
    """The keys of the rows of rejected records: of those that can be read, and of each other one
    all that it may have."""

    read: Sequence[str]
    torn: Sequence[Sequence[str]]


class Frame(NamedTuple):
    """One frame; ``select`` is the index of the SELECT that it is of."""

    kind: bytes
    select: int
    content: bytes


def write_frame(stream: IO[bytes], frame: Frame) -> None:
    """Writes a frame and flushes, so that the reader can begin with it."""
    stream.write(_HEADER.pack(frame.kind, frame.select, len(frame.content)))
    stream.write(frame.content)
    stream.flush()


def read_frames(stream: IO[bytes]) -> Iterator[Frame]:
    """Frames until the stream ends. A frame that was cut short ends it too: the reader sees from
    the ``DONE`` frames whether all came."""
    while len(header := stream.read(_HEADER.size)) == _HEADER.size:
        kind, select, length = _HEADER.unpack(header)
        content = stream.read(length)
        if len(content) < length:
            return
        yield Frame(kind, select, content)
