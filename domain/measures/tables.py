"""Tables by days: how old what is overdue is, and what happens around the agreed day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Literal, TypedDict

#: The ages of what is overdue, each with the most days that it holds.
AGES = (("0-1", 1.0), ("2-7", 7.0), ("8-30", 30.0), ("31-90", 90.0), ("over 90", float("inf")))

#: The days around the agreed one; day 0 are the 24 hours up to its instant.
DAYS = range(-6, 8)

Step = Literal["honoured", "released", "abandoned", "moved"]


class AgeRow(TypedDict):
    """How many promises have been overdue for so many days."""

    age: str
    count: int


class OverdueAge(TypedDict):
    """What is overdue, by age; all ages always."""

    kind: Literal["table"]
    rows: list[AgeRow]


class DayRow(TypedDict):
    """How many promises were honoured, released, abandoned and moved on a day, counted from the
    agreed date that held just before."""

    day: int
    honoured: int
    released: int
    abandoned: int
    moved: int


class AroundDue(TypedDict):
    """What happened around the agreed day; all days always."""

    kind: Literal["table"]
    rows: list[DayRow]


def overdue_age(ages: Iterable[tuple[float, int]]) -> OverdueAge:
    """From ``ages`` in days of 24 hours, and how many promises have each. Bounds are whole days and
    included, so SQL may round ages up to whole days before it counts."""
    counts, bounds = [0] * len(AGES), [most for _, most in AGES]
    for days, promises in ages:
        counts[bisect_left(bounds, days)] += promises
    rows = [AgeRow(age=age, count=n) for (age, _), n in zip(AGES, counts, strict=True)]
    return OverdueAge(kind="table", rows=rows)


def around_due(steps: Iterable[tuple[int, Step, int]]) -> AroundDue:
    """From ``steps``: the day on which each was, what it was, and how many such there were. The day
    is the time since the agreed date in days of 24 hours, rounded up: 0 is (−24 h, 0], 1 is
    (0, 24 h]. Days that the table does not have are left out."""
    rows = {day: DayRow(day=day, honoured=0, released=0, abandoned=0, moved=0) for day in DAYS}
    for day, step, times in steps:
        if day in rows:
            rows[day][step] += times
    return AroundDue(kind="table", rows=list(rows.values()))
