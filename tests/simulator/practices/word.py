"""Keeping one's word, and passing it on: counted over promises."""

from __future__ import annotations

from collections import Counter
from typing import Any

from simulator.local_time import DAY, HOUR, micros
from tests.simulator.notes import NotedPromise
from tests.simulator.practices.counting import (
    Share,
    Shares,
    Standing,
    cohort,
    due_by,
    end_of,
    kept,
    of_type,
    ripe,
    shares,
    speaks,
    standing,
)
from tests.simulator.truth import Truth


def kept_first(truth: Truth) -> Shares[str | None]:
    """By owner."""
    due = due_by(truth, lambda each: each.turn.first_due)
    return shares((each.turn.owner, each.kept_by(each.turn.first_due)) for each in due)


def kept_agreed(truth: Truth) -> Shares[str | None]:
    """By owner."""
    return shares((each.turn.owner, kept(each)) for each in cohort(truth))


def kept_agreed_by_about(truth: Truth) -> Shares[str]:
    """By what was promised."""
    return shares((each.promise.about, kept(each)) for each in cohort(truth))


def kept_latest(truth: Truth) -> Shares[str | None]:
    """By owner."""
    due = due_by(truth, lambda each: each.turn.latest_due)
    return shares((each.turn.owner, each.kept_by(each.turn.latest_due)) for each in due)


def kept_customer_moved(truth: Truth) -> Shares[str | None]:
    """By owner."""
    due = due_by(truth, lambda each: each.turn.customer_due)
    return shares((each.turn.owner, each.kept_by(each.turn.customer_due)) for each in due)


def kept_company_clock(truth: Truth) -> Shares[str]:
    """By what was promised."""

    def kept_so(each: Standing) -> bool:
        due, done = each.turn.agreed_due, each.turn.honoured_at
        if due is None or done is None:
            return False
        waited = sum(
            max(0, min(pause.end, done) - pause.start)
            for pause in each.promise.pauses
            if pause.waiting_for in ("customer", "third_party")
        )
        return each.kept_by(due + waited)

    return shares((each.promise.about, kept_so(each)) for each in cohort(truth))


def moved_without_consent(truth: Truth) -> Shares[str]:
    """By the department that gave the date."""
    return shares(
        (move.department, not move.consent)
        for each in standing(truth)
        for move in each.promise.moves
        if move.agreed_due is not None
    )


def moved_around_due(truth: Truth) -> dict[str | None, Counter[int]]:
    """How many dates were moved without consent on which day around the agreed date, by owner.
    Day 0 are the 24 hours before the date and its instant."""
    days: dict[str | None, Counter[int]] = {}
    for each in standing(truth):
        for move in each.promise.moves:
            if move.agreed_due is not None and not move.consent:
                day = -((move.agreed_due - move.at) // DAY)
                days.setdefault(each.turn.owner, Counter())[day] += 1
    return days


def closed_loop(truth: Truth) -> Shares[str]:
    """By what was promised, within a fortnight."""

    def confirmed(promise: NotedPromise, done: int) -> bool:
        return any(done <= at <= done + 14 * DAY for at in promise.confirmed)

    return shares(
        (each.promise.about, confirmed(each.promise, done))
        for each in standing(truth)
        if each.honoured and (done := each.turn.honoured_at) is not None and ripe(truth, done, 14)
    )


def early(truth: Truth) -> Share:
    """Of all promises that nobody wanted before a date."""
    found = shares(
        (None, each.turn.honoured_at is not None and each.turn.honoured_at < each.promise.earliest)
        for each in standing(truth)
        if each.honoured and each.promise.earliest is not None
    )
    return found[None]


def partly_kept(truth: Truth) -> Shares[str]:
    """By what was promised."""
    return shares(
        (
            each.promise.about,
            any(at <= (each.turn.agreed_due or 0) for at in each.promise.part_kept),
        )
        for each in cohort(truth)
        if not kept(each)
    )


def promised_again(truth: Truth) -> set[str]:
    """The promises that repeat one of the same kind, to the same customer about the same order,
    which was not kept."""
    failed = {
        (each.promise.customer, each.promise.journey.refs, each.promise.about): each.turn.agreed_due
        for each in cohort(truth)
        if not kept(each) and each.promise.journey.refs
    }
    return {
        each.promise.commitment_id
        for each in standing(truth)
        if (due := failed.get(_matter(each.promise))) is not None and due < each.promise.made_at
    }


def _matter(promise: NotedPromise) -> tuple[str, tuple[str, ...], str]:
    return promise.customer, promise.journey.refs, promise.about


def _instant(promise: NotedPromise, field: str) -> int | None:
    said: Any = promise.said.get(field)
    return None if said is None else micros(said)


def wish_offered(truth: Truth) -> Shares[str]:
    """By who chose the date."""
    return shares(
        (str(each.promise.said.get("due_chosen_by")), first <= wished)
        for each in standing(truth)
        if (wished := _instant(each.promise, "requested_at")) is not None
        and (first := each.turn.first_due) is not None
    )


def wish_met(truth: Truth) -> Shares[str]:
    """By who chose the date. No verdict stands in the place of this comparison."""
    return shares(
        (
            str(each.promise.said.get("due_chosen_by")),
            each.honoured and (each.turn.honoured_at or 0) <= (wished or 0),
        )
        for each in due_by(truth, lambda each: _instant(each.promise, "requested_at"))
        if (wished := _instant(each.promise, "requested_at")) is not None
    )


def date_chosen_by_customer(truth: Truth) -> Shares[str]:
    """By what was promised."""
    return shares(
        (each.promise.about, each.promise.said["due_chosen_by"] == "customer")
        for each in standing(truth)
        if "due_at" in each.promise.said and "due_chosen_by" in each.promise.said
    )


def consigned_at_source(truth: Truth) -> Shares[str]:
    """By what was promised."""
    return shares(
        (each.promise.about, each.promise.said.get("consigned") != "discovered_later")
        for each in standing(truth)
    )


def feasibility_checked(truth: Truth) -> Shares[str]:
    """By what was promised."""
    return shares(
        (each.promise.about, each.promise.said.get("feasibility_checked") is True)
        for each in standing(truth)
    )


def labelled(truth: Truth, name: str) -> Counter[str | None]:
    """How many promises have which value of a label; None for none."""
    found: Counter[str | None] = Counter()
    for each in standing(truth):
        said: Any = each.promise.said.get("labels", ())
        pairs = (label.partition(":") for label in sorted(said))
        found[next((value for key, _, value in pairs if key == name), None)] += 1
    return found


def declined(truth: Truth) -> Counter[str]:
    """How many promises were declined, by the department that said no."""
    return Counter(speaks(event) for event in of_type(truth, "commitment.declined"))


def efforts_shown(truth: Truth) -> Shares[str]:
    """By department."""
    return shares(
        (speaks(event), event.body["shown_to_customer"] is True)
        for event in of_type(truth, "progress.shared")
    )


def unowned_time(truth: Truth) -> dict[str, tuple[int, int]]:
    """Microseconds outstanding without an owner, and outstanding in all, by what was promised."""
    end, found = end_of(truth), dict[str, tuple[int, int]]()
    for each in standing(truth):
        lived = [turn for turn in each.promise.turns if turn.at <= end]
        for turn, until in zip(lived, [*(turn.at for turn in lived[1:]), end], strict=True):
            if turn.state in ("open", "disputed"):
                part, all_ = found.get(each.promise.about, (0, 0))
                lasted = until - turn.at
                unowned = lasted if turn.owner is None else 0
                found[each.promise.about] = part + unowned, all_ + lasted
    return found


def handover_accepted(truth: Truth) -> Shares[str]:
    """By what was promised: taken by the department proposed, within a day."""

    def taken(promise: NotedPromise, at: int, taker: str) -> bool:
        after = [accepted for accepted in promise.acceptances if accepted[0] >= at]
        return bool(after) and after[0][1] == taker and after[0][0] <= at + 24 * HOUR

    return shares(
        (each.promise.about, taken(each.promise, passing.at, passing.taker))
        for each in standing(truth)
        for passing in each.promise.passings
        if ripe(truth, passing.at, 1)
    )
