"""Avro bytes to values, strictly: one reader a field, made once for each schema id.

A general Avro library reads on through bytes that no writer makes (a negative branch of a union, a
negative position in an enum, a boolean of 7), and so would let corrupt bytes pass as facts. These
readers take exactly what the Avro specification allows a writer to write, and refuse the rest with
the field at which it was met. The tests hold them to fastavro.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import timedelta

from schemas.catalogue import Field
from schemas.errors import Refused, describe
from schemas.values import EARLIEST, EPOCH, LATEST, text_fault

#: Takes the bytes and where to read; returns the value and where the next one starts. Raises
#: ``Refused``, or ``IndexError`` where the bytes end too early.
FieldReader = Callable[[bytes, int], tuple[object, int]]

_DOUBLE = struct.Struct("<d")
_LOW_INT, _HIGH_INT = -(1 << 31), (1 << 31) - 1


def field_reader(type: str, field: Field) -> FieldReader:
    """The reader of one field, null included where the field is nullable."""
    read = _MAKERS[field.kind](type, field)
    if not field.nullable:
        return read

    def read_nullable(data: bytes, at: int) -> tuple[object, int]:
        branch = data[at]
        if branch == 0:
            return None, at + 1
        if branch == 2:
            return read(data, at + 1)
        branch, at = _number(type, field, data, at)
        if branch == 0:
            return None, at
        if branch == 1:
            return read(data, at)
        raise Refused(type, field.name, "branch 0 or 1 of a union", "another branch")

    return read_nullable


def _number(type: str, field: Field, data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    at += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at
    number, shift = byte & 0x7F, 7
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 63:
            break
    if number >> 64 or byte >= 0x80:
        raise Refused(type, field.name, "a number of at most 64 bits", "a longer one")
    return (number >> 1) ^ -(number & 1), at


def _slice(type: str, field: Field, data: bytes, at: int) -> tuple[str, int]:
    size, at = _number(type, field, data, at)
    if size < 0:
        raise Refused(type, field.name, "a text of 0 bytes or more", "fewer")
    end = at + size
    if end > len(data):
        raise IndexError
    try:
        text = data[at:end].decode()
    except UnicodeDecodeError as error:
        raise Refused(
            type, field.name, "text in UTF-8", f"a byte that is not at {error.start}"
        ) from None
    if "\0" in text:
        raise Refused(type, field.name, str(text_fault(text)), describe(text))
    return text, end


def _text(type: str, field: Field) -> FieldReader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        return _slice(type, field, data, at)

    return read


def _texts(type: str, field: Field) -> FieldReader:
    """Items come in blocks: a count, then so many; a negative count is followed by the size of
    the block in bytes; a count of 0 ends them."""

    def read(data: bytes, at: int) -> tuple[object, int]:
        items: list[str] = []
        while True:
            count, at = _number(type, field, data, at)
            if count == 0:
                return tuple(items), at
            end = None
            if count < 0:
                count = -count
                size, at = _number(type, field, data, at)
                end = at + size
            if count > len(data) - at:
                raise IndexError
            for _ in range(count):
                item, at = _slice(type, field, data, at)
                items.append(item)
            if end is not None and end != at:
                raise Refused(type, field.name, f"a block that ends at {at}", f"one of {end}")

    return read


def _long(type: str, field: Field) -> FieldReader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        return _number(type, field, data, at)

    return read


def _int(type: str, field: Field) -> FieldReader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        number, at = _number(type, field, data, at)
        if not _LOW_INT <= number <= _HIGH_INT:
            raise Refused(type, field.name, "a whole number of 32 bits", describe(number))
        return number, at

    return read


def _double(type: str, field: Field) -> FieldReader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        if at + 8 > len(data):
            raise IndexError
        number: float = _DOUBLE.unpack_from(data, at)[0]
        if not math.isfinite(number):
            raise Refused(type, field.name, "a finite number", describe(number))
        return number, at + 8

    return read


def _boolean(type: str, field: Field) -> FieldReader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        byte = data[at]
        if byte > 1:
            raise Refused(type, field.name, "a boolean of 0 or 1", "another byte")
        return byte == 1, at + 1

    return read


def _enum(type: str, field: Field) -> FieldReader:
    symbols = field.written

    def read(data: bytes, at: int) -> tuple[object, int]:
        index, at = _number(type, field, data, at)
        if not 0 <= index < len(symbols):
            raise Refused(type, field.name, f"a symbol from 0 to {len(symbols) - 1}", "another")
        return symbols[index], at

    return read


def _timestamp(type: str, field: Field) -> FieldReader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        micros, at = _number(type, field, data, at)
        if not EARLIEST <= micros <= LATEST:
            raise Refused(
                type,
                field.name,
                "an instant in the years 1 to 9999 of UTC",
                "another instant",
            )
        return EPOCH + timedelta(microseconds=micros), at

    return read


_MAKERS: dict[str, Callable[[str, Field], FieldReader]] = {
    "string": _text,
    "strings": _texts,
    "int": _int,
    "long": _long,
    "double": _double,
    "boolean": _boolean,
    "enum": _enum,
    "timestamp": _timestamp,
}
