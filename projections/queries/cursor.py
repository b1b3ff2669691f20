"""Cursors: where a list goes on. Opaque to clients."""

from __future__ import annotations

import base64
import json

from projections.errors import NoCursor

#: What a database can compare with.
BIGINT = range(-(2**63), 2**63)


def to_cursor(number: int, name: str) -> str:
    """The cursor after the row that is sorted by this number, then by this name."""
    key = json.dumps((number, name))
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> tuple[int, str]:
    """The number and the name in a cursor. Raises NoCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        match json.loads(base64.urlsafe_b64decode(padded.encode())):
            case [int(number), str(name)] if number in BIGINT:
                name.encode()  # refuses lone surrogates, which no name has
                return number, name
    except (ValueError, RecursionError):
        pass
    raise NoCursor(cursor)
