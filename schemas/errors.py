"""What is said when a value or bytes do not fit the contract."""

from __future__ import annotations

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
        self.type = type
        self.path = path
        self.expected = expected
        self.seen = seen
        self.row = row
        where = f"{type} {path}".strip() or "fact"
        if row is not None:
            where = f"row {row}: {where}"
        super().__init__(f"{where}: expected {expected}; saw {seen}")

    def at_row(self, row: int) -> Refused:
        """The same refusal, of one row of a batch."""
        return self.__class__(self.type, self.path, self.expected, self.seen, row)


class UnknownType(Refused):
    """A type that is not in the catalogue."""


class UnknownSchema(Refused):
    """A schema id that is not among the committed ones."""


def describe(value: object, personal: bool = False) -> str:
    """What was seen, in at most about 60 characters and one line; for a personal value its type
    and size only. Never fails, and never walks a large or deep value."""
    if value is None:
        return "null"
    kind = type(value).__name__
    if isinstance(value, (str, bytes)):
        if personal:
            return f"{kind} of length {len(value)}"
        cut = value[:_SHOWN]
        return repr(cut) + ("…" if len(value) > _SHOWN else "")
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"{kind} of length {len(value)}"
    if personal:
        return kind
    if isinstance(value, int) and value.bit_length() > 128:
        return f"int of {value.bit_length()} bits"
    try:
        shown = repr(value)
    except Exception:  # noqa: BLE001 - the repr of somebody else's class may do anything
        return kind
    shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
    shown = shown.replace("\n", " ")
    return shown if kind in {"int", "float", "bool"} else f"{kind} {shown}"
