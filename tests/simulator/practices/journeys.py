"""Journeys of customers, across departments."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from tests.simulator.practices.counting import Share, Shares, shares, speaks
from tests.simulator.truth import Lived, Truth


def _has(journey: Lived, type_: str) -> bool:
    return any(fact.type == type_ for fact in journey.facts)


def _begins(journey: Lived) -> str:
    return speaks(journey.facts[0])


def kept_whole(truth: Truth) -> Shares[str]:
    """By the department with which the journey begins."""
    return shares(
        (_begins(journey), journey.kept_whole)
        for journey in truth.lived()
        if journey.kept_whole is not None
    )


def conducted(truth: Truth) -> tuple[Share, Share]:
    """Journeys kept whole, of those that a department conducts and of the others."""
    found = shares(
        (_has(journey, "journey.conductor_named"), journey.kept_whole)
        for journey in truth.lived()
        if journey.kept_whole is not None
    )
    return found.get(True, Share()), found.get(False, Share())


def reasked(truth: Truth) -> Shares[str]:
    """By the department with which the journey begins."""
    return shares(
        (_begins(journey), _has(journey, "information.reasked")) for journey in truth.lived()
    )


def channel_forced(truth: Truth) -> Shares[str]:
    """By the department with which the journey begins."""
    return shares((_begins(journey), _has(journey, "channel.forced")) for journey in truth.lived())


def departments_per_journey(truth: Truth) -> Counter[int]:
    """How many journeys went through how many departments."""
    return Counter(len({speaks(fact) for fact in journey.facts}) for journey in truth.lived())


def department_graph(truth: Truth) -> Counter[tuple[str, str]]:
    """How often which department came right after which."""
    return Counter(
        (speaks(one), speaks(other))
        for journey in truth.lived()
        for one, other in pairwise(journey.facts)
    )


def accounts(truth: Truth) -> Shares[None]:
    """Of the accounts of the app that bought something, those linked to a customer."""
    names = {event.subject for event in truth.told if event.subject.startswith("account:")}
    return shares((None, len(truth.parties(name)) > 1) for name in names)
