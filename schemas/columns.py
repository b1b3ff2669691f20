"""Batches of wire bytes to Arrow columns and back, through a vectorised Avro library.

Columns are named as the fields: text and enums as ``string``, ``strings`` as a list of ``string``,
instants as ``timestamp[us, tz=UTC]``, the rest as the Arrow type of the same width. Keep a batch
under 2 GiB: that is what one Arrow column of texts holds.

The library reads past the end of a body in silence. So every batch that it decodes is written
again and compared: where all rows come out as they went in, they were right; otherwise
``codec.decode`` reads each of them, which refuses a row or, where it is another way to write the
same body, takes it. The same goes for writing. What a batch gives is therefore what ``codec``
gives, row by row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
from pyruhvro import deserialize_array, serialize_record_batch

from schemas import catalogue, codec
from schemas.catalogue import Field
from schemas.errors import Refused
from schemas.values import EARLIEST, LATEST, checker

_HEADER = 5
_ARROW = {
    "string": pa.string(),
    "enum": pa.string(),
    "strings": pa.list_(pa.string()),
    "int": pa.int32(),
    "long": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@cache
def arrow_schema(type: str) -> pa.Schema:
    """The columns of a type, in the order of its fields. Raises ``UnknownType``."""
    return pa.schema(
        [
            pa.field(field.name, _ARROW[field.kind], nullable=field.nullable)
            for field in catalogue.fields(type)
        ]
    )


def decode_batch(type: str, wires: Sequence[bytes]) -> pa.RecordBatch:
    """The bodies of wire messages of one type, of any of its versions, in their order. Raises
    ``Refused`` with ``row`` for the first message that can't be read or is of another type."""
    header = codec.header_of(catalogue.schema_id(type))
    if not wires or not all(wire.startswith(header) for wire in wires):
        return _decode_each(type, wires)
    bodies = [wire[_HEADER:] for wire in wires]
    try:
        batch = deserialize_array(bodies, _avsc_text(type))
        (again,) = serialize_record_batch(batch, _avsc_text(type), 1)
    except ValueError:
        return _decode_each(type, wires)
    if not again.equals(pa.array(bodies, pa.binary())) or max(map(len, wires)) > codec.LIMIT:
        return _decode_each(type, wires)
    batch = _with_zone(type, batch)
    return batch if _storable(type, batch) else _decode_each(type, wires)


def encode_batch(type: str, batch: pa.RecordBatch) -> list[bytes]:
    """The wire messages of a batch whose columns are the fields of the type, in any order; a
    field without a column takes its default. Raises ``Refused``, with ``row`` where it is a value
    that does not fit, without where it is a column."""
    fitted = _fitted(type, batch)
    if not fitted.num_rows:
        return []
    if not _storable(type, fitted) or not _writable(type, fitted):
        return _encode_each(type, fitted)
    (bodies,) = serialize_record_batch(fitted, _avsc_text(type), 1)
    header = codec.header_of(catalogue.schema_id(type))
    wires = [header + body for body in bodies.to_pylist()]
    return wires if max(map(len, wires)) <= codec.LIMIT else _encode_each(type, fitted)


@cache
def _avsc_text(type: str) -> str:
    return json.dumps(catalogue.avsc(type))


def _with_zone(type: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its instants marked as UTC, which they are; no value is touched."""
    schema = arrow_schema(type)
    columns = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _storable(type: str, batch: pa.RecordBatch) -> bool:
    """Whether every value that is there is one that ``values`` lets pass (enums apart)."""
    try:
        batch.validate(full=True)  # UTF-8 among others, which the library takes on trust
    except pa.ArrowInvalid:
        return False
    for field, column in zip(catalogue.fields(type), batch.columns, strict=True):
        if field.kind == "timestamp":
            span = pc.min_max(column.cast(pa.int64())).as_py()
            if span["min"] is not None and not EARLIEST <= span["min"] <= span["max"] <= LATEST:
                return False
        elif field.kind == "double":
            if pc.all(pc.is_finite(column)).as_py() is False:
                return False
        elif field.kind in {"string", "strings"}:
            texts = column.flatten() if field.kind == "strings" else column
            if pc.any(pc.match_substring(texts, "\0")).as_py():
                return False
    return True


def _writable(type: str, batch: pa.RecordBatch) -> bool:
    """Whether nulls are only where they may be, and symbols are those that may be written."""
    for field, column in zip(catalogue.fields(type), batch.columns, strict=True):
        if column.null_count and not field.nullable:
            return False
        if field.kind == "strings" and column.flatten().null_count:
            return False
        if field.kind == "enum":
            listed = pc.is_in(column.drop_null(), pa.array(field.symbols))
            if pc.all(listed).as_py() is False:
                return False
    return True


def _decode_each(type: str, wires: Sequence[bytes]) -> pa.RecordBatch:
    rows = []
    for index, wire in enumerate(wires):
        try:
            found, body = codec.decode(wire)
        except Refused as refused:
            raise refused.at_row(index) from None
        if found != type:
            raise Refused(type, "", f"a body of {type}", f"one of {found}", index)
        rows.append(body)
    schema = arrow_schema(type)
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def _encode_each(type: str, batch: pa.RecordBatch) -> list[bytes]:
    wires = []
    for index in range(batch.num_rows):
        try:
            (body,) = batch.slice(index, 1).to_pylist()
            wires.append(codec.encode(type, body))
        except UnicodeDecodeError:
            raise Refused(type, "", "text in UTF-8", "other bytes", index) from None
        except Refused as refused:
            raise refused.at_row(index) from None
    return wires


def _fitted(type: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch in the columns of the type, in their order and with their Arrow types."""
    fields = catalogue.fields(type)
    names = [field.name for field in fields]
    for name in batch.schema.names:
        if name not in names:
            expected = "the columns " + ", ".join(names)
            raise Refused(type, "", expected, codec.unknown_name(name, names))
        if batch.schema.names.count(name) > 1:
            raise Refused(type, name, "one column", "more than one of this name")
    return pa.RecordBatch.from_arrays(
        [_column(type, field, batch) for field in fields], schema=arrow_schema(type)
    )


def _column(type: str, field: Field, batch: pa.RecordBatch) -> pa.Array:
    target = _ARROW[field.kind]
    if field.name not in batch.schema.names:
        if field.required:
            raise Refused(type, field.name, "a column", "nothing")
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        return pa.array([default] * batch.num_rows, target)
    column = batch.column(field.name)
    if column.null_count == len(column):  # an untyped NULL comes with whatever type
        return pa.nulls(len(column), target)
    if not _FITS[field.kind](column.type):
        raise Refused(type, field.name, f"a column of {target}", f"one of {_kind(column.type)}")
    if field.kind == "timestamp":
        return _instants(type, field, column)
    try:
        return column.cast(target)
    except pa.ArrowInvalid:
        _refuse_first(type, field, column)
        return column.cast(target, safe=False)  # Arrow minds large numbers that a double does hold


def _instants(type: str, field: Field, column: pa.Array) -> pa.Array:
    """A column of instants of any unit, in microseconds. Told apart here, and not by the codec,
    because Python's datetimes hold neither nanoseconds nor all the years that Arrow does."""
    target = _ARROW["timestamp"]
    micros = column.cast(target, safe=False)
    number = micros.cast(pa.int64())
    misfits = pc.or_(
        pc.not_equal(micros.cast(column.type, safe=False), column),
        pc.or_(pc.less(number, EARLIEST), pc.greater(number, LATEST)),
    )
    row = pc.index(misfits, True).as_py()
    if row >= 0:
        raise Refused(
            type,
            field.name,
            "an instant of whole microseconds in the years 1 to 9999 of UTC",
            "another",
            row,
        )
    return micros


def _refuse_first(type: str, field: Field, column: pa.Array) -> None:
    """Raises the refusal of the first value of a column that does not fit, if there is one."""
    check = checker(type, field)
    for row, value in enumerate(column.to_pylist()):
        try:
            if value is not None:  # told apart later, with all nulls
                check(value)
        except Refused as refused:
            raise refused.at_row(row) from None


def _kind(given: pa.DataType) -> str:
    """An Arrow type in words, without the names of the parts that it may have: in data that was
    read as JSON they are keys, and keys may be values in the wrong place."""
    return "structures" if "struct<" in str(given) or "map<" in str(given) else str(given)


def _is_text(given: pa.DataType) -> bool:
    if pa.types.is_dictionary(given):
        return _is_text(given.value_type)
    return bool(
        pa.types.is_string(given)
        or pa.types.is_large_string(given)
        or pa.types.is_string_view(given)
    )


def _is_texts(given: pa.DataType) -> bool:
    return bool(
        (pa.types.is_list(given) or pa.types.is_large_list(given))
        and (_is_text(given.value_type) or pa.types.is_null(given.value_type))
    )


#: Which Arrow types are taken for a kind; what they hold must still fit.
_FITS: dict[str, Callable[[pa.DataType], bool]] = {
    "string": _is_text,
    "enum": _is_text,
    "strings": _is_texts,
    "int": pa.types.is_integer,
    "long": pa.types.is_integer,
    "double": lambda given: pa.types.is_floating(given) or pa.types.is_integer(given),
    "boolean": pa.types.is_boolean,
    "timestamp": lambda given: pa.types.is_timestamp(given) and given.tz is not None,
}
