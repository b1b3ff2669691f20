"""Instants as whole microseconds since 1970 in UTC, as ledgers and databases keep them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
#: The first and the last instant that a datetime can be, in microseconds.
EARLIEST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND


def to_microseconds(instant: datetime) -> int:
    """An aware datetime in UTC microseconds since 1970."""
    return (instant - EPOCH) // MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """UTC microseconds since 1970 as an aware datetime in UTC. Raises OverflowError outside of the
    years 1 to 9999."""
    return EPOCH + timedelta(microseconds=microseconds)
