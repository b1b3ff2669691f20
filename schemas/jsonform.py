"""Bodies in JSON: instants are RFC 3339 texts with an offset, everything else is as it is.

``from_json`` takes what ``json.loads`` gives; ``to_json`` gives what ``json.dumps`` takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache

from schemas import catalogue
from schemas.codec import unknown_field
from schemas.errors import Refused, describe, describe_instant
from schemas.values import checker

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]{1,6})[0-9]*)?([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_EXPECTED = "an instant in RFC 3339 with its offset, such as 2026-03-01T09:30:00+01:00"
_NO_INSTANT = "which is no day of the calendar, or not in the years 1 to 9999"
#: What is often wrong, and what puts it right.
_SLIPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("a blank where a T belongs", lambda text: text.replace(" ", "T", 1)),
    ("with a blank at its end", str.strip),
    ("without its offset", lambda text: text + "Z"),
    (
        "a blank where a T belongs, and without its offset",
        lambda text: text.replace(" ", "T", 1) + "Z",
    ),
)
_ABSENT = object()


class NoInstant(ValueError):
    """A text that is no instant. ``seen`` describes it, as ``schemas.errors.describe_instant``."""

    expected = _EXPECTED

    def __init__(self, seen: str) -> None:
        super().__init__(f"expected {self.expected}; saw {seen}")
        self.seen = seen


def instant_from_text(text: str) -> datetime:
    """An RFC 3339 text with an offset, as an aware datetime in UTC. Digits after the sixth
    fractional one are cut, since the ledger keeps microseconds. Raises ``NoInstant`` for a
    text without an offset, a date that does not exist, a leap second (which UTC microseconds do not
    hold), or a year outside 1 to 9999."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise NoInstant(describe_instant(text) + _slip(text))
    day, clock, fraction, offset = match.groups()
    if offset in "Zz":
        offset = "+00:00"
    try:
        return datetime.fromisoformat(
            f"{day}T{clock}.{(fraction or '0').ljust(6, '0')}{offset}"
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NoInstant(f"{describe_instant(text)}, {_NO_INSTANT}") from None


def _slip(text: str) -> str:
    """What is the matter with a text that is nearly an instant; nothing for others."""
    for slip, change in _SLIPS:
        if _INSTANT.fullmatch(change(text)):
            return f", {slip}"
    return ""


def instant_to_text(instant: datetime) -> str:
    """An aware datetime as RFC 3339 in UTC, with as many fractional digits as needed. Raises
    ``ValueError`` for a naive one."""
    if instant.tzinfo is not UTC:
        if instant.utcoffset() is None:
            raise ValueError(f"expected an aware datetime; saw the naive {instant.isoformat()}")
        instant = instant.astimezone(UTC)
    text = instant.isoformat().removesuffix("+00:00")
    return (text.rstrip("0") if instant.microsecond else text) + "Z"


def from_json(type: str, data: Mapping[str, object]) -> dict[str, object]:
    """The body in a JSON object, with every field of the type in order: what is missing, and a
    null where null is not allowed, takes the default. Raises ``Refused``, ``UnknownType``."""
    steps = _steps(type)
    if not isinstance(data, Mapping):
        raise Refused(type, "", "an object", describe(data))
    body: dict[str, object] = {}
    taken = 0
    for name, read, default in steps:
        value = data.get(name, _ABSENT)
        if value is not _ABSENT:
            taken += 1
        if value is _ABSENT or (value is None and default is not _ABSENT):
            if default is _ABSENT:
                raise Refused(type, name, "a value", "nothing")
            body[name] = default
        else:
            body[name] = read(value)
    if taken != len(data):
        raise unknown_field(type, data)
    return body


def to_json(type: str, body: Mapping[str, object]) -> dict[str, object]:
    """A body as ``decode`` or ``from_json`` give it, in JSON: the inverse of ``from_json``."""
    data: dict[str, object] = {}
    for field in catalogue.fields(type):
        value = body.get(field.name, field.default)
        if isinstance(value, datetime):
            value = instant_to_text(value)
        elif isinstance(value, tuple):
            value = list(value)
        data[field.name] = value
    return data


@cache
def _steps(type: str) -> tuple[tuple[str, Callable[[object], object], object], ...]:
    return tuple(
        (field.name, _reader(type, field), _ABSENT if field.required else field.default)
        for field in catalogue.fields(type)
    )


def _reader(type: str, field: catalogue.Field) -> Callable[[object], object]:
    if field.kind == "timestamp":
        return _instant_reader(type, field)
    check = checker(type, field)
    if field.kind == "strings":
        return lambda value: tuple(check(value))  # type: ignore[arg-type]
    return check


def _instant_reader(type: str, field: catalogue.Field) -> Callable[[object], object]:
    def read(value: object) -> object:
        if not isinstance(value, str):
            raise Refused(type, field.name, _EXPECTED, describe(value))
        try:
            return instant_from_text(value)
        except NoInstant as problem:
            raise Refused(type, field.name, _EXPECTED, problem.seen) from None

    return read
