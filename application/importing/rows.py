"""Rows of an importer to facts ready to be kept, a batch at a time.

Whole columns are checked and encoded at once. A batch that does not pass goes row by row through
the codec, from which the reasons come, so that a bad row never takes a good one with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from hashlib import sha1
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL

import pyarrow as pa
import pyarrow.compute as pc

from application.emit import Rejection
from domain.instants import EARLIEST, LATEST, to_microseconds
from ledger.envelope import (
    FACT_LIMIT,
    OPTIONAL,
    size_problem,
    source_problem,
    subject_problem,
    text_problem,
)
from ledger.port import EventData
from schemas import catalogue, codec, columns, jsonform
from schemas.catalogue import Field

_NO_ZONE = "make it one in SQL, as in timezone('America/Sao_Paulo', CAST(… AS TIMESTAMP))"

#: The variant digit of a UUID, by the digit of the hash that stands in its place.
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
#: Subjects of this form, which are nearly all, pass without a closer look.
_PLAIN_SUBJECT = "^[a-z][a-z0-9_-]*:[!-~]+$"
_ATTRIBUTES = ("source", "subject", *OPTIONAL)
#: More than what a fact takes beside the values of its attributes and its body.
_FRAME = 256

#: Rows of a batch that can't be kept, and why: the first reason found.
Reasons = dict[int, str]


class Rows(NamedTuple):
    """What became of a batch: the facts and the lines that they come from, the rows that give
    none (``line`` counts those of the SELECT from 1), and how many had no time."""

    facts: list[EventData]
    lines: list[int]
    rejected: list[Rejection]
    skipped: int


class RowReader:
    """Makes facts of the rows of one file: ``type`` is theirs; ``mapping`` and ``file`` (its name
    without ``.sql``) go into their ids."""

    def __init__(self, type: str, mapping: str, file: str) -> None:
        self._type = type
        self._prefix = NAMESPACE_URL.bytes + f"pledger:import:{mapping}/{file}/".encode()

    def read(self, batch: pa.RecordBatch, first_line: int) -> Rows:
        """The facts of a batch whose first row is line ``first_line``. Its columns must be such as
        ``check_columns`` lets pass."""
        lines = pa.array(range(first_line, first_line + batch.num_rows), pa.int64())
        has_time = pc.is_valid(batch.column("time"))
        numbers = lines.filter(has_time).to_pylist()
        timed = batch.filter(has_time)
        reasons: Reasons = {}
        keys = _keys(timed, reasons)
        ids = [None if key is None else uuid5(self._prefix, key) for key in keys]
        facts = self._facts(timed, ids, reasons)
        return Rows(
            facts=[fact for row, fact in enumerate(facts) if row not in reasons],
            lines=[number for row, number in enumerate(numbers) if row not in reasons],
            rejected=[
                {"line": numbers[row], "id": ids[row], "why": reasons[row]}
                for row in sorted(reasons)
            ],
            skipped=batch.num_rows - timed.num_rows,
        )

    def _facts(
        self, batch: pa.RecordBatch, ids: Sequence[str | None], reasons: Reasons
    ) -> list[EventData]:
        """A fact for each row, of no use for the rows in ``reasons``, to which it adds."""
        times = _micros("time", batch.column("time"), reasons).to_pylist()
        source, subject, *others = (_attribute(batch, name, reasons) for name in _ATTRIBUTES)
        wires = _wires(self._type, _body(self._type, batch, reasons), reasons)
        attributes = zip(ids, source, subject, times, wires, *others, strict=True)
        facts = [
            EventData(id or "", self._type, source, subject, time, wire, *rest)
            for id, source, subject, time, wire, *rest in attributes
        ]
        if _longest(batch, wires) > FACT_LIMIT:
            for row, fact in enumerate(facts):
                problem = None if row in reasons else size_problem(fact)
                if problem is not None:
                    reasons[row] = problem
        return facts


def uuid5(prefix: bytes, key: str) -> str:
    """The text of ``uuid.uuid5``, of a namespace and the beginning of a name in bytes, and the rest
    of the name. Five times as fast, which shows when an id is all that a row costs."""
    digits = sha1(prefix + key.encode(), usedforsecurity=False).hexdigest()
    return (
        f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}"
        f"-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"
    )


# --- the envelope --------------------------------------------------------------------------------


def _keys(batch: pa.RecordBatch, reasons: Reasons) -> list[str | None]:
    keys: list[str | None] = batch.column("key").cast(pa.string()).to_pylist()
    for row, key in enumerate(keys):
        if key is None:
            reasons[row] = (
                "key: expected text that tells the row from all others, and stays the same when"
                " the import runs again, saw null: make one of what identifies the row"
            )
    return keys


def _attribute(batch: pa.RecordBatch, name: str, reasons: Reasons) -> list[Any]:
    """An attribute of the envelope, row by row. Each value is looked at once a batch."""
    if name not in batch.schema.names:
        return [None] * batch.num_rows
    column = batch.column(name).cast(pa.string())
    values: list[Any] = column.to_pylist()
    if name == "subject" and _all_match(column, _PLAIN_SUBJECT):
        return values
    problems = {}
    for value in pc.unique(column).to_pylist():
        problem = _attribute_problem(name, value)
        if problem is not None:
            problems[value] = problem
    if problems:
        for row, value in enumerate(values):
            if value in problems:
                reasons.setdefault(row, problems[value])
    return values


def _attribute_problem(name: str, value: str | None) -> str | None:
    if name not in ("source", "subject"):
        return None if value is None else text_problem(name, value)
    if value is None:
        return f"{name}: expected text, saw null: every fact says it"
    return source_problem(value) if name == "source" else subject_problem(value)


def _all_match(column: pa.Array, pattern: str) -> bool:
    if column.null_count:
        return False
    return pc.all(pc.match_substring_regex(column, pattern)).as_py() is not False


def _micros(name: str, column: pa.Array, reasons: Reasons) -> pa.Array:
    """Instants, or RFC 3339 texts, as microseconds since 1970; null where there is none, or none
    that can be kept."""
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), pa.int64())
    if not pa.types.is_timestamp(column.type):
        return _micros_of_texts(name, column.cast(pa.string()).to_pylist(), reasons)
    micros = column.cast(pa.int64())
    span = pc.min_max(micros).as_py()
    if span["min"] is None or EARLIEST <= span["min"] <= span["max"] <= LATEST:
        return micros
    values = micros.to_pylist()
    for row, value in enumerate(values):
        if value is not None and not EARLIEST <= value <= LATEST:
            values[row] = None
            reasons.setdefault(
                row, f"{name}: expected an instant in the years 1 to 9999, saw one outside of them"
            )
    return pa.array(values, pa.int64())


def _micros_of_texts(name: str, texts: Sequence[str | None], reasons: Reasons) -> pa.Array:
    values: list[int | None] = []
    for row, text in enumerate(texts):
        value = None
        if text is not None:
            try:
                value = to_microseconds(jsonform.instant_from_text(text))
            except ValueError as problem:
                reasons.setdefault(row, f"{name}: {problem}: {_NO_ZONE}")
        values.append(value)
    return pa.array(values, pa.int64())


# --- the body ------------------------------------------------------------------------------------


def _body(type: str, batch: pa.RecordBatch, reasons: Reasons) -> pa.RecordBatch:
    """The columns of the body. A null for a field that has a default and is not nullable means the
    default, as it does in JSON."""
    schema = columns.arrow_schema(type)
    found = {}
    for field in catalogue.fields(type):
        target = schema.field(field.name).type
        if field.name in batch.schema.names:
            column = _plain(field, batch.column(field.name), reasons)
            found[field.name] = _with_default(field, column, target)
        elif field.name == "refs":  # so that there is a column at all
            found[field.name] = pa.array([[]] * batch.num_rows, target)
    return pa.RecordBatch.from_pydict(found)


def _plain(field: Field, column: pa.Array, reasons: Reasons) -> pa.Array:
    """What DuckDB gives, in the Arrow types that the encoder takes."""
    if field.kind == "timestamp":
        return _micros(field.name, column, reasons).cast(pa.timestamp("us", tz="UTC"))
    if pa.types.is_dictionary(column.type):
        return column.cast(pa.string())
    if pa.types.is_fixed_size_list(column.type):
        return column.cast(pa.list_(column.type.value_type))
    if pa.types.is_decimal(column.type):
        try:
            return column.cast(pa.float64() if field.kind == "double" else pa.int64())
        except pa.ArrowInvalid:  # too large for the field: the codec reports it, row by row
            return column
    return column


def _with_default(field: Field, column: pa.Array, target: pa.DataType) -> pa.Array:
    if field.nullable or field.required or not column.null_count:
        return column
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    if field.kind == "strings" or pa.types.is_null(column.type):
        values = [default if value is None else value for value in column.to_pylist()]
        return pa.array(values, target)
    return pc.fill_null(column, default)


def _wires(type: str, body: pa.RecordBatch, reasons: Reasons) -> list[bytes]:
    """The wire bytes of each row; empty for the rows in ``reasons``, to which it adds."""
    rows = [row for row in range(body.num_rows) if row not in reasons]
    kept = body if len(rows) == body.num_rows else body.take(pa.array(rows, pa.int64()))
    try:
        encoded = columns.encode_batch(type, kept)
    except codec.Refused:
        encoded = _one_by_one(type, kept, lambda index, why: reasons.update({rows[index]: why}))
    if kept is body:
        return encoded
    wires = [b""] * body.num_rows
    for row, wire in zip(rows, encoded, strict=True):
        wires[row] = wire
    return wires


def _one_by_one(type: str, body: pa.RecordBatch, refuse: Callable[[int, str], None]) -> list[bytes]:
    wires = []
    for index, row in enumerate(body.to_pylist()):
        values = {
            name: int(value) if isinstance(value, Decimal) else value for name, value in row.items()
        }
        try:
            wires.append(codec.encode(type, values))
        except codec.Refused as problem:
            refuse(index, str(problem))
            wires.append(b"")
    return wires


def _longest(batch: pa.RecordBatch, wires: Sequence[bytes]) -> int:
    """No fact of the batch takes more bytes than this."""
    longest = _FRAME + max(map(len, wires), default=0)
    for name in _ATTRIBUTES:
        if name in batch.schema.names:
            lengths = pc.binary_length(batch.column(name).cast(pa.string()))
            longest += pc.max(lengths).as_py() or 0
    return longest
