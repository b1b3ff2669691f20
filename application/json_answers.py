"""Answers as JSON has them, for every entry point: instants are RFC 3339 text in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.jsonform import instant_from_text, instant_to_text, to_json

__all__ = ["fact_to_plain", "instant_from_text", "instant_to_text", "text_of", "to_plain"]


def text_of(value: object) -> str:
    """The text of what JSON has no value for: an instant or an id. For ``json.dumps(default=…)``,
    which then needs no copy of a long answer. Raises TypeError for anything else."""
    if isinstance(value, datetime):
        return instant_to_text(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"expected an instant or an id, saw {type(value).__name__}")


def to_plain(value: Any) -> Any:
    """A copy of an answer in which every instant and id is text and every tuple a list."""
    if isinstance(value, dict):
        return {key: to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(inner) for inner in value]
    return text_of(value) if isinstance(value, datetime | UUID) else value


def fact_to_plain(event: Mapping[str, Any]) -> dict[str, Any]:
    """A fact as ``ask.facts`` gives it, with every field of its body."""
    plain: dict[str, Any] = to_plain({**event, "data": to_json(event["type"], event["data"])})
    return plain
