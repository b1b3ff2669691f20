"""Files of CSV in the data folder, as a table that DuckDB can read as often as it likes: what
``rows()`` is in SQL.

Names are held to the folder before a file is opened: no absolute path, no ``..`` that leaves it, no
symbolic link to the outside, nothing but regular files.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from projections.duckdb.csv_reader import Block, CsvReader, Dialect, Record

ROW, FILE = "_row", "_file"
_CHUNK = 1024 * 1024
#: How many bytes of files stay in memory once they are read, for further scans of them.
KNOWN_BYTES = 128 * 1024 * 1024
_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
#: Bytes that can't be decoded become one that no UTF-8 has, so that they are found again.
_MARK = "pledger-mark"
codecs.register_error(
    _MARK,
    lambda problem: (
        (b"\xff", problem.end)
        if isinstance(problem, UnicodeEncodeError)
        else ("\udcff", problem.end)  # type: ignore[attr-defined]
    ),
)


class Unreadable(Exception):
    """A call of ``rows()`` that can't be answered: what was expected, seen, and what to do."""

    def __init__(self, expected: str, seen: str, remedy: str = "") -> None:
        super().__init__(expected, seen, remedy)
        self.expected, self.seen, self.remedy = expected, seen, remedy


class Call(NamedTuple):
    """The arguments of ``rows()``, each as text."""

    pattern: str
    delimiter: str
    quote: str
    encoding: str
    header: str


class Reading:
    """What becomes of records while one SELECT is run: how many a file has, and those that can't be
    read, by file, line and reason. ``left_out`` are others that are passed over, since the SELECT
    can't use them. ``calls`` numbers the calls of ``rows()``, by file."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.read: dict[str, int] = {}
        self.rejected: dict[str, dict[int, str]] = {}
        self.left_out: dict[str, dict[int, str]] = {}
        #: How many bytes of further files may stay in memory.
        self.room = KNOWN_BYTES
        #: Where what is rejected is given all the same, mended as well as it can be: what stands in
        #: the place of what can't be read.
        self.mending: str | None = None
        self.problem: Unreadable | None = None

    def begin(self, before: Reading, left_out: Mapping[str, Mapping[int, str]]) -> None:
        """Forgets all but what was found ``before``, and what is to be left out."""
        self.read = dict(before.read)
        self.rejected = _copied(before.rejected)
        self.left_out = _copied(left_out)

    def copy(self) -> Reading:
        """What was found so far."""
        copied = Reading()
        copied.calls = self.calls
        copied.begin(self, self.left_out)
        return copied

    def leave_out(self, found: Mapping[str, Mapping[int, str]]) -> bool:
        """Passes over lines from now on. Whether one of them was not passed over already."""
        before = sum(map(len, self.left_out.values()))
        for file, lines in found.items():
            self.left_out.setdefault(file, {}).update(lines)
        return sum(map(len, self.left_out.values())) > before

    def rejected_lines(self) -> dict[str, set[int]]:
        """The lines that can't be read or used, by file; files without any are left out."""
        files = self.rejected.keys() | self.left_out.keys()
        found = {
            file: {*self.rejected.get(file, ()), *self.left_out.get(file, ())} for file in files
        }
        return {file: lines for file, lines in found.items() if lines}

    def report(self) -> dict[str, dict[str, object]]:
        """By file: the number of the call that reads it, how many records were read, and the lines
        that were rejected, with why."""
        return {
            file: {
                "call": self.calls[file],
                "read": count,
                "rejected": sorted(
                    (self.rejected.get(file, {}) | self.left_out.get(file, {})).items()
                ),
            }
            for file, count in self.read.items()
        }


def _copied(found: Mapping[str, Mapping[int, str]]) -> dict[str, dict[int, str]]:
    return {file: dict(lines) for file, lines in found.items()}


class CsvFiles:
    """The files of one call, as a stream of Arrow batches with the columns of their header, the
    line (``_row``) and the file (``_file``) of each record. DuckDB asks for a stream a scan."""

    def __init__(self, folder: Path, call: Call, reading: Reading) -> None:
        """``reading`` is told what is read. Raises ``Unreadable``."""
        self._folder, self._reading = folder, reading
        self._dialect = _dialect(call)
        self._header = call.header == "true"
        self._known: dict[str, list[Block]] = {}
        self._files = _found(folder, call.pattern)
        number = len(set(reading.calls.values()))
        for file in self._files:
            reading.calls.setdefault(file, number)
        self._names = self._shared_columns()
        fields = [pa.field(name, pa.string()) for name in self._names]
        file_type = pa.dictionary(pa.int32(), pa.string())
        self.schema = pa.schema([*fields, (ROW, pa.int64()), (FILE, file_type)])

    def __arrow_c_schema__(self) -> object:
        """The columns."""
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """All records, from the start."""
        batches = self._batches()
        return pa.RecordBatchReader.from_batches(self.schema, batches).__arrow_c_stream__()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for file in self._files:
            count = 0
            rejected = self._reading.rejected.setdefault(file, {})
            try:
                for block in self._blocks(file):
                    count += len(block.lines) + len(block.rejected)
                    rejected.update(block.rejected)
                    yield from self._table(file, block).to_batches()
            except Unreadable as problem:
                self._reading.problem = problem
                raise
            finally:
                # A file may be read more than once, and not always to its end.
                self._reading.read[file] = max(self._reading.read.get(file, 0), count)

    def _blocks(self, file: str) -> Iterator[Block]:
        """The records of a file. SELECTs read the same files again and again, so those that are not
        large are kept when they have been read to their end."""
        if self._reading.mending is None and file in self._known:
            yield from self._known[file]
        else:
            yield from self._kept(file, self._read(file))

    def _read(self, file: str) -> Iterator[Block]:
        with _opened(self._folder, file) as stream:
            reader = CsvReader(_utf8(stream, file, self._dialect.encoding), self._dialect)
            if self._header:
                reader.record()
            yield from reader.blocks(len(self._names), mending=self._reading.mending)

    def _kept(self, file: str, blocks: Iterator[Block]) -> Iterator[Block]:
        known: list[Block] = []
        size, mending = 0, self._reading.mending is not None
        for block in blocks:
            size += sum(column.nbytes for column in block.columns)
            if mending or size > self._reading.room:
                known.clear()
            else:
                known.append(block)
            yield block
        if not mending and size <= self._reading.room and file not in self._known:
            self._known[file] = known
            self._reading.room -= size

    def _table(self, file: str, block: Block) -> pa.Table:
        count = len(block.lines)
        places = pa.DictionaryArray.from_arrays(
            pa.repeat(pa.scalar(0, pa.int32()), count), pa.array([file])
        )
        table = pa.Table.from_arrays([*block.columns, block.lines, places], schema=self.schema)
        left_out = self._reading.left_out.get(file)
        if left_out and self._reading.mending is None:
            lines = pa.array(list(left_out), pa.int64())
            table = table.filter(pc.invert(pc.is_in(block.lines, lines)))
        return table

    def _shared_columns(self) -> Sequence[str]:
        """The names of the columns of all files: those of the first that has a record. A file
        without any, which an export of a day with nothing to tell leaves, has no rows."""
        found = ((file, self._columns(file)) for file in self._files)
        known = [(file, names) for file, names in found if names is not None]
        if not known:
            what = "a header" if self._header else "a record that can be read"
            raise Unreadable(f"{what} in {self._files[0]}", "none")
        (first, shared), *others = known
        for file, names in others if self._header else ():
            _check_header(first, shared, file, names)
        return shared

    def _columns(self, file: str) -> Sequence[str] | None:
        """The names of the columns: those of the header, or ``c1``, ``c2``, …, as many as the
        first record has that can be read; None where there is no such record."""
        with _opened(self._folder, file) as stream:
            reader = CsvReader(_utf8(stream, file, self._dialect.encoding), self._dialect)
            while (first := reader.record()) is not None:
                if self._header:
                    return _names(file, first, _bom(self._folder, file))
                if first.fields:
                    return [f"c{n}" for n in range(1, len(first.fields) + 1)]
        return None


def _check_header(first: str, shared: Sequence[str], file: str, names: Sequence[str]) -> None:
    """Raises ``Unreadable`` for a header that is not that of the first file."""
    if names == shared:
        return
    same = zip(names, shared, strict=False)
    at = next((n for n, (one, other) in enumerate(same, 1) if one != other), None)
    seen = f"another name in column {at}" if at else f"{len(names)} columns"
    raise Unreadable(
        f"the header of {first} ({len(shared)} columns) in {file}",
        seen,
        "read files of another form by another call of rows()",
    )


def _dialect(call: Call) -> Dialect:
    if call.header not in ("true", "false"):
        raise Unreadable("true or false as the header of rows()", "neither")
    if len(call.delimiter) != 1 or call.delimiter in "\r\n\0":
        raise Unreadable(
            "one character as the delimiter of rows(), and none that ends a line",
            "one that does, or NUL" if len(call.delimiter) == 1 else f"{len(call.delimiter)}",
            "a tab is chr(9)",
        )
    if len(call.quote) > 1 or call.quote in ("\r", "\n", "\0", call.delimiter):
        raise Unreadable(
            "one character as the quote of rows(), which is not the delimiter, or '' for none",
            "another text",
        )
    try:
        "a".encode(call.encoding)
        b"".decode(call.encoding, _MARK)
        codecs.getincrementaldecoder(call.encoding)(_MARK).decode(b"a")
    except (LookupError, UnicodeError, ValueError):
        raise Unreadable(
            "an encoding of text that Python knows",
            f"'{call.encoding}'",
            "names are such as 'utf-8', 'windows-1252', 'utf-16', 'latin-1', 'shift_jis'",
        ) from None
    return Dialect(call.delimiter, call.quote, call.encoding)


def _found(folder: Path, pattern: str) -> Sequence[str]:
    """The files of a name or pattern, as relative paths, sorted."""
    plain = Path(os.path.normpath(pattern))
    if not pattern or "\0" in pattern or plain.is_absolute() or plain.parts[:1] == ("..",):
        raise _outside()
    try:
        found = [folder / plain] if (folder / plain).is_file() else folder.glob(str(plain))
        paths = sorted(path for path in found if _is_inside(folder, path) and path.is_file())
    except (ValueError, IndexError):  # no pattern at all
        paths = []
    if not paths:
        raise Unreadable(f"a file that fits '{pattern}'", "No files found")
    return [path.relative_to(folder).as_posix() for path in paths]


def _is_inside(folder: Path, path: Path) -> bool:
    """Raises ``Unreadable`` for what is outside, once symbolic links are followed."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _outside()
    return True


def _outside() -> Unreadable:
    return Unreadable(
        "the name of a file in the data folder, or a pattern",
        "one outside: file system operations are disabled there",
    )


def _opened(folder: Path, file: str) -> BinaryIO:
    try:
        return (folder / file).open("rb")
    except OSError as problem:
        raise Unreadable(f"a file that can be read as {file}", str(problem.strerror)) from None


def _utf8(stream: BinaryIO, file: str, encoding: str) -> Iterator[bytes]:
    """The text of a file as UTF-8, without its byte order mark, in chunks."""
    chunks = iter(lambda: stream.read(_CHUNK), b"")
    try:
        if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
            texts = chunks
        else:
            texts = _transcoded(chunks, encoding)
        first = next(texts, b"")
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from texts
    except OSError as problem:
        raise Unreadable(f"a file that can be read as {file}", str(problem.strerror)) from None


def _transcoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(_MARK)
    for chunk in chunks:
        if text := decoder.decode(chunk):
            yield text.encode("utf-8", _MARK)
    yield decoder.decode(b"", final=True).encode("utf-8", _MARK)


def _bom(folder: Path, file: str) -> str | None:
    """The encoding that the first bytes of a file stand for, if they do."""
    with _opened(folder, file) as stream:
        start = stream.read(4)
    return next((name for mark, name in _BOMS.items() if start.startswith(mark)), None)


def _names(file: str, header: Record, bom: str | None) -> Sequence[str]:
    """The names in a header, each of its own. None is quoted: it may be a row of data."""
    where = f"the header of {file}"
    if header.fields is None:
        expected, _, seen = header.why.removeprefix("expected ").partition(", saw ")
        remedy = f"it begins as files in {bom} do: encoding := '{bom}'" if bom else ""
        raise Unreadable(f"{expected} in {where}", seen, remedy)
    known: dict[str, int] = {}
    names = header.fields or [""]
    for place, name in enumerate(names, 1):
        folded = name.casefold()
        if not name:
            seen = f"none in column {place}"
        elif folded in (ROW, FILE):
            seen = f"{folded} in column {place}, which rows() itself adds"
        elif folded in known:
            seen = f"one name in columns {known[folded]} and {place} (case does not count)"
        else:
            known[folded] = place
            continue
        remedy = "mend it, or read c1, c2, … with header := false, where the header is a row too"
        raise Unreadable(f"a name for each column in {where}", seen, remedy)
    return names
