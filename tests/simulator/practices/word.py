"""Keeping one's word, and passing it on: counted over promises."""

from __future__ import annotations

from collections import Counter
from typing import Any

from simulator.local_time import DAY, HOUR, micros
from tests.simulator.notes import NotedPromise
from tests.simulator.practices.counting import (
    By,
    Share,
    Shares,
    Standing,
    about,
    cohort,
    due_by,
    end_of,
    first_of,
    kept,
    of_type,
    owner,
    ripe,
    shares,
    speaks,
    standing,
)
from tests.simulator.reckoning import kept_by
from tests.simulator.truth import Truth


def kept_first(truth: Truth, by: By = owner) -> Shares[Any]:
    """Of those whose first date has passed."""
    due = due_by(truth, lambda each: each.turn.first_due)
    return shares((by(each), each.kept_by(each.turn.first_due)) for each in due)


def kept_agreed(truth: Truth, by: By = owner) -> Shares[Any]:
    """Of those whose agreed date has passed."""
    return shares((by(each), kept(each)) for each in cohort(truth))


def kept_latest(truth: Truth, by: By = owner) -> Shares[Any]:
    """Of those whose latest date has passed."""
    due = due_by(truth, lambda each: each.turn.latest_due)
    return shares((by(each), each.kept_by(each.turn.latest_due)) for each in due)


def slip_gap(truth: Truth, by: By = owner) -> dict[Any, tuple[Share, Share]]:
    """Kept by the latest date, and by the first."""
    latest, first = kept_latest(truth, by), kept_first(truth, by)
    keys = latest.keys() | first.keys()
    return {key: (latest.get(key, Share()), first.get(key, Share())) for key in keys}


def kept_customer_moved(truth: Truth, by: By = owner) -> Shares[Any]:
    """Of those whose date has passed that only the customer moved."""
    due = due_by(truth, lambda each: each.turn.customer_due)
    return shares((by(each), each.kept_by(each.turn.customer_due)) for each in due)


def kept_company_clock(truth: Truth, by: By = about) -> Shares[Any]:
    """Without the time in which others than the company were waited for."""

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

    return shares((by(each), kept_so(each)) for each in cohort(truth))


def unprompted(truth: Truth, by: By = owner) -> Shares[Any]:
    """Of those kept, with or without a date: nobody had asked before it was done."""
    return shares(
        (by(each), all(at >= done for at in each.promise.chases))
        for each in standing(truth)
        if each.honoured
        and (done := each.turn.honoured_at) is not None
        and kept_by(each.turn, each.turn.agreed_due)
    )


def chased(truth: Truth, by: By = owner) -> Shares[Any]:
    """Of all."""
    return shares((by(each), bool(each.promise.chases)) for each in standing(truth))


def undated(truth: Truth, by: By = owner) -> Shares[Any]:
    """Of all."""
    return shares((by(each), each.turn.first_due is None) for each in standing(truth))


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


def closed_loop(truth: Truth, by: By = about) -> Shares[Any]:
    """Within a fortnight."""

    def confirmed(promise: NotedPromise, done: int) -> bool:
        return any(done <= at <= done + 14 * DAY for at in promise.confirmed)

    return shares(
        (by(each), confirmed(each.promise, done))
        for each in standing(truth)
        if each.honoured and (done := each.turn.honoured_at) is not None and ripe(truth, done, 14)
    )


def early(truth: Truth, by: By = about) -> Shares[Any]:
    """Of the promises that nobody wanted before a date."""
    return shares(
        (
            by(each),
            each.turn.honoured_at is not None and each.turn.honoured_at < each.promise.earliest,
        )
        for each in standing(truth)
        if each.honoured and each.promise.earliest is not None
    )


def partly_kept(truth: Truth, by: By = about) -> Shares[Any]:
    """Of those that were not kept."""
    return shares(
        (
            by(each),
            any(at <= (each.turn.agreed_due or 0) for at in each.promise.part_kept),
        )
        for each in cohort(truth)
        if not kept(each)
    )


def again(truth: Truth) -> set[str]:
    """The promises that repeat one of the same kind, to the same customer about the same order,
    which was not kept."""
    failed: dict[tuple[str, tuple[str, ...], str], int] = {}
    for each in cohort(truth):
        matter, due = _matter(each.promise), each.turn.agreed_due
        if not kept(each) and each.promise.journey.refs and due is not None:
            failed[matter] = min(due, failed.get(matter, due))
    return {
        each.promise.commitment_id
        for each in standing(truth)
        if (due := failed.get(_matter(each.promise))) is not None and due < each.promise.made_at
    }


def promised_again(truth: Truth, by: By = about) -> Shares[Any]:
    """Of the promises that are in a customer's journey."""
    repeated = again(truth)
    told = {made.id for journey in truth.lived() for made in journey.facts}
    first = first_of(truth, "commitment.made", "commitment_id")
    return shares(
        (by(each), name in repeated)
        for each in standing(truth)
        if first[name := each.promise.commitment_id].id in told
    )


def _matter(promise: NotedPromise) -> tuple[str, tuple[str, ...], str]:
    return promise.customer, promise.journey.refs, promise.about


def _instant(promise: NotedPromise, field: str) -> int | None:
    said: Any = promise.said.get(field)
    return None if said is None else micros(said)


def chooser(each: Standing) -> str:
    """Who chose the date."""
    return str(each.promise.said.get("due_chosen_by"))


def wish_offered(truth: Truth, by: By = chooser) -> Shares[Any]:
    """Of those for which the customer had a day in mind."""
    return shares(
        (by(each), first <= wished)
        for each in standing(truth)
        if (wished := _instant(each.promise, "requested_at")) is not None
        and (first := each.turn.first_due) is not None
    )


def wish_met(truth: Truth, by: By = chooser) -> Shares[Any]:
    """Of those for which that day has passed. No verdict stands in the place of this comparison."""
    return shares(
        (by(each), each.honoured and (each.turn.honoured_at or 0) <= (wished or 0))
        for each in due_by(truth, lambda each: _instant(each.promise, "requested_at"))
        if (wished := _instant(each.promise, "requested_at")) is not None
    )


def date_chosen_by_customer(truth: Truth, by: By = about) -> Shares[Any]:
    """Of all whose date was given with them."""
    return shares(
        (by(each), each.promise.said["due_chosen_by"] == "customer")
        for each in standing(truth)
        if "due_at" in each.promise.said and "due_chosen_by" in each.promise.said
    )


def consigned_at_source(truth: Truth, by: By = about) -> Shares[Any]:
    """Of all."""
    return shares(
        (by(each), each.promise.said.get("consigned") != "discovered_later")
        for each in standing(truth)
    )


def feasibility_checked(truth: Truth, by: By = about) -> Shares[Any]:
    """Of all."""
    return shares(
        (by(each), each.promise.said.get("feasibility_checked") is True) for each in standing(truth)
    )


def declined(truth: Truth) -> Shares[str]:
    """Of what was promised or declined, by the department that said it."""
    said = [(speaks(event), True) for event in of_type(truth, "commitment.declined")]
    made = first_of(truth, "commitment.made", "commitment_id").values()
    return shares([*said, *((speaks(event), False) for event in made)])


def efforts_shown(truth: Truth) -> Shares[str]:
    """By department."""
    return shares(
        (speaks(event), event.body["shown_to_customer"] is True)
        for event in of_type(truth, "progress.shared")
    )


def customers_kept_whole(truth: Truth) -> Share:
    """Of the customers to whom something was due: all of it was kept."""
    words: dict[str, list[bool]] = {}
    for each in cohort(truth):
        parties = truth.parties(each.promise.customer)
        if any(party.startswith("customer:") for party in parties):
            words.setdefault(parties[0], []).append(kept(each))
    return Share(sum(map(all, words.values())), len(words))


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
