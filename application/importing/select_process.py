"""Starts the process that runs an importer's SELECTs (``projections/duckdb/import_sandbox.py``),
and reads it.

The process is cut off from its surroundings: a session of its own, so that Ctrl-C reaches it only
through its parent; Python's isolated mode, so that no module is taken from the data folder; and
DuckDB's confinement. The pipe holds it back while the parent is busy, so that neither side keeps
more than a few batches.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import pyarrow as pa

import projections
from application.errors import ImportRefused
from projections.duckdb.import_frames import (
    BATCH,
    DONE,
    FAILED,
    FILE,
    LINE,
    READ,
    Frame,
    RejectedKeys,
    Request,
    read_frames,
)

_MEMORY = "1GB"
#: One thread keeps the rows of a SELECT in one order, so that "row 17" is the same row next time.
_THREADS = 1
_BATCH_ROWS = 20_000
_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from projections.duckdb.import_sandbox import main
main(sys.stdin.buffer, sys.stdout.buffer)
"""


class SelectFailed(ImportRefused):
    """SQL that can't be run; ``seen`` is DuckDB's message."""


class Origin(NamedTuple):
    """The line of a file of data, from 1, that a row is made of."""

    file: str
    line: int


class Origins(NamedTuple):
    """Where the rows of a batch come from, row by row; None where a row comes from no file, as one
    to which an outer join found nothing."""

    files: Sequence[str | None]
    lines: Sequence[int | None]

    def of(self, row: int) -> Origin | None:
        """Where one row comes from."""
        file, line = self.files[row], self.lines[row]
        return None if file is None or line is None else Origin(file, line)

    def by_file(self, rows: Iterable[int]) -> Mapping[str, list[int]]:
        """The lines that these rows come from."""
        found: dict[str, list[int]] = {}
        for row in rows:
            file, line = self.files[row], self.lines[row]
            if file is not None and line is not None:
                found.setdefault(file, []).append(line)
        return found


class Found(NamedTuple):
    """Rows of the SELECT of a file, and where each comes from, if that is known."""

    file: str
    batch: pa.RecordBatch
    origins: Origins | None


class FileRead(NamedTuple):
    """How many records of a file a SELECT read, and the lines that it could not use, with why.
    ``call`` is the same of all files that one call of ``rows()`` reads."""

    call: int
    read: int
    rejected: Sequence[tuple[int, str]]


class FilesRead(NamedTuple):
    """What the SELECT of a file, which is at its end, read by ``rows()``: by file of data. If they
    were requested, ``keys`` are those of the rows of rejected records; None where they can't be
    told."""

    file: str
    files: Mapping[str, FileRead]
    keys: RejectedKeys | None


class Column(NamedTuple):
    """A column of a SELECT, with its type as DuckDB writes it."""

    name: str
    type: str


@dataclass(frozen=True)
class Selected:
    """SELECTs that are bound and run: the columns of each, by file name, how many rows there are in
    all, if that was requested, and the rows, after those of each SELECT what it read."""

    columns: Mapping[str, Sequence[Column]]
    total: int | None
    batches: Iterator[Found | FilesRead]


@contextmanager
def selected(
    selects: Mapping[str, str],
    data: Path,
    *,
    prelude: tuple[str, str] | None = None,
    variables: Mapping[str, str],
    count: bool = False,
    keys: bool = False,
) -> Iterator[Selected]:
    """Runs the SELECTs (file name: SQL) in the order given, with ``data`` as the only folder that
    they can read. ``prelude`` is a file name and its SQL. With ``keys``, those of rejected records
    are looked for; where there are any, the data are read once more. Raises ``SelectFailed``, on
    entry for SQL that can't be bound, and while rows are read for one that fails over its data."""
    with (
        tempfile.TemporaryDirectory(prefix="pledger-import-") as scratch,
        tempfile.TemporaryFile() as errors,
        _started(data, errors) as (stdin, stdout),
    ):
        request = Request(
            selects=list(selects.values()),
            prelude=prelude[1] if prelude else None,
            variables=dict(variables),
            scratch=scratch,
            memory=_MEMORY,
            threads=_THREADS,
            batch_rows=_BATCH_ROWS,
            count=count,
            keys=keys,
        )
        _send(stdin, request.to_line())
        names = [*selects, prelude[0] if prelude else ""]
        frames = _checked(read_frames(stdout), names, errors)
        columns = {}
        for _ in selects:
            frame = next(frames)
            columns[names[frame.select]] = [Column(*pair) for pair in json.loads(frame.content)]
        total = sum(int(next(frames).content) for _ in selects) if count else None
        yield Selected(columns, total, _unpacked(frames, names))


def _send(stdin: IO[bytes], line: bytes) -> None:
    try:
        stdin.write(line)
        stdin.flush()
    except BrokenPipeError:
        # The process is gone already; the reason is raised where its answers are awaited. Closing
        # gives up what could not be written, which would else be tried again.
        with suppress(BrokenPipeError):
            stdin.close()


@contextmanager
def _started(data: Path, errors: IO[bytes]) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    root = Path(projections.__file__).resolve().parent.parent
    # This program, by the interpreter that runs it.
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-c", _PROGRAM, str(root)],
        cwd=data,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    ) as process:
        if process.stdin is None or process.stdout is None:  # never: both are pipes
            raise RuntimeError("expected pipes")
        try:
            yield process.stdin, process.stdout
        finally:
            process.kill()  # it keeps nothing that is not in its scratch folder


def _checked(frames: Iterator[Frame], names: Sequence[str], errors: IO[bytes]) -> Iterator[Frame]:
    """The frames, up to the one for the end of the last SELECT."""
    last = len(names) - 2
    for frame in frames:
        if frame.kind == FAILED:
            expected, seen, remedy = json.loads(frame.content)
            name = names[frame.select]
            raise SelectFailed(
                f"{expected} (in {name})" if expected else f"SQL that runs over the data in {name}",
                seen,
                remedy,
            )
        yield frame
        if frame.kind == DONE and frame.select == last:
            return
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    # Of an exception only what it is called: it may quote a value.
    last_words = re.sub(r"^([\w.]+(?:Error|Exception)): .*", r"\1", lines[-1]) if lines else ""
    raise SelectFailed(
        "all rows of the process that runs the SELECTs",
        f"that it ended before: {last_words or 'it was killed'}",
    )


def _unpacked(frames: Iterator[Frame], names: Sequence[str]) -> Iterator[Found | FilesRead]:
    for frame in frames:
        name = names[frame.select]
        if frame.kind == BATCH:
            with pa.ipc.open_stream(frame.content) as stream:
                yield _found(name, stream.read_next_batch())
        elif frame.kind == READ:
            files, keys = json.loads(frame.content)
            read = {file: FileRead(**found) for file, found in files.items()}
            yield FilesRead(name, read, None if keys is None else RejectedKeys(*keys))


def _found(name: str, batch: pa.RecordBatch) -> Found:
    if batch.schema.names[-2:] != [LINE, FILE]:
        return Found(name, batch, None)
    *columns, lines, files = batch.columns
    origins = Origins(files.to_pylist(), lines.to_pylist())
    plain = pa.RecordBatch.from_arrays(columns, names=batch.schema.names[:-2])
    return Found(name, plain, origins)
