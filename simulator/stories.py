"""The two stories that can be found by name.

*The rosebush* (customer ``customer:rosebush``, promise ``ROSEBUSH``): a rose dies, the customer is
believed and chooses November, the ticket is closed in April, and in November the house writes
first. *The counter* (customer ``customer:counter-17``, payment ``PAYMENT-LOST``): a payment that no
system linked, a customer taken for a cheat who pays twice, and how the house made up for it.
"""

from __future__ import annotations

from datetime import date

from simulator import company
from simulator.company import MAIL, ORDERS, PARCELS, PRICE
from simulator.local_time import DAY, HOUR, MINUTE, evening, local_date, moment, on
from simulator.orders import Order, link, pay
from simulator.promises import Journey, Scribe

ROSEBUSH = "customer:rosebush"
COUNTER = "customer:counter-17"


def _money(payment: str, roses: int) -> dict[str, object]:
    return {"payment_id": payment, "amount_minor": roses * PRICE, "currency": "EUR"}


def rosebush_starts(end: int) -> int:
    """When the rose was ordered: in the last year whose November is told in full before the
    end."""
    last = local_date(end)
    return on(last.year if last > date(last.year, 11, 20) else last.year - 1, 3, 29, 20, 14)


def rosebush(scribe: Scribe, at: int) -> None:
    """The rosebush, ordered at ``at`` and kept in November."""
    year, money = local_date(at).year, _money("PAYMENT-ROSEBUSH", 1)
    order = Order(scribe, ROSEBUSH, ("order:ROSEBUSH-1",), 0, at, on(year, 4, 9), money)
    order.touch(ORDERS, at, "order_placed", "web", "customer")
    pay(order, "card", "ROSEBUSH-1")
    delivery = scribe.promise(
        order,
        "ROSEBUSH-DELIVERY",
        "delivery",
        ORDERS,
        at + 5 * MINUTE,
        owner="logistics",
        due=order.due,
        kept_at=PARCELS,
        entry_point="web",
        due_chosen_by="company",
    )
    arrived = on(year, 4, 8, 11)
    order.touch(PARCELS, arrived - MINUTE, "delivery", "field", "company")
    delivery.keep(arrived)
    _rose_dies(order, on(year, 4, 13, 9, 5))
    _november(order, year, on(year, 4, 13, 9, 50))


def _rose_dies(order: Order, at: int) -> None:
    """The letter, and the answer within the hour."""
    issue: dict[str, object] = {"issue_id": "ROSEBUSH-DEAD"}
    opened = {**issue, "topic": "plant_dead", "channel": "email", "refs": order.refs}
    order.fact("issue.opened", MAIL, at, **opened)
    believed = {"reason": "Crue sur parole.", "on_customer_word": True}
    decision = {**issue, "decision_id": "ROSEBUSH-DECISION", "gesture": "replacement", **believed}
    order.fact("discretion.used", MAIL, at + 35 * MINUTE, **decision)
    order.fact("issue.resolved", MAIL, at + 40 * MINUTE, **issue)


def _november(order: Order, year: int, made: int) -> None:
    """The promise, and how it was kept: the house writes first."""
    promise = order.scribe.promise(
        order,
        "ROSEBUSH",
        "replacement",
        MAIL,
        made,
        due=on(year, 11, 30),
        entry_point="email",
        due_chosen_by="customer",
        wording="Un nouveau rosier en novembre, quand la terre sera prête.",
    )
    promise.write_first(on(year, 11, 3, 10), "letter", "email", MAIL)
    promise.move(on(year, 11, 4, 8), on(year, 11, 20), "company", agreed=True, consent=True)
    promise.source = PARCELS
    promise.keep(on(year, 11, 18, 14, 30))
    stars = {"question": "stars", "score": 5, "scale_min": 1, "scale_max": 5}
    comment = {"about_ref": order.refs[0], "comment": "Vous n'aviez pas oublié !"}
    order.fact("feedback.given", MAIL, on(year, 11, 19, 20), **stars, **comment)


def counter_starts(end: int) -> int:
    """When the roses were ordered that were to be fetched at the counter."""
    return evening(end, -200) + 3 * HOUR + 5 * MINUTE


def counter(scribe: Scribe, at: int) -> None:
    """The customer who paid, was not believed, and paid again."""
    journey = Journey(scribe, COUNTER, ("order:COUNTER-17",))
    due = evening(at, 4)
    fetched = due - 7 * HOUR - 50 * MINUTE
    journey.touch(ORDERS, at, "order_placed", "web", "customer")
    pickup = scribe.promise(
        journey,
        "PICKUP-17",
        "pickup",
        ORDERS,
        at + 2 * MINUTE,
        due=due,
        kept_at=company.COUNTER,
        entry_point="web",
        due_chosen_by="customer",
    )
    lost = _pay_in_vain(journey, at + 9 * MINUTE, fetched)
    again = _pay_again(journey, fetched + 14 * MINUTE)
    pickup.keep(fetched + 25 * MINUTE)
    _make_amends(journey, fetched + 6 * HOUR, lost, again)


def _pay_in_vain(journey: Journey, at: int, fetched: int) -> str:
    """The transfer that no system links, and what it is worth at the counter."""
    transfer = {**_money("PAYMENT-LOST", 2), "method": "transfer", "reference": "R0SES?"}
    lost = journey.fact("payment.captured", company.GATEWAY, at, **transfer)
    entitled: dict[str, object] = {"entitlement_id": "ENTITLEMENT-17", "refs": journey.refs}
    checked = {**entitled, "outcome": "not_found"}
    journey.fact("entitlement.checked", company.COUNTER, fetched, **checked)
    proof = {**entitled, "what": "relevé de banque"}
    journey.fact("proof.presented", company.COUNTER, fetched + 8 * MINUTE, **proof)
    return lost


def _pay_again(journey: Journey, at: int) -> str:
    money = {**_money("PAYMENT-AGAIN", 2), "refs": journey.refs}
    again = journey.fact("payment.captured", company.COUNTER, at, **money, method="card")
    twice = {**money, "first_payment_id": "PAYMENT-LOST"}
    journey.fact("charge.repeated", company.COUNTER, at + MINUTE, again, **twice)
    link(journey, "PAYMENT-AGAIN", at + 2 * MINUTE, "exact_reference", again, company.COUNTER)
    return again


def _make_amends(journey: Journey, at: int, lost: str, again: str) -> None:
    """The complaint, the payment found by the customer's proof, and how the house made up for
    it."""
    issue = {"issue_id": "ISSUE-17", "topic": "not_believed", "complaint": True}
    sent = {"channel": "phone", "sent_at": moment(at), "refs": journey.refs}
    journey.fact("issue.opened", company.PHONE, at, **issue, **sent)
    link(journey, "PAYMENT-LOST", at + 5 * DAY, "customer_proof", lost)
    amends = {"entitlement_id": "ENTITLEMENT-17", "amends": "letter_of_apology"}
    journey.fact("suspicion.cleared", MAIL, at + 6 * DAY, **amends, refs=journey.refs)
    back = {**_money("PAYMENT-AGAIN", 2), "reason": "charged_twice"}
    journey.fact("payment.refunded", company.REFUNDS, at + 7 * DAY, again, **back)
