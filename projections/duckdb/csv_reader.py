"""Records of CSV, read exactly: RFC 4180, with LF or CRLF at the ends of lines.

There are two ways to read, which give the same. The exact way takes one record after the other by a
regular expression. The quick way hands a window of whole records to Arrow's reader, once it is
proven that every quote in it stands where one may; Arrow's reader itself refuses another number of
fields and bytes that are no UTF-8. Several windows are read side by side, as if all of them were
clean. One that is not is made smaller until what spoils it is alone, and that is read exactly; what
comes after it is cut again. So where windows end bears on nothing but speed.

A record that is no CSV costs the line on which it begins, and reading goes on with the next line:
one open quote does not swallow the file. A record that is CSV, and still can't be used (for its
number of fields, or its bytes), costs all its lines: they are its own text, and no rows.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from projections.duckdb.csv_mending import mended

#: The longest record, in bytes of UTF-8: four hundred times what a fact may have. A quote that is
#: open for longer is an open quote.
RECORD_LIMIT = 16 * 1024 * 1024
_LARGEST = 1024 * 1024
_SMALLEST = 16 * 1024
#: How many windows are read side by side, and how many may be in memory. Arrow's functions do
#: without Python's lock, so two keep two cores busy.
_WORKERS = 2
_IN_FLIGHT = 4
#: What comes after a record tells within so many bytes whether it is one.
_AHEAD = 4
_BOM = b"\xef\xbb\xbf"

OPEN_QUOTE = (
    "expected a quote at the end of a quoted field, saw none before the end of the file, or in"
    f" {RECORD_LIMIT:,} bytes"
)
AFTER_QUOTE = (
    "expected a delimiter or the end of the line after a closing quote, saw other text: a quote is"
    " open, or one within the field is not doubled"
)
STRAY_QUOTE = "expected no quote in a field that does not begin with one, saw one"
LONE_RETURN = "expected LF or CRLF at the end of a line, saw a carriage return alone"
TOO_LONG = f"expected at most {RECORD_LIMIT:,} bytes in a record, saw more"
NUL = "expected text, saw a NUL byte"


class Dialect(NamedTuple):
    """What separates fields, and what encloses a field that holds a separator: one character each;
    an empty ``quote``: no field is enclosed. ``encoding`` is named in messages alone."""

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"


class Record(NamedTuple):
    """A record that is well formed, or why it is not: ``line`` is where it begins, from 1. A line
    with nothing in it has no fields. ``raw`` is what is rejected, as far as it is a line."""

    line: int
    fields: list[str] | None
    why: str
    raw: bytes = b""


class Block(NamedTuple):
    """Records of one width: the line of each, and the text in each column. ``rejected`` are lines
    and reasons."""

    lines: pa.Array
    columns: list[pa.Array | pa.ChunkedArray]
    rejected: list[tuple[int, str]]


class _Window(NamedTuple):
    """Whole records that are being read, the first of them on line ``line``."""

    content: bytes
    line: int
    block: Future[Block | None]


class CsvReader:
    """Reads records from chunks of UTF-8; bytes that are none cost the record that they are in.
    Memory holds a few windows, and a record of ``RECORD_LIMIT`` bytes at the most."""

    def __init__(
        self,
        chunks: Iterator[bytes],
        dialect: Dialect,
        *,
        largest: int = _LARGEST,
        smallest: int = _SMALLEST,
        limit: int = RECORD_LIMIT,
    ) -> None:
        """``largest`` and ``smallest`` window, in bytes: 0 for ``largest`` reads all exactly."""
        self._chunks = chunks
        self._dialect = dialect
        self._largest, self._smallest, self._limit = largest, smallest, limit
        self._record, self._field = _patterns(dialect)
        self._quick = _Quick(dialect) if _is_plain(dialect) else None
        self._data = b""
        self._at = 0
        self._ended = False
        self.line = 1

    def record(self) -> Record | None:
        """The next record, however many fields it has; None at the end."""
        if not self._fill(1):
            return None
        end = self._matched()
        if not self._closes(end):
            why = self._fault(end)
            line, self.line = self.line, self.line + 1
            raw = self._data[self._at : self._at + _LARGEST].partition(b"\n")[0]
            self._leave_line()
            return Record(line, None, why, raw)
        return self._taken(end)

    def blocks(self, width: int, *, mending: str | None = None) -> Iterator[Block]:
        """All further records, of which those are rejected that don't have ``width`` fields. An
        empty line is no record, unless there is one column. With ``mending``, what is rejected is
        also given, as ``mended`` makes records of it, with that in the place of what is unknown."""
        size = self._largest
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="csv") as workers:
            ahead: deque[_Window] = deque()
            while True:
                # What follows a small window is not yet known to be clean.
                most = _IN_FLIGHT if size == self._largest else 1
                while len(ahead) < most and (window := self._cut(size, width, workers)) is not None:
                    ahead.append(window)
                if ahead and (block := ahead[0].block.result()) is not None:
                    ahead.popleft()
                    size = min(2 * size, self._largest)
                else:
                    self._take_back(ahead)
                    if not self._fill(1):
                        return
                    if size > self._smallest:
                        size = max(size // 8, self._smallest)
                        continue
                    block = self._read_exactly(width, mending=mending)
                if len(block.lines) or block.rejected:
                    yield block

    def _cut(self, size: int, width: int, workers: ThreadPoolExecutor) -> _Window | None:
        """The next window of at most so many bytes, which one of the workers reads; None where no
        whole record is in it."""
        if self._quick is None or not size or not self._fill(size):
            return None
        content = self._quick.whole_records(self._data[self._at : self._at + size])
        if not content:
            return None
        line, line_ends = self.line, content.count(b"\n")
        self._at += len(content)
        self.line += line_ends
        block = workers.submit(self._quick.block, content, width, line, line_ends)
        return _Window(content, line, block)

    def _take_back(self, windows: deque[_Window]) -> None:
        """As if these windows had not been cut."""
        if windows:
            self.line = windows[0].line
            contents = [window.content for window in windows]
            self._data, self._at = b"".join([*contents, self._data[self._at :]]), 0
            for window in windows:
                window.block.cancel()
            windows.clear()

    def _read_exactly(self, width: int, *, mending: str | None) -> Block:
        lines: list[int] = []
        rows: list[list[str]] = []
        rejected: list[tuple[int, str]] = []
        size = 0
        while size < self._smallest and (record := self.record()) is not None:
            wrong = record.fields is None
            if record.fields is None:
                rejected.append((record.line, record.why))
            elif len(fields := record.fields or [""]) == width:
                lines.append(record.line)
                rows.append(fields)
            elif record.fields:
                wrong = True
                why = f"expected {width:,} fields, saw {len(record.fields):,}"
                rejected.append((record.line, why))
            if wrong and mending is not None:
                quote, delimiter = self._dialect.quote, self._dialect.delimiter
                found = mended(record.fields, record.raw, width, quote, delimiter, mending)
                lines += [record.line] * len(found)
                rows += found
            size += sum(map(len, record.fields or ())) + 1
        columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(width)]
        return Block(pa.array(lines, pa.int64()), columns, rejected)

    def _matched(self) -> int:
        """Where a record that begins here ends; or where it stops to be one."""
        while True:
            end = self._record.match(self._data, self._at, self._at + self._limit).end()  # type: ignore[union-attr]
            known = len(self._data) - self._at
            if self._ended or known > self._limit + 1:
                return end
            if end + _AHEAD <= len(self._data) and self._fault(end) is not OPEN_QUOTE:
                return end
            self._fill(known + self._largest + self._smallest)

    def _closes(self, end: int) -> bool:
        after = self._data[end : end + 2]
        return after[:1] == b"\n" or after == b"\r\n" or not after

    def _fault(self, end: int) -> str:
        if end - self._at >= self._limit:
            return TOO_LONG
        before, after = self._data[self._at : end], self._data[end : end + _AHEAD]
        quote, delimiter = self._dialect.quote.encode(), self._dialect.delimiter.encode()
        if quote and after.startswith(quote):
            return OPEN_QUOTE if not before or before.endswith(delimiter) else STRAY_QUOTE
        if quote and before.endswith(quote):
            return AFTER_QUOTE
        return LONE_RETURN

    def _taken(self, end: int) -> Record:
        content = self._data[self._at : end]
        rest = self._data[end : end + 2]
        line = self.line
        self.line += content.count(b"\n") + (1 if rest else 0)
        self._at = end + (2 if rest == b"\r\n" else min(len(rest), 1))
        if b"\0" in content:
            return Record(line, None, NUL, content)
        try:
            return Record(line, self._fields(content.decode()) if content else [], "")
        except UnicodeDecodeError:
            encoding = self._dialect.encoding
            return Record(line, None, f"expected bytes of {encoding}, saw others", content)

    def _fields(self, text: str) -> list[str]:
        delimiter, quote, _ = self._dialect
        if not quote or quote not in text:
            return text.split(delimiter)
        fields, at = [], 0
        while True:
            found = self._field.match(text, at)
            raw = found[0]  # type: ignore[index]
            if raw[:1] == quote:
                raw = raw[1:-1].replace(quote + quote, quote)
            fields.append(raw)
            at = found.end() + 1  # type: ignore[union-attr]
            if at > len(text):
                return fields

    def _leave_line(self) -> None:
        while (end := self._data.find(b"\n", self._at)) < 0:
            self._data, self._at = b"", 0
            if not self._fill(1):
                return
        self._at = end + 1

    def _fill(self, size: int) -> bool:
        """Whether anything is left; reads until so many bytes are there, or all that are left."""
        if not self._ended and len(self._data) - self._at < size:
            parts = [self._data[self._at :]]
            known = len(parts[0])
            while known < size and not self._ended:
                chunk = next(self._chunks, None)
                if chunk is None:
                    self._ended = True
                else:
                    parts.append(chunk)
                    known += len(chunk)
            self._data, self._at = b"".join(parts), 0
        return self._at < len(self._data)


class _Quick:
    """Windows of records, by Arrow's reader."""

    def __init__(self, dialect: Dialect) -> None:
        self._quote = dialect.quote.encode()
        quote, delimiter = (re.escape(each) for each in (dialect.quote, dialect.delimiter))
        plain = rf"[^{quote}{delimiter}\r\n\x00]*"
        field = rf"(?:{plain}|{quote}(?:[^{quote}\x00]|{quote}{quote})*{quote})"
        self._records = rf"\A(?:{field}(?:{delimiter}|\r?\n))*\z"
        self._dialect = dialect

    def whole_records(self, window: bytes) -> bytes:
        """As many whole records as a window begins with, as far as their quotes are in order."""
        end = window.rfind(b"\n")
        if self._quote and self._quote in window:
            within = window.count(self._quote, 0, end) % 2
            while within and end >= 0:
                before = window.rfind(b"\n", 0, end)
                within ^= window.count(self._quote, max(before, 0), end) % 2
                end = before
        return window[: end + 1]

    def block(self, content: bytes, width: int, line: int, line_ends: int) -> Block | None:
        """Whole records, all of ``width`` fields, the first of them on line ``line``; None where
        that is not proven."""
        quoted = bool(self._quote) and self._quote in content
        if content.startswith(_BOM) or not self._is_exact(content, quoted):
            return None
        names = [str(n) for n in range(width)]
        try:
            table = pyarrow.csv.read_csv(
                pa.BufferReader(content),
                pyarrow.csv.ReadOptions(
                    column_names=names, block_size=max(len(content), 64), use_threads=False
                ),
                pyarrow.csv.ParseOptions(
                    delimiter=self._dialect.delimiter,
                    quote_char=self._dialect.quote or False,
                    double_quote=True,
                    escape_char=False,
                    newlines_in_values=quoted,
                    ignore_empty_lines=True,  # their number is noticed
                ),
                pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
            )
        except pa.ArrowInvalid:  # another number of fields, or no UTF-8
            return None
        columns = list(table.columns)
        lines = _lines(columns, line, line_ends)
        return None if lines is None else Block(lines, columns, [])

    def _is_exact(self, content: bytes, quoted: bool) -> bool:
        """Whether there is nothing that Arrow's reader takes in another way than RFC 4180: a quote
        within a field, text after a closing one, a carriage return alone, a NUL byte."""
        if not quoted:
            if b"\0" in content:
                return False
            return b"\r" not in content or content.count(b"\r") == content.count(b"\r\n")
        # By RE2, which reads each byte once.
        places = pa.array([0, len(content)], pa.int32()).buffers()[1]
        whole = pa.Array.from_buffers(pa.binary(), 1, [None, places, pa.py_buffer(content)])
        return bool(pc.match_substring_regex(whole, self._records)[0].as_py())


def _is_plain(dialect: Dialect) -> bool:
    return dialect.delimiter.isascii() and dialect.quote.isascii()


def _lines(columns: list[pa.ChunkedArray], first: int, line_ends: int) -> pa.Array | None:
    """The line on which each record begins: one more than the record before, and one more for each
    line's end within that. None if there are empty lines, which are in no record."""
    count = len(columns[0])
    lines = pa.arange(first, first + count).cast(pa.int64())
    if count == line_ends:
        return lines
    within = pa.repeat(pa.scalar(0, pa.int32()), count)
    for column in columns:
        if any(b"\n" in text.to_pybytes() for text in _texts(column)):
            within = pc.add(within, pc.count_substring(column, "\n").combine_chunks())
    sums = pc.cumulative_sum(within.cast(pa.int64()))
    if not count or sums[-1].as_py() != line_ends - count:
        return None
    shifted = pa.concat_arrays([pa.array([0], pa.int64()), sums.slice(0, count - 1)])
    return pc.add(lines, shifted)


def _texts(column: pa.ChunkedArray) -> Iterator[pa.Buffer]:
    """The texts of all rows, in one buffer a chunk; there is none for a chunk of empty texts."""
    return (text for chunk in column.chunks if (text := chunk.buffers()[2]) is not None)


def _patterns(dialect: Dialect) -> tuple[re.Pattern[bytes], re.Pattern[str]]:
    """One record in bytes, and one field in text. Nothing is given back once it is taken, so a
    field that does not fit fails at once."""
    quote, delimiter = re.escape(dialect.quote), re.escape(dialect.delimiter)
    if _is_plain(dialect):
        plain = rf"[^{quote}{delimiter}\r\n]*+"
        inner = rf"[^{quote}]*+"
    else:
        plain = rf"(?:(?!{quote or '(?!)'}|{delimiter})[^\r\n])*+"
        inner = rf"(?:(?!{quote})[\s\S])*+"
    quoted = rf"{quote}{inner}(?:{quote}{quote}{inner})*+{quote}"
    field = rf"(?>{quoted}|{plain})" if dialect.quote else plain
    record = rf"{field}(?:{delimiter}{field})*+"
    return re.compile(record.encode()), re.compile(field)
