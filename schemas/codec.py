"""Bodies to bytes and back, in the Confluent wire format: a zero byte, the schema id in four bytes
(big-endian), the body in Avro.

Strict both ways: what does not fit is refused with the field's path, what was expected and what
was seen. What ``decode`` gives, ``encode`` takes, but for the symbols that only a reader may give
(see ``catalogue.Field``). A body of an earlier version is given as one of the latest: the gate in
``compatibility`` lets versions differ in added fields and symbols only, so an earlier body lacks
fields, and they take their defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

from schemas import catalogue
from schemas.catalogue import Field
from schemas.errors import Refused, UnknownSchema, UnknownType, describe, nearest
from schemas.reading import FieldReader, field_reader
from schemas.values import Checker, checker

__all__ = ["LIMIT", "Refused", "UnknownSchema", "UnknownType", "decode", "encode"]

#: A fact is at most this many bytes.
LIMIT = 256 * 1024

_MAGIC = 0
_HEADER = 5
_ABSENT = object()


class _Writing(NamedTuple):
    header: bytes
    write: Callable[[BytesIO, dict[str, object]], None]
    steps: tuple[tuple[str, Checker, object], ...]  # name, checker, default or _ABSENT


class _Reading(NamedTuple):
    type: str
    steps: tuple[tuple[str, FieldReader], ...]
    latest: tuple[Field, ...]  # empty where this version is the latest


def encode(type: str, body: Mapping[str, object]) -> bytes:
    """The wire bytes of a body: instants as aware datetimes, ``strings`` as a list or tuple. A
    field that is missing takes its default. Raises ``Refused``, ``UnknownType``."""
    header, write, steps = _writing(type)
    if not isinstance(body, Mapping):
        raise Refused(type, "", "an object", describe(body))
    record: dict[str, object] = {}
    taken = 0
    for name, check, default in steps:
        value = body.get(name, _ABSENT)
        if value is _ABSENT:
            if default is _ABSENT:
                raise Refused(type, name, "a value", "nothing")
            record[name] = default
        else:
            record[name] = check(value)
            taken += 1
    if taken != len(body):
        raise unknown_field(type, body)
    out = BytesIO()
    out.write(header)
    write(out, record)
    wire = out.getvalue()
    if len(wire) > LIMIT:
        raise Refused(type, "", f"at most {LIMIT} bytes", f"{len(wire)} bytes")
    return wire


def decode(wire: bytes) -> tuple[str, dict[str, object]]:
    """The type and body of wire bytes, with every field of the type's latest version, in order;
    instants as aware datetimes in UTC, ``strings`` as tuples. Raises ``Refused``,
    ``UnknownSchema``."""
    type, steps, latest = _reading(header_id(wire))
    body: dict[str, object] = {}
    at = _HEADER
    name = ""
    try:
        for name, read in steps:
            body[name], at = read(wire, at)
    except IndexError:
        raise Refused(type, name, "more bytes", f"the end, after {len(wire)} bytes") from None
    if at != len(wire):
        raise Refused(type, "", f"{at} bytes", f"{len(wire)} bytes")
    if len(wire) > LIMIT:
        raise Refused(type, "", f"at most {LIMIT} bytes", f"{len(wire)} bytes")
    if latest:
        body = {field.name: body.get(field.name, field.default) for field in latest}
    return type, body


def header_id(wire: bytes) -> int:
    """The schema id in the header of wire bytes. Raises ``Refused``."""
    if len(wire) < _HEADER:
        raise Refused("", "", "a zero byte and a schema id in 4 bytes", f"{len(wire)} bytes")
    if wire[0] != _MAGIC:
        raise Refused("", "", "a zero byte at the start", "another byte")
    return int.from_bytes(wire[1:_HEADER], "big")


def header_of(schema_id: int) -> bytes:
    """The bytes that stand before the Avro bytes of a body."""
    return bytes((_MAGIC,)) + schema_id.to_bytes(_HEADER - 1, "big")


def unknown_field(type: str, body: Mapping[str, object]) -> Refused:
    """The refusal of the first field of a body that its type does not have."""
    names = [field.name for field in catalogue.fields(type)]
    name = next(name for name in body if name not in names)
    return Refused(type, "", "the fields " + ", ".join(names), unknown_name(name, names))


def unknown_name(name: object, names: Sequence[str]) -> str:
    """A name that is none of those of a type, in words: it may be a value that slipped into the
    place of a name, so it is not shown."""
    meant = nearest(name, names)
    advice = f": did you mean {meant}?" if meant else ""
    return f"another name ({describe(name)}){advice}"


@cache
def _writing(type: str) -> _Writing:
    schema_id = catalogue.schema_id(type)
    steps = tuple(
        (field.name, checker(type, field), _ABSENT if field.required else field.default)
        for field in catalogue.fields_of(schema_id)
    )
    # Imported here: who only reads need not pay for it.
    from fastavro import parse_schema, schemaless_writer

    schema = parse_schema(_without_logical_types(catalogue.avsc_of(schema_id)), named_schemas={})
    return _Writing(
        header_of(schema_id), lambda out, record: schemaless_writer(out, schema, record), steps
    )


@cache
def _reading(schema_id: int) -> _Reading:
    type = catalogue.type_of(schema_id)
    steps = tuple(
        (field.name, field_reader(type, field)) for field in catalogue.fields_of(schema_id)
    )
    is_latest = schema_id == catalogue.schema_id(type)
    return _Reading(type, steps, () if is_latest else catalogue.fields(type))


def _without_logical_types(form: Any) -> Any:
    """The same schema for the writer, which is given microseconds already: a library's own
    conversion of a datetime may go through a float, or take a naive one as local time."""
    if isinstance(form, dict):
        return {
            key: _without_logical_types(value)
            for key, value in form.items()
            if key != "logicalType"
        }
    if isinstance(form, list):
        return [_without_logical_types(item) for item in form]
    return form
