"""Cursors: where a list goes on. Opaque to those who hand them back."""

from __future__ import annotations

import base64
import binascii
import json


class NoCursor(ValueError):
    """Text that no list gave as its cursor."""


def to_cursor(*key: int | str | None) -> str:
    """The cursor after the row with this sort key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> list[int | str | None]:
    """The sort key in a cursor. Raises NoCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, list) or len(key) != 2:
        raise NoCursor(
            f"expected a cursor as 'next' gave it, saw {cursor!r}; ask again without --after"
        )
    return key
