"""Rows of an importer to facts ready to be kept, a batch at a time.

Whole columns are checked and encoded at once. A batch that does not pass goes row by row through
the codec, from which the reasons come, so that a bad row never takes a good one with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import sha1
from itertools import repeat
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL

import pyarrow as pa
import pyarrow.compute as pc

from application.emit import Rejection
from domain.facts import IMPORTER
from domain.instants import EARLIEST, LATEST, to_microseconds
from ledger.body_columns import refusals
from ledger.body_rules import READ
from ledger.envelope import (
    OPTIONAL,
    Envelope,
    NotAFact,
    Transform,
    source_problem,
    subject_problem,
    text_problem,
)
from ledger.port import EventData
from projections.public_holidays import public_holidays
from schemas import catalogue, columns, jsonform
from schemas.catalogue import Field
from schemas.errors import Refused

_NO_ZONE = "make it one in SQL, as in timezone('America/Sao_Paulo', CAST(… AS TIMESTAMP))"

#: The variant digit of a UUID, by the digit of the hash that stands in its place.
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
#: Subjects of this form, which are nearly all, pass without a closer look.
_PLAIN_SUBJECT = "^[a-z][a-z0-9_-]*:[!-~]+$"
_ATTRIBUTES = ("source", "subject", *OPTIONAL)

#: Rows of a batch that can't be kept, and why: the first reason found.
Reasons = dict[int, str]


class Rows(NamedTuple):
    """What became of a batch: the facts, with the lines and the keys that they come from; the rows
    that give none (``line`` counts those of the SELECT from 1), with the keys of those that have
    one; and how many had no time."""

    facts: list[EventData]
    lines: list[int]
    keys: list[str]
    rejected: list[Rejection]
    rejected_keys: list[str]
    skipped: int


class RowReader:
    """Makes facts of the rows of one file: ``type`` is theirs; ``mapping`` and ``file`` (its name
    without ``.sql``) go into their ids."""

    def __init__(
        self, type: str, mapping: str, file: str, transform: Transform | None = None
    ) -> None:
        """``transform`` is what the fields of each body pass through before they are sealed; with
        one, rows are sealed one by one."""
        self._type = type
        self._prefix = NAMESPACE_URL.bytes + f"pledger:import:{mapping}/{file}/".encode()
        self._marks = {IMPORTER: f"{mapping}/{file}"}
        self._transform = transform

    def read(self, batch: pa.RecordBatch, first_line: int) -> Rows:
        """The facts of a batch whose first row is line ``first_line``. Its columns must be such as
        ``check_columns`` lets pass."""
        lines = pa.array(range(first_line, first_line + batch.num_rows), pa.int64())
        has_time = pc.is_valid(batch.column("time"))
        numbers = lines.filter(has_time).to_pylist()
        timed = batch.filter(has_time)
        reasons: Reasons = {}
        keys = _keys(timed, reasons)
        ids = [None if key is None else self.id_of(key) for key in keys]
        facts = self._facts(timed, ids, reasons)
        return Rows(
            facts=list(facts.values()),
            lines=[numbers[row] for row in facts],
            keys=[key for row in facts if (key := keys[row]) is not None],
            rejected=[
                {"line": numbers[row], "id": ids[row], "why": reasons[row]}
                for row in sorted(reasons)
            ],
            rejected_keys=[key for row in sorted(reasons) if (key := keys[row]) is not None],
            skipped=batch.num_rows - timed.num_rows,
        )

    def id_of(self, key: str) -> str:
        """The id of the fact of a row with this key."""
        return uuid5(self._prefix, key)

    def _facts(
        self, batch: pa.RecordBatch, ids: Sequence[str | None], reasons: Reasons
    ) -> dict[int, EventData]:
        """The facts by row, but for the rows in ``reasons``, to which it adds."""
        type = self._type
        times = _micros("time", batch.column("time"), reasons).to_pylist()
        source, subject, *others = (_attribute(batch, name, reasons) for name in _ATTRIBUTES)
        body = _body(type, batch, reasons)
        attributes = zip(ids, repeat(type), source, subject, times, *others, strict=False)
        envelopes = {
            row: envelope
            for row, envelope in enumerate(map(Envelope._make, attributes))
            if row not in reasons
        }
        if len(envelopes) < body.num_rows:
            body = body.take(pa.array(list(envelopes), pa.int64()))
        bodies = self._bodies(body)
        facts = {}
        for (row, envelope), content in zip(envelopes.items(), bodies, strict=True):
            try:
                facts[row] = (
                    envelope.around(content, shared=self._marks)
                    if isinstance(content, bytes)
                    else envelope.seal(
                        content, self._marks.items(), self._transform, public_holidays
                    )
                )
            except (NotAFact, Refused) as problem:
                reasons[row] = str(problem)
        return facts

    def _bodies(self, body: pa.RecordBatch) -> Iterable[bytes | dict[str, object]]:
        """Each row as wire bytes if all rows can be encoded as they are; otherwise its fields."""
        if self._transform is None and self._type not in READ:
            try:
                wires = columns.encode_batch(self._type, body)
                if not refusals(self._type, body):
                    return wires
            except Refused:  # by a row or more: those that can be sealed are, one by one
                pass
        return map(_fields, body.to_pylist())


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


def _fields(row: dict[str, Any]) -> dict[str, object]:
    return {
        name: int(value) if isinstance(value, Decimal) else value for name, value in row.items()
    }
