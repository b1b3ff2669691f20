"""Complaints: from the letter to the answer, and what happens where there is none."""

from __future__ import annotations

from typing import Final

from simulator import company
from simulator.company import MAIL, PARCELS, PHONE
from simulator.habits import settle_fate
from simulator.house import REGIME, Timeline, opening_hour
from simulator.judgement import settle_by_call
from simulator.local_time import DAY, HOUR, MINUTE, moment, working_days_later
from simulator.orders import Order
from simulator.promises import Promise
from simulator.terms import promise_after
from simulator.voice import feedback

#: How a complaint is made good: with how many cents of the customer's currency, if any.
_REMEDIES: Final = (
    ("postage_refunded", company.POSTAGE),
    ("voucher", 500),
    ("letter_of_apology", None),
)
#: To whom customers go who have no answer, or none that they accept; each as likely.
_LEVELS: Final = (*("manager",) * 6, *("mediator",) * 4, "regulator", "court", "other")


def open_issue(order: Order, issue: str, topic: str, at: int, **rules: object) -> None:
    """Writes that a customer came with something; ``rules`` are fields of ``issue.opened``."""
    channel = order.scribe.one_of("email", "email", "phone", "letter")
    source = PHONE if channel == "phone" else MAIL
    sent_at = moment(at - 2 * DAY) if channel == "letter" else None
    what = {"issue_id": issue, "topic": topic, "channel": channel, "labels": order.labels}
    about = {"about_commitment_id": f"DELIVERY-{order.number}", "refs": order.refs}
    order.fact("issue.opened", source, at, **what, **about, **rules, sent_at=sent_at)


def complaint(order: Order, timeline: Timeline, at: int) -> None:
    """A complaint: its answer is promised by policy, so many working days from an hour at which
    the house is open. For most of them a code of conduct has deadlines besides."""
    scribe, issue = order.scribe, f"COMPLAINT-{order.number}"
    regime = REGIME if scribe.random() < 0.6 else None
    topic = scribe.one_of("parcel_damaged", "parcel_damaged", "wrong_rose", "late")
    open_issue(order, issue, topic, at, complaint=True, regime=regime)
    made = opening_hour(scribe, at)
    if scribe.random() < 0.92:
        order.fact("issue.acknowledged", MAIL, made - MINUTE, issue_id=issue)
    if scribe.random() < 0.5:
        alert = {"issue_id": issue, "to_department": "logistics", "reason": "parcel_damaged"}
        order.fact("alert.raised", MAIL, made + HOUR // 2, **alert)
    answered: list[int] = []

    def deed(when: int) -> None:
        _answer(order, issue, when - MINUTE)
        answered.append(when)

    due = working_days_later(made, company.ANSWER_DAYS)
    promise = promise_after(order, "complaint_answer", made, issue=issue, policy_due=due, deed=deed)
    _make_it_hard(order, issue, made + HOUR)
    if scribe.practices.owns_up:
        admitted = {"issue_id": issue, "detected_by": "company"}
        promise.write("error.acknowledged", MAIL, made + HOUR, **admitted)
    settle_fate(promise)
    if answered:
        cause = _cause(scribe.random(), timeline, at)
        _close(order, issue, promise, cause, answered[-1] + HOUR)
    else:
        _without_answer(order, issue, made + 40 * DAY)


def _answer(order: Order, issue: str, at: int) -> None:
    outcomes = ("upheld", "upheld", "upheld", "partly_upheld", "rejected", "rejected")
    answer = {"issue_id": issue, "final": True, "outcome": order.scribe.one_of(*outcomes)}
    order.fact("issue.answered", MAIL, at, **answer)


def _cause(chance: float, timeline: Timeline, at: int) -> str:
    """Boxes were crushed until the card was thicker; labels are lost however often it is said that
    they will not be."""
    thin = not timeline.since(company.THICKER_CARD, at)
    return "box_crushed" if thin and chance < 0.6 else "label_lost"


def _make_it_hard(order: Order, issue: str, at: int) -> None:
    """Eight times in ten something stands between the customer and the answer, or somebody helps:
    the first row whose share is not used up by the dice."""
    chance, asks_once = order.scribe.random(), order.scribe.practices.asks_once
    forced = {"from_channel": "phone", "to_channel": "letter"}
    for share, type_, source, body in (
        (0.25, "channel.forced", MAIL, forced),
        (0.50, "information.reasked", MAIL, {"what": "photo"}),
        (0.65, "issue.answered", MAIL, {"final": False}),
        (0.80, "help.given", PARCELS, {"to_department": "care"}),
    ):
        if chance < share:
            if not (asks_once and type_ in ("channel.forced", "information.reasked")):
                order.fact(type_, source, at, issue_id=issue, **body)
            return


def _close(order: Order, issue: str, promise: Promise, cause: str, at: int) -> None:
    scribe = order.scribe
    chance = scribe.random()
    if chance < 0.6:
        by = "company" if chance < 0.2 else "customer"
        if not scribe.practices.owns_up:
            promise.write("error.acknowledged", MAIL, at, issue_id=issue, detected_by=by)
        remedy, cents = _REMEDIES[int(scribe.random() * len(_REMEDIES))]
        currency = None if cents is None else order.money["currency"]
        given = {"remedy": remedy, "amount_minor": cents, "currency": currency}
        promise.write("remedy.given", MAIL, at + MINUTE, issue_id=issue, **given)
    order.fact("cause.identified", PARCELS, at + 2 * HOUR, issue_id=issue, cause=cause)
    order.fact("issue.resolved", MAIL, at + 3 * HOUR, issue_id=issue)
    chance = scribe.random()
    if chance < 0.6:
        order.fact("issue.confirmed", MAIL, at + 2 * DAY, issue_id=issue)
        if chance < 0.3:
            feedback(order, at + 3 * DAY, "recovered")
    elif chance < 0.72:
        order.fact("issue.reopened", MAIL, at + 4 * DAY, issue_id=issue, reason="not_solved")
        if scribe.practices.owns_issues:
            settle_by_call(order, issue, at + 4 * DAY + MINUTE)
            return
        feedback(order, at + 6 * DAY, "unrecovered")
        _escalate(order, issue, at + 12 * DAY)


def _without_answer(order: Order, issue: str, at: int) -> None:
    """The customer reminds the house, and goes further. Half of these complaints are answered after
    all, in the second month or the third."""
    scribe = order.scribe
    order.fact("customer.chased", PHONE, at - 20 * DAY, issue_id=issue, channel="phone")
    feedback(order, at - 10 * DAY, "unrecovered")
    _escalate(order, issue, at)
    if scribe.random() < 0.5:
        answered = scribe.between(at + 8 * DAY, at + 30 * DAY)
        _answer(order, issue, answered)
        order.fact("issue.resolved", MAIL, answered + HOUR, issue_id=issue)


def _escalate(order: Order, issue: str, at: int) -> None:
    """Somebody above is asked, and before a mediator the two sides settle."""
    level = order.scribe.one_of(*_LEVELS)
    order.fact("issue.escalated", MAIL, at, issue_id=issue, level=level)
    if level == "mediator":
        journey: dict[str, object] = {"journey_id": issue, "refs": order.refs}
        order.fact("journey.opened", MAIL, at + DAY, **journey, kind="mediation")
        order.fact("journey.closed", MAIL, at + 4 * DAY, **journey, outcome="settled")
