"""Departments among themselves, and as people."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from simulator.journal import Event
from simulator.local_time import DAY, micros
from tests.simulator.practices.counting import (
    Share,
    Shares,
    cohort,
    first_of,
    kept,
    of_type,
    ripe,
    said_of,
    shares,
    speaks,
)
from tests.simulator.truth import Truth


def internal_kept(truth: Truth) -> Shares[tuple[str | None, str]]:
    """Promises that serve another, by owner and by whom they were made to."""
    return shares(
        ((each.turn.owner, str(each.promise.said.get("made_to"))), kept(each))
        for each in cohort(truth)
        if each.promise.supports is not None
    )


def broken_links(truth: Truth) -> Counter[tuple[str | None, str | None, str]]:
    """Promises not kept whose inner promise was not kept either: the two owners, and what the inner
    one was about."""
    broken = {each.promise.commitment_id: each for each in cohort(truth) if not kept(each)}
    found: Counter[tuple[str | None, str | None, str]] = Counter()
    for inner in broken.values():
        outer = broken.get(inner.promise.supports or "")
        if outer is not None and outer.promise.supports is None:
            found[outer.turn.owner, inner.turn.owner, inner.promise.about] += 1
    return found


def cooperation(truth: Truth) -> Shares[tuple[str | None, str]]:
    """The same, with departments by their bare names."""
    found: Shares[tuple[str | None, str]] = {}
    for (owner, to), part in internal_kept(truth).items():
        key = owner, to.removeprefix("department:")
        found[key] = found.get(key, Share()) + part
    return found


def symmetry(truth: Truth) -> tuple[Share, Share]:
    """Kept towards staff, and towards customers."""
    to_whom = (
        (str(each.promise.said.get("made_to") or each.promise.customer), kept(each))
        for each in cohort(truth)
    )
    found = shares((party.partition(":")[0], word) for party, word in to_whom)
    return found["staff"], found["customer"]


def pulse(truth: Truth, question: str, since: int = 0, until: int | None = None) -> Shares[str]:
    """Those who say yes of those who answered, by department, asked in [since, until)."""
    found: Shares[str] = {}
    for event in of_type(truth, "pulse.taken"):
        body: Any = event.body
        if body["question"] == question and since <= event.time < (until or event.time + 1):
            answered = Share(body["favourable"], body["respondents"])
            found[body["department"]] = found.get(body["department"], Share()) + answered
    return found


def cooperation_gap(truth: Truth) -> dict[str, tuple[Share, Share]]:
    """By department: who say that the customer comes first, and that departments work together."""
    first, together = pulse(truth, "customer_first"), pulse(truth, "cooperation")
    return {department: (first[department], together[department]) for department in first}


def bravos(truth: Truth) -> Counter[str]:
    """By behaviour."""
    return Counter(str(event.body["behaviour"]) for event in of_type(truth, "bravo.given"))


def yellow_cards(truth: Truth) -> Counter[str]:
    """By the department that was shown the card."""
    cards = of_type(truth, "yellow_card.raised")
    return Counter(str(card.body["to_department"]) for card in cards)


def cards_answered(truth: Truth) -> Shares[str]:
    """By behaviour, within 30 days."""
    answers = said_of(truth, "yellow_card.answered", "card")
    return shares(
        (
            str(card.body["behaviour"]),
            any(at <= card.time + 30 * DAY for at in _answers(card, answers.get(card.id, []))),
        )
        for card in of_type(truth, "yellow_card.raised")
        if ripe(truth, card.time, 30)
    )


def _answers(card: Event, told: list[Event]) -> list[int]:
    said: Any = card.body.get("answered_at")
    return [*(answer.time for answer in told), *(() if said is None else (micros(said),))]


def ideas(truth: Truth) -> Counter[str]:
    """How many came to each stage."""
    found: Counter[str] = Counter()
    for stage in ("proposed", "decided", "implemented", "answered"):
        found[stage] = len(first_of(truth, f"idea.{stage}", "idea_id"))
    decided = said_of(truth, "idea.decided", "idea_id")
    found["accepted"] = sum(last[-1].body["accepted"] is True for last in decided.values())
    return found


def ideas_answered(truth: Truth) -> Shares[None]:
    """Within 30 days."""
    answered = first_of(truth, "idea.answered", "idea_id")
    return shares(
        (None, idea in answered and answered[idea].time <= proposed.time + 30 * DAY)
        for idea, proposed in first_of(truth, "idea.proposed", "idea_id").items()
        if ripe(truth, proposed.time, 30)
    )


def dysfunctions(truth: Truth) -> Counter[str]:
    """By topic; a report that two departments write down counts once."""
    reports = first_of(truth, "dysfunction.reported", "report_id").values()
    return Counter(str(report.body["topic"]) for report in reports)


def help_given(truth: Truth) -> Counter[tuple[str, str]]:
    """By who helped and whom."""
    return Counter(
        (speaks(event), str(event.body["to_department"])) for event in of_type(truth, "help.given")
    )


class Immersion(NamedTuple):
    """How often somebody was among customers, for how many days, and what was learnt."""

    held: int = 0
    days: float = 0
    learnings: int = 0


def immersion(truth: Truth) -> dict[str, Immersion]:
    """By role."""
    found: dict[str, Immersion] = {}
    for event in of_type(truth, "immersion.held"):
        body: Any = event.body
        held, days, learnings = found.get(body["role"], Immersion())
        found[body["role"]] = Immersion(
            held + 1, days + body["days"], learnings + body["learnings"]
        )
    return found
