"""Answers as JSON can write them: instants become RFC 3339 text in UTC."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, TextIO
from uuid import UUID


def to_plain(value: Any) -> Any:
    """A copy of an answer in which every instant and id is text and every tuple a list."""
    if isinstance(value, dict):
        return {key: to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(inner) for inner in value]
    if isinstance(value, datetime):
        # Imported here: a call for help need not pay for the codec.
        from schemas.jsonform import instant_to_text

        return instant_to_text(value)
    return str(value) if isinstance(value, UUID) else value


def print_json(value: Any, stream: TextIO) -> None:
    """One line of JSON. Where the stream's encoding is not one of Unicode, what it lacks is
    escaped: the same JSON in other letters."""
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
    stream.write(json.dumps(value, ensure_ascii=not encoding.startswith("utf")) + "\n")
