"""What is said when a value or bytes do not fit the contract."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

#: So many characters of a name are compared with the known ones.
_COMPARED = 100
#: Numbers of fewer bits are written by Python, whatever its limit is set to.
_WRITABLE = 2_048
_KINDS = {type(None): "null", bool: "true or false", date: "a date", time: "a time of day"}
#: A day in digits, a time of day, an offset: what one writes for an instant, rightly or not. ASCII
#: digits alone, and none of the blanks that a telephone number has.
_INSTANT = re.compile(
    r" ?(?:[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4})"
    r"(?:[Tt _][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r"(?: ?(?:[Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)? ?"
)


class Refused(ValueError):
    """A value, or bytes, that do not fit their schema.

    ``path`` is the field (``due_at``, ``refs[2]``; empty for the whole body), ``expected`` and
    ``seen`` are short phrases; the message is one line made of the three. No value is in it, but as
    ``describe_instant`` shows one. ``row`` is the index within a batch, where there is one.
    """

    def __init__(
        self, type: str, path: str, expected: str, seen: str, row: int | None = None
    ) -> None:
        super().__init__(type, path, expected, seen, row)
        self.type = type
        self.path = path
        self.expected = expected
        self.seen = seen
        self.row = row

    def __str__(self) -> str:
        where = f"{self.type} {self.path}".strip() or "fact"
        if self.row is not None:
            where = f"row {self.row}: {where}"
        return f"{where}: expected {self.expected}; saw {self.seen}"

    def at_row(self, row: int) -> Refused:
        """The same refusal, of one row of a batch."""
        return self.__class__(self.type, self.path, self.expected, self.seen, row)


class UnknownType(Refused):
    """A type that is not in the catalogue."""


class UnknownSchema(Refused):
    """A schema id that is not among the committed ones."""


def describe(value: object) -> str:
    """What was seen, as its kind and its length alone: what comes in a fact may be personal, and
    messages are kept where nothing can be taken back. Never fails, and never walks a large or deep
    value."""
    if isinstance(value, str):
        return f"text of {_counted(len(value), 'character')}" if value else "empty text"
    if isinstance(value, bytes):
        return _counted(len(value), "byte")
    if isinstance(value, Mapping):
        return f"an object with {_counted(len(value), 'key')}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"a list of {_counted(len(value), 'item')}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"a whole number of {_counted(_digits(value), 'digit')}"
    if isinstance(value, float):
        return "a number" if math.isfinite(value) else "no finite number"
    if isinstance(value, datetime):
        return "an instant" if value.utcoffset() is not None else "a naive datetime"
    return _KINDS.get(type(value)) or f"a value of the type {type(value).__name__}"


def describe_instant(value: object) -> str:
    """As ``describe``, of what stands where an instant is expected. A text is shown if it is
    written as one: a day in digits, then perhaps a time of day, then perhaps an offset. Of all that
    comes in a fact, it is the one value that a message shows."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return describe(value)
    return f'"{value}"'


def nearest(name: object, known: Sequence[str]) -> str | None:
    """The one of the known names that somebody who wrote ``name`` may have meant."""
    if not isinstance(name, str):
        return None
    found = difflib.get_close_matches(name[:_COMPARED], known, n=1, cutoff=0.6)
    return found[0] if found else None


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _digits(value: int) -> int:
    """How many digits a number has; about, where Python would refuse to write it."""
    if value.bit_length() < _WRITABLE:
        return len(str(abs(value)))
    return int(value.bit_length() * math.log10(2)) + 1
