"""The values of a data team's own query, as JSON and CSV can write them."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from application.json_answers import instant_to_text


def to_cell(value: Any) -> Any:
    """One value: instants as RFC 3339 in UTC, local times without a zone, durations as ISO 8601,
    exact decimals, ids, and floats that are no number or infinite as text, bytes in hexadecimal.
    Raises ValueError for an instant that is not in whole microseconds."""
    if isinstance(value, dict):
        return {key: to_cell(inner) for key, inner in value.items()}
    if isinstance(value, pa.MonthDayNano):
        return _duration(*value)
    if isinstance(value, list | tuple):
        return [to_cell(inner) for inner in value]
    if isinstance(value, datetime):
        # Where pandas happens to be installed, Arrow gives an instant of nanoseconds as pandas';
        # otherwise it raises this itself.
        if getattr(value, "nanosecond", 0):
            raise ValueError("an instant that is not in whole microseconds")
        return value.isoformat() if value.tzinfo is None else instant_to_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(0, value.days, (value.seconds * 1_000_000 + value.microseconds) * 1_000)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value) if isinstance(value, Decimal | UUID) else value


def _duration(months: int, days: int, nanoseconds: int) -> str:
    """An ISO 8601 duration; each part has its own sign, as in SQL."""
    seconds, rest = divmod(abs(nanoseconds), 1_000_000_000)
    sign = "-" if nanoseconds < 0 else ""
    parts = f"{months}M" if months else ""
    parts += f"{days}D" if days else ""
    if nanoseconds:
        fraction = f".{rest:09}".rstrip("0") if rest else ""
        parts += f"T{sign}{seconds}{fraction}S"
    return f"P{parts}" if parts else "PT0S"
