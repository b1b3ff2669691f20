"""Promises and journeys as a spreadsheet has them, and the metrics of these. In the data sets
nobody moves a date, lets anybody off or hands anything over: that makes the reading plain."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

Json = dict[str, Any]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Promise:
    """One promise. ``step`` is the id of the step of its journey by which it was made."""

    about: str
    owner: str
    customer: str
    journey: str
    step: str
    made_at: datetime
    due_at: datetime | None
    honoured_at: datetime | None
    made_to: str
    supports: str | None = None

    def due(self, as_of: datetime) -> bool:
        return self.due_at is not None and self.due_at < as_of

    @property
    def kept(self) -> bool:
        return (
            self.due_at is not None
            and self.honoured_at is not None
            and self.honoured_at <= self.due_at
        )

    def length(self, as_of: datetime) -> float:
        """How long it was open, in seconds."""
        return max(0.0, ((self.honoured_at or as_of) - self.made_at).total_seconds())


@dataclass(frozen=True, order=True)
class Step:
    """One step of a journey. ``rank`` is the place of its type, which decides at one instant."""

    at: datetime
    rank: int
    id: str
    department: str
    #: Whether the customer hears from the company by it.
    sign: bool


@dataclass(frozen=True)
class Told:
    """What the files of a data set say, as of an instant."""

    as_of: datetime
    promises: Sequence[Promise]
    journeys: Mapping[str, Sequence[Step]]

    @property
    def due(self) -> list[Promise]:
        """Cohort K."""
        return [one for one in self.promises if one.due(self.as_of)]

    @property
    def broken(self) -> list[Promise]:
        """Those of K that are not kept."""
        return [one for one in self.due if not one.kept]


def share(counted: Iterable[bool]) -> Json:
    found = list(counted)
    return {"count": sum(found), "of": len(found)}


def ranked(numbers: Sequence[float], part: Fraction) -> float | None:
    """The smallest number that so many are at or below."""
    return sorted(numbers)[math.ceil(part * len(numbers)) - 1] if numbers else None


def spread(numbers: Sequence[float]) -> Json:
    return {
        "n": len(numbers),
        "median": ranked(numbers, Fraction(1, 2)),
        "p90": ranked(numbers, Fraction(9, 10)),
        "max": max(numbers),
        "mean": math.fsum(numbers) / len(numbers),
    }


def kept_agreed(told: Told) -> Json:
    return share(one.kept for one in told.due)


def slip_gap(told: Told) -> Json:
    return {"a": kept_agreed(told), "b": kept_agreed(told), "difference": 0}


def customers_kept_whole(told: Told) -> Json:
    kept: dict[str, bool] = {}
    for one in told.due:
        kept[one.customer] = kept.get(one.customer, True) and one.kept
    return share(kept.values())


def lead_time(told: Told) -> Json:
    return spread(
        [(one.due_at - one.made_at).total_seconds() for one in told.promises if one.due_at]
    )


def overdue(told: Told) -> list[timedelta]:
    """How long each open promise has been overdue."""
    return [told.as_of - one.due_at for one in told.broken if not one.honoured_at and one.due_at]


def overdue_age(told: Told) -> Json:
    ages = overdue(told)
    bounds = (
        ("0-1", 0, 1),
        ("2-7", 1, 7),
        ("8-30", 7, 30),
        ("31-90", 30, 90),
        ("over 90", 90, 9e5),
    )
    return {
        "rows": [
            {"age": name, "count": sum(low * DAY < age <= high * DAY for age in ages)}
            for name, low, high in bounds
        ]
    }


def around_due(told: Told) -> Json:
    days = Counter(
        math.ceil((one.honoured_at - one.due_at) / DAY)
        for one in told.promises
        if one.honoured_at and one.due_at
    )
    nothing = {"released": 0, "abandoned": 0, "moved": 0}
    return {"rows": [{"day": day, "honoured": days[day], **nothing} for day in range(-6, 8)]}


def time_to_honour(told: Told) -> Json:
    """The product-limit estimate of promises that are not honoured yet."""
    ends = sorted((one.length(told.as_of), one.honoured_at is None) for one in told.promises)
    rows: list[Json] = []
    still, passed = 1.0, 0
    for days in (1, 7, 30, 90, 365):
        while passed < len(ends) and ends[passed][0] <= days * 86_400:
            if not ends[passed][1]:  # honoured, of those that are left
                still *= 1 - 1 / (len(ends) - passed)
            passed += 1
        if days * 86_400 <= ends[-1][0]:
            rows.append({"days": days, "honoured": 1 - still, "open": still})
        else:
            rows.append({"days": days, "honoured": None, "open": None})
    return {"n": len(ends), "rows": rows}


def load(told: Told) -> Json:
    monday = (told.as_of - told.as_of.weekday() * DAY).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    done = [one.honoured_at for one in told.promises if one.honoured_at]
    usual = ranked(
        [
            sum(monday - weeks * 7 * DAY <= at < monday - (weeks - 1) * 7 * DAY for at in done)
            for weeks in range(1, 9)
        ],
        Fraction(1, 2),
    )
    ahead = [
        one.due_at
        for one in told.promises
        if not one.honoured_at and one.due_at and one.due_at >= told.as_of
    ]
    rows = []
    for weeks in range(8):
        start = monday + weeks * 7 * DAY
        due = sum(start <= at < start + 7 * DAY for at in ahead)
        rows.append({"week": str(start.date()), "due": due, "over": due > (usual or 0)})
    return {"usual": usual, "overdue": len(overdue(told)), "rows": rows}


def longest_silence(told: Told) -> Json:
    """Nothing names a promise but its making and its honouring."""
    return spread([one.length(told.as_of) for one in told.promises])


def unowned_time(told: Told) -> Json:
    return {"part": 0, "whole": math.fsum(one.length(told.as_of) for one in told.promises)}


def kept_whole(told: Told) -> Json:
    kept: dict[str, bool] = {}
    for one in told.due:
        kept[one.journey] = kept.get(one.journey, True) and one.kept
    return share(kept.values())


def departments_per_journey(told: Told) -> Json:
    return spread([len({step.department for step in steps}) for steps in told.journeys.values()])


def handovers_per_journey(told: Told) -> Json:
    return spread(
        [
            sum(one.department != other.department for one, other in pairwise(steps))
            for steps in told.journeys.values()
        ]
    )


def department_graph(told: Told) -> Json:
    apart: dict[tuple[str, str], list[float]] = defaultdict(list)
    for steps in told.journeys.values():
        for one, other in pairwise(steps):
            passed = (other.at - one.at).total_seconds()
            apart[one.department, other.department].append(passed)
    return {
        "rows": [
            {
                "from": start,
                "to": end,
                "count": len(apart[start, end]),
                "median": ranked(apart[start, end], Fraction(1, 2)),
            }
            for start, end in sorted(apart)
        ]
    }


def breaks(told: Told) -> Json:
    before: dict[str, str | None] = {}
    for steps in told.journeys.values():
        before[steps[0].id] = None
        before |= {other.id: one.department for one, other in pairwise(steps)}
    counts = Counter((before[one.step], one.owner, one.about) for one in told.broken)
    ordered = sorted(counts, key=lambda row: [(label is None, label or "") for label in row])
    return {
        "rows": [
            {"from": start, "owner": owner, "about": about, "count": counts[start, owner, about]}
            for start, owner, about in ordered
        ]
    }


def journey_silence(told: Told) -> Json:
    """The longest time between two signs while at least one promise was open."""
    promises = defaultdict(list)
    for one in told.promises:
        promises[one.journey].append(one)
    numbers = []
    for name, own in promises.items():
        signs = [step.at for step in told.journeys[name] if step.sign]
        longest = 0.0
        for start, end in _stretches(own, told.as_of):
            inside = sorted([start, *(at for at in signs if start <= at <= end), end])
            longest = max([longest, *((b - a).total_seconds() for a, b in pairwise(inside))])
        numbers.append(longest)
    return spread(numbers)


def _stretches(promises: Iterable[Promise], as_of: datetime) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for one in sorted(promises, key=lambda one: one.made_at):
        end = max(one.made_at, one.honoured_at or as_of)
        if found and one.made_at <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((one.made_at, end))
    return found


def symmetry(told: Told) -> Json:
    """Nothing is promised to staff."""
    kept = share(one.kept for one in told.due if one.made_to.startswith("customer:"))
    return {"a": {"count": 0, "of": 0}, "b": kept, "difference": None}


def internal_kept(told: Told) -> Json:
    return share(one.kept for one in told.due if one.supports)


def cooperation(told: Told) -> Json:
    pairs: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in told.due:
        if one.supports:
            pairs[one.owner, one.made_to.removeprefix("department:")].append(one.kept)
    return {
        "rows": [
            {"from": owner, "to": to, "kept": sum(kept), "due": len(kept)}
            for (owner, to), kept in sorted(pairs.items())
        ]
    }


def all_of_promises(told: Told) -> Json:
    """Each was made when it was promised, as far as anybody says."""
    return {"count": len(told.promises), "of": len(told.promises)}


def none_of_promises(told: Told) -> Json:
    return {"count": 0, "of": len(told.promises)}


def nothing(told: Told) -> Json:
    return {"count": 0, "of": 0, "rate": None}


#: What both data sets have the facts for, in part with a caveat.
READ: Mapping[str, Callable[[Told], Json]] = {
    "kept_first": kept_agreed,
    "kept_agreed": kept_agreed,
    "kept_latest": kept_agreed,
    "slip_gap": slip_gap,
    "kept_customer_moved": kept_agreed,
    "kept_company_clock": kept_agreed,
    "early": nothing,
    "promised_again": none_of_promises,
    "customers_kept_whole": customers_kept_whole,
    "wish_offered": nothing,
    "wish_met": nothing,
    "lead_time": lead_time,
    "overdue_age": overdue_age,
    "around_due": around_due,
    "time_to_honour": time_to_honour,
    "load": load,
    "consigned_at_source": all_of_promises,
    "feasibility_checked": none_of_promises,
    "longest_silence": longest_silence,
    "unowned_time": unowned_time,
    "kept_whole": kept_whole,
    "departments_per_journey": departments_per_journey,
    "handovers_per_journey": handovers_per_journey,
    "journey_silence": journey_silence,
    "department_graph": department_graph,
    "breaks": breaks,
    "internal_kept": internal_kept,
    "cooperation": cooperation,
    "symmetry": symmetry,
}
