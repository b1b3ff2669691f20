"""The table ``load``: whether the coming weeks hold more promises than are usually kept in one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, NamedTuple, TypedDict

from domain.durations import InstantOutOfRange
from domain.measures.spread import HALF, nearest_rank

#: How many weeks the table looks ahead, and how many it looks back.
WEEKS = 8


class Week(NamedTuple):
    """A week of a zone: its Monday, the instant (UTC) at which that begins, and the one at which
    the next begins, which is no more of it."""

    monday: date
    since: datetime
    until: datetime


class LoadRow(TypedDict):
    """A coming week, by its Monday: how many promises are due in it, and whether these are more
    than usual."""

    week: str
    due: int
    over: bool


class Load(TypedDict):
    """How many promises are ``usual``ly honoured in a week, how many are overdue, and what is due
    in the coming weeks; all weeks always."""

    kind: Literal["table"]
    usual: int
    overdue: int
    rows: list[LoadRow]


def weeks(as_of: datetime, zone: tzinfo) -> list[Week]:
    """The whole weeks before the one that holds ``as_of``, then that one and those after it: twice
    ``WEEKS``. Raises ``InstantOutOfRange`` where one lies beyond the years 1 to 9999."""
    try:
        today = as_of.astimezone(zone).date()
        this = today - timedelta(days=today.weekday())
        mondays = [this + timedelta(weeks=week) for week in range(-WEEKS, WEEKS + 1)]
        starts = [datetime.combine(day, time.min, zone).astimezone(UTC) for day in mondays]
    except OverflowError as error:
        raise InstantOutOfRange(
            f"an instant with {WEEKS} weeks before and after it in the years 1 to 9999",
            as_of.isoformat(),
            "ask as of another time",
        ) from error
    return list(map(Week, mondays[:-1], starts[:-1], starts[1:]))


def load(found: Sequence[Week], honoured: Sequence[int], due: Sequence[int], overdue: int) -> Load:
    """From ``weeks`` how many promises were ``honoured`` in each of those before, how many are
    ``due`` in each of the others, and how many are ``overdue``. Usual is the median of those
    honoured, by nearest rank."""
    usual = nearest_rank(sorted(honoured), HALF) or 0
    return Load(
        kind="table",
        usual=usual,
        overdue=overdue,
        rows=[
            LoadRow(week=week.monday.isoformat(), due=promises, over=promises > usual)
            for week, promises in zip(found[WEEKS:], due, strict=True)
        ],
    )
