"""What comes after an order: questions, small promises, refunds, dead plants, errors admitted."""

from __future__ import annotations

from functools import partial
from typing import Any

from simulator import company
from simulator.company import MAIL, PHONE
from simulator.complaints import open_issue
from simulator.habits import settle_fate
from simulator.house import Timeline
from simulator.judgement import believe
from simulator.local_time import DAY, HOUR, MINUTE, evening, local_date, on
from simulator.orders import Order, hand_out
from simulator.people import People
from simulator.promises import Promise
from simulator.supports import keep_support, promise_support
from simulator.terms import promise_after
from simulator.voice import feedback

#: Small things that are promised within so many days.
_DAYS = {"catalogue": 12, "invoice_copy": 3}


def call(order: Order, people: People, timeline: Timeline, at: int) -> None:
    """The customer calls with a question and is promised a call back, within the policy's time. One
    in twelve of these promises was given by a colleague who wrote nothing down. Whom nobody calls
    back calls again, and is promised the same."""
    scribe = order.scribe
    caller = people.caller(order, at)
    if scribe.random() < 0.2 and not scribe.practices.asks_once:
        reasked = {"what": "order_number", "refs": order.refs}
        caller.fact("information.reasked", PHONE, at + 3 * MINUTE, **reasked)
    for again in ("", "-AGAIN"):
        caller.touch(PHONE, at, "call", "phone", "customer")
        made = at + 6 * MINUTE
        consigned = "discovered_later" if scribe.random() < 0.08 else "at_source"
        due = timeline.callback_due(made)
        promise = promise_after(
            order, "callback", made, caller=caller, again=again, policy_due=due, consigned=consigned
        )
        promise.deed = partial(_call_back, promise)
        settle_fate(promise)
        if promise.fate != "forgotten":
            return
        at = promise.settled_at + 40 * DAY


def _call_back(promise: Promise, at: int) -> None:
    promise.write_first(at - 2 * MINUTE, "call", "phone", PHONE)


def small_promise(order: Order, about: str, timeline: Timeline, at: int) -> None:
    """A copy of an invoice, a catalogue, or a note when a rose is in stock again. Some are done
    before the promise is written down. The team that copies invoices fails in the end."""
    scribe = order.scribe
    due = evening(at, _DAYS[about]) if about in _DAYS else None
    done_before = due is not None and scribe.random() < 0.06
    if done_before and at > scribe.end:
        return
    promise = promise_after(order, about, at, due=due)
    failing = about == "invoice_copy" and timeline.since(company.INVOICES_FAIL, at)
    failing = failing and not scribe.practices.gives_means
    if done_before:
        promise.kept_already(scribe.between(at - 3 * HOUR, at))
    else:
        settle_fate(promise, "invoice_copy_failing" if failing else None)


def refund(order: Order, at: int) -> None:
    """Money is promised back within a fortnight; accounting promises to approve half of them."""
    scribe, due = order.scribe, evening(at, 14)
    inner: Promise | None = None

    def deed(when: int) -> None:
        keep_support(inner, when - HOUR)
        back = {**order.money, "reason": "order_cancelled", "refs": order.refs}
        order.fact("payment.refunded", company.REFUNDS, when - MINUTE, **back)

    promise = promise_after(order, "refund", at, due=due, deed=deed)
    if scribe.random() < 0.5:
        inner = promise_support(order, "refund", str(order.number), due - 2 * HOUR, at + MINUTE)
    settle_fate(promise)


def decline(order: Order, at: int) -> None:
    """What cannot be done is declined, honestly: mostly a date, sometimes a call in the evening."""
    if order.scribe.random() < 0.8:
        source, declined = company.ORDERS, {"about": "delivery", "reason": "ground_frozen"}
    else:
        source, declined = PHONE, {"about": "callback", "reason": "closed_by_then"}
    order.fact("commitment.declined", source, at, **declined, refs=order.refs)


def dead_plant(order: Order, at: int) -> None:
    """A rose died. Mostly the customer is believed without a question, and chooses when the new one
    comes: in November, or in March for those who write in autumn. Some of the roses are reserved in
    the greenhouse."""
    scribe, issue, number = order.scribe, f"ISSUE-{order.number}", str(order.number)
    open_issue(order, issue, "plant_dead", at)
    believe(order, issue, at + 30 * MINUTE)
    order.fact("issue.resolved", MAIL, at + 40 * MINUTE, issue_id=issue)
    today = local_date(at)
    due = on(today.year + 1, 3, 15) if today.month >= 9 else on(today.year, 11, 30)
    inner: Promise | None = None

    def deed(when: int) -> None:
        keep_support(inner, when - 2 * DAY)
        hand_out(order, when - DAY, when)

    terms: dict[str, Any] = {"due": due, "kept_at": company.PARCELS, "feasibility_checked": True}
    promise = promise_after(order, "replacement", at + HOUR, issue=issue, deed=deed, **terms)
    if scribe.random() < 0.4:
        inner = promise_support(order, "replacement", number, due - 7 * DAY, at + 2 * HOUR)
    if scribe.random() < 0.6:
        write = scribe.between(due - 28 * DAY, due - 24 * DAY)
        promise.write_first(write, "letter", "email", MAIL)
    settle_fate(promise)
    if scribe.random() < 0.3:
        feedback(order, at + 3 * DAY, "recovered")


def own_up(order: Order, delivery: Promise) -> None:
    """One time in four logistics says of its own accord that the roses were late."""
    if order.scribe.random() < 0.25:
        at = delivery.settled_at + HOUR
        delivery.write("error.acknowledged", company.PARCELS, at, detected_by="company")
