"""Journeys of customers, across departments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from simulator.journal import Event
from tests.simulator.practices.counting import (
    Share,
    Shares,
    about,
    cohort,
    end_of,
    first_of,
    gathered,
    kept,
    owner,
    shares,
    speaks,
)
from tests.simulator.practices.dates import open_times, silence
from tests.simulator.truth import Lived, Truth

#: What journeys are counted by.
By = Callable[[Lived], Any]

#: By which facts a customer hears from the company, whatever is said in them.
_SIGNS = frozenset(
    {
        *(
            f"commitment.{step}"
            for step in ("made", "rescheduled", "part_honoured", "honoured", "abandoned")
        ),
        "issue.acknowledged",
        "issue.answered",
        "error.acknowledged",
        "remedy.given",
        "payment.refunded",
        "suspicion.cleared",
    }
)


def _has(journey: Lived, type_: str) -> bool:
    return any(fact.type == type_ for fact in journey.facts)


def begins(journey: Lived) -> str:
    """The department with which it begins."""
    return speaks(journey.facts[0])


def has_conductor(journey: Lived) -> bool:
    """Whether one department sees it through."""
    return _has(journey, "journey.conductor_named")


def kept_whole(truth: Truth, by: By = begins) -> Shares[Any]:
    """Of those where it is decided."""
    return shares(
        (by(journey), journey.kept_whole)
        for journey in truth.lived()
        if journey.kept_whole is not None
    )


def conducted(truth: Truth) -> tuple[Share, Share]:
    """Journeys kept whole, of those that a department conducts and of the others."""
    found = kept_whole(truth, has_conductor)
    return found.get(True, Share()), found.get(False, Share())


def reasked(truth: Truth, by: By = begins) -> Shares[Any]:
    """Of all journeys."""
    return shares((by(journey), _has(journey, "information.reasked")) for journey in truth.lived())


def channel_forced(truth: Truth, by: By = begins) -> Shares[Any]:
    """Of all journeys."""
    return shares((by(journey), _has(journey, "channel.forced")) for journey in truth.lived())


def departments_per_journey(truth: Truth, by: By = begins) -> dict[Any, list[int]]:
    """How many departments each journey went through."""
    return gathered(
        (by(journey), len(set(map(speaks, journey.facts)))) for journey in truth.lived()
    )


def handovers_per_journey(truth: Truth, by: By = begins) -> dict[Any, list[int]]:
    """How often another department came next."""
    return gathered(
        (by(journey), sum(one != other for one, other in pairwise(map(speaks, journey.facts))))
        for journey in truth.lived()
    )


def journey_silence(truth: Truth, by: By = begins) -> dict[Any, list[int]]:
    """The most microseconds in which the customer heard nothing while a promise was open, of the
    journeys that have one."""
    found = []
    for journey in truth.lived():
        made = (fact.body["commitment_id"] for fact in journey.facts if _makes(fact))
        promises = [truth.promises[str(name)] for name in dict.fromkeys(made)]
        times = [time for promise in promises for time in open_times(promise, end_of(truth))]
        longest = silence(times, (fact.time for fact in journey.facts if _heard(fact)))
        if longest is not None:
            found.append((by(journey), longest))
    return gathered(found)


def _makes(fact: Event) -> bool:
    return fact.type == "commitment.made"


def _heard(fact: Event) -> bool:
    if fact.type == "touchpoint.occurred":
        return fact.body["initiated_by"] != "customer"
    if fact.type == "progress.shared":
        return fact.body["shown_to_customer"] is True
    return fact.type in _SIGNS


def department_graph(truth: Truth) -> dict[tuple[str, str], list[int]]:
    """Which department came right after which, and after how many microseconds."""
    return gathered(
        ((speaks(one), speaks(other)), other.time - one.time)
        for journey in truth.lived()
        for one, other in pairwise(journey.facts)
    )


def breaks(truth: Truth) -> Counter[tuple[str | None, str | None, str]]:
    """Promises that were not kept: the department that spoke just before they were made in the
    journey, if any did; who owns them, and what they are about."""
    before: dict[str, str] = {}
    for journey in truth.lived():
        for one, other in pairwise(journey.facts):
            before[other.id] = speaks(one)
    first = first_of(truth, "commitment.made", "commitment_id")
    return Counter(
        (before.get(first[each.promise.commitment_id].id), owner(each), about(each))
        for each in cohort(truth)
        if not kept(each)
    )


def accounts(truth: Truth) -> Shares[None]:
    """Of the accounts of the app that bought something, those linked to a customer."""
    names = {event.subject for event in truth.told if event.subject.startswith("account:")}
    return shares((None, len(truth.parties(name)) > 1) for name in names)
