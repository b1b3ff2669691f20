"""Answers as JSON has them, for every entry point: instants are RFC 3339 text in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.jsonform import instant_from_text, instant_to_text, to_json

__all__ = ["fact_to_plain", "instant_from_text", "instant_to_text", "to_plain"]


def to_plain(value: Any) -> Any:
    """A copy of an answer in which every instant and id is text and every tuple a list."""
    if isinstance(value, dict):
        return {key: to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return instant_to_text(value)
    return str(value) if isinstance(value, UUID) else value


def fact_to_plain(event: Mapping[str, Any]) -> dict[str, Any]:
    """A fact as ``ask.facts`` gives it, with every field of its body."""
    plain: dict[str, Any] = to_plain({**event, "data": to_json(event["type"], event["data"])})
    return plain
