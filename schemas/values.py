"""Which values fit which field: one checker a field, made once, called for every body.

A checker takes a value, returns it in the form in which Avro writes it (an instant as its
microseconds since 1970, in UTC) and raises ``Refused`` where it does not fit. Nothing is coerced,
but an int where a double is expected and a double holds it exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from schemas.catalogue import Field
from schemas.errors import Refused, describe, describe_instant

Checker = Callable[[object], object]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EARLIEST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND

_TEXT = "text"
_TEXTS = "a list of texts"
_INSTANT = "an instant with its offset (an aware datetime)"


def checker(type: str, field: Field) -> Checker:
    """The checker of one field, null included where the field is nullable."""
    check = _MAKERS[field.kind](type, field)
    if not field.nullable:
        return check

    def check_nullable(value: object) -> object:
        return None if value is None else check(value)

    return check_nullable


def _refusal(type: str, field: Field, expected: str, value: object, path: str = "") -> Refused:
    if field.nullable:
        expected += ", or null"
    seen = describe_instant(value) if field.kind == "timestamp" else describe(value)
    return Refused(type, path or field.name, expected, seen)


def text_fault(value: str) -> str | None:
    """Why a text can't be kept, or None. PostgreSQL's text holds no NUL character, and UTF-8 no
    lone surrogate."""
    if "\0" in value:
        return "text without NUL characters"
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "text without lone surrogates"
    return None


def _text(type: str, field: Field) -> Checker:
    def check(value: object) -> object:
        if not isinstance(value, str):
            raise _refusal(type, field, _TEXT, value)
        if (fault := text_fault(value)) is not None:
            raise _refusal(type, field, fault, value)
        return value

    return check


def _texts(type: str, field: Field) -> Checker:
    def check(value: object) -> object:
        if not isinstance(value, (list, tuple)):
            raise _refusal(type, field, _TEXTS, value)
        for index, item in enumerate(value):
            path = f"{field.name}[{index}]"
            if not isinstance(item, str):
                raise _refusal(type, field, _TEXT, item, path)
            if (fault := text_fault(item)) is not None:
                raise _refusal(type, field, fault, item, path)
        return value

    return check


def _whole(bits: int) -> Callable[[str, Field], Checker]:
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def make(type: str, field: Field) -> Checker:
        def check(value: object) -> object:
            if not isinstance(value, int) or isinstance(value, bool):
                raise _refusal(type, field, "a whole number", value)
            if not low <= value <= high:
                raise _refusal(type, field, f"a whole number of {bits} bits", value)
            return value

        return check

    return make


def _double(type: str, field: Field) -> Checker:
    def check(value: object) -> object:
        if isinstance(value, float):
            if not math.isfinite(value):
                raise _refusal(type, field, "a finite number", value)
            return value
        if not isinstance(value, int) or isinstance(value, bool):
            raise _refusal(type, field, "a number", value)
        try:
            exact = float(value)
        except OverflowError:
            exact = math.inf
        if exact != value:
            raise _refusal(type, field, "a number that a double holds exactly", value)
        return exact

    return check


def _boolean(type: str, field: Field) -> Checker:
    def check(value: object) -> object:
        if value is True or value is False:
            return value
        raise _refusal(type, field, "true or false", value)

    return check


def _enum(type: str, field: Field) -> Checker:
    symbols = frozenset(field.symbols)
    expected = "one of " + ", ".join(field.symbols)

    def check(value: object) -> object:
        if isinstance(value, str) and value in symbols:
            return value
        raise _refusal(type, field, expected, value)

    return check


def _timestamp(type: str, field: Field) -> Checker:
    def check(value: object) -> object:
        if not isinstance(value, datetime):
            raise _refusal(type, field, _INSTANT, value)
        try:
            micros = (value - EPOCH) // MICROSECOND
        except TypeError:  # naive and aware datetimes can't be subtracted
            raise _refusal(type, field, _INSTANT, value) from None
        if not EARLIEST <= micros <= LATEST:
            raise _refusal(type, field, "an instant in the years 1 to 9999 of UTC", value)
        return micros

    return check


_MAKERS: dict[str, Callable[[str, Field], Checker]] = {
    "string": _text,
    "strings": _texts,
    "int": _whole(32),
    "long": _whole(64),
    "double": _double,
    "boolean": _boolean,
    "enum": _enum,
    "timestamp": _timestamp,
}
