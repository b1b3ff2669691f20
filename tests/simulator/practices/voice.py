"""The voice of the customer, and what becomes of customers after incidents."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import Any, NamedTuple

from simulator.journal import Event
from simulator.local_time import DAY
from tests.simulator.practices.counting import of_type, ripe
from tests.simulator.practices.resolution import Issue, issues
from tests.simulator.truth import Truth

#: The scale that a question is asked on where it counts.
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "stars": (1, 5)}


class Scores(NamedTuple):
    """What was answered on the question's own scale, and how many answers were on another."""

    said: list[int]
    excluded: int


def scores(truth: Truth, question: str) -> dict[bool | None, Scores]:
    """By whether all was kept in the journey to which the answer belongs; None where that is not
    decided."""
    whole = {fact.id: journey.kept_whole for journey in truth.lived() for fact in journey.facts}
    found: dict[bool | None, Scores] = {}
    for event in of_type(truth, "feedback.given"):
        body: Any = event.body
        if body["question"] == question:
            key, (low, high) = whole.get(event.id), SCALES[question]
            said, excluded = found.get(key, Scores([], 0))
            fits = (body["scale_min"], body["scale_max"]) == (low, high)
            fits = fits and low <= body["score"] <= high
            found[key] = Scores([*said, *([body["score"]] if fits else [])], excluded + (not fits))
    return found


def ces_formulas(truth: Truth) -> Counter[str]:
    """How often effort was asked by which formula."""
    return Counter(
        str(event.body["formula"])
        for event in of_type(truth, "feedback.given")
        if event.body["question"] == "ces"
    )


def pillars(truth: Truth) -> dict[str, Counter[bool]]:
    """By pillar: how often it was praised, and how often it was missed."""
    found: dict[str, Counter[bool]] = {}
    for event in of_type(truth, "pillar.tagged"):
        found.setdefault(str(event.body["pillar"]), Counter())[event.body["praise"] is True] += 1
    return found


def pillar_agreement(truth: Truth) -> list[tuple[str | None, str | None]]:
    """Of each comment, which pillar a person read in it, and which a program; None where it has
    not."""
    read: dict[object, dict[str, str]] = {}
    for event in of_type(truth, "pillar.tagged"):
        by = read.setdefault(event.body["fact_id"], {})
        by.setdefault(str(event.body["coder"]), str(event.body["pillar"]))
    return [(by.get("person"), by.get("program")) for by in read.values()]


def attitudes(truth: Truth) -> Counter[tuple[str, str]]:
    """How often which attitude was seen by whom."""
    return Counter(
        (str(event.body["attitude"]), str(event.body["seen_by"]))
        for event in of_type(truth, "attitude.shown")
    )


class Recovery(NamedTuple):
    """What customers in one state said, from 0 to 1 each, and whether they came back within 90 days
    of it, where these have passed."""

    said: list[float]
    returned: list[bool]


def service_recovery(truth: Truth) -> dict[str, Recovery]:
    """By state of the customer: ``no_issue``, ``recovered``, ``unrecovered``."""
    canonical = {event.subject: truth.parties(event.subject)[0] for event in truth.told}
    started: dict[str, list[int]] = {}
    for event in of_type(truth, "touchpoint.occurred"):
        if event.body["initiated_by"] == "customer":
            started.setdefault(canonical[event.subject], []).append(event.time)
    had: dict[str, list[Issue]] = {}
    for issue in issues(truth).values():
        had.setdefault(canonical[issue.opened.subject], []).append(issue)
    found = {state: Recovery([], []) for state in ("no_issue", "recovered", "unrecovered")}
    for event in of_type(truth, "feedback.given"):
        if event.subject.startswith("customer:"):
            customer = canonical[event.subject]
            state = found[_state(had.get(customer, []), event.time)]
            state.said.append(_share_of_scale(event))
            if ripe(truth, event.time, 90):
                times = started.get(customer, [])
                after = bisect_right(times, event.time)
                state.returned.append(after < len(times) and times[after] <= event.time + 90 * DAY)
    return found


def _state(had: list[Issue], at: int) -> str:
    before = [issue for issue in had if issue.opened.time <= at]
    if not before:
        return "no_issue"
    return "recovered" if before[-1].resolved(at) else "unrecovered"


def _share_of_scale(event: Event) -> float:
    body: Any = event.body
    score, low, high = body["score"], body["scale_min"], body["scale_max"]
    return float((score - low) / (high - low))
