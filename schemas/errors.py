"""What is said when a value or bytes do not fit the contract."""

from __future__ import annotations

from datetime import datetime

_SHOWN = 60


class Refused(ValueError):
    """A value, or bytes, that do not fit their schema.

    ``path`` is the field (``due_at``, ``refs[2]``; empty for the whole body), ``expected`` and
    ``seen`` are short phrases; the message is one line made of the three. The content of a field
    marked personal is never in it. ``row`` is the index within a batch, where there is one.
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


def describe(value: object, personal: bool = False) -> str:
    """What was seen, in one line of at most about 60 characters; for a personal value its type
    and size only. Never fails, and never walks a large or deep value."""
    if value is None:
        return "null"
    kind = type(value).__name__
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"{kind} of length {len(value)}"
    if isinstance(value, (str, bytes)):
        if personal:
            return f"{kind} of length {len(value)}"
        return repr(value[:_SHOWN]) + ("…" if len(value) > _SHOWN else "")
    if personal:
        return kind
    if isinstance(value, datetime):
        aware = "datetime" if value.tzinfo else "naive datetime"
        return f"{aware} {value.isoformat()}"
    if isinstance(value, int) and value.bit_length() > 128:  # Python refuses to write huge ones
        return f"int of {value.bit_length()} bits"
    if isinstance(value, (bool, int, float)):
        return f"{kind} {value!r}"
    return kind
