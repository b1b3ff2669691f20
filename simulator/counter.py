"""At the counter: vouchers and payments are looked for, and some customers are not believed.

Its clock shows minutes only, so what is told of one minute is numbered.
"""

from __future__ import annotations

from typing import Final

from simulator.company import COUNTER, GATEWAY, MAIL, REFUNDS
from simulator.local_time import DAY, HOUR, MINUTE
from simulator.orders import Order, link

#: By rule: what a check that goes against the customer says, and how many of these customers were
#: right after all. Who may use a voucher once is told by a list that forgets the second half of an
#: order; a voucher that is not known is mostly a false one.
_RULES: Final = {"voucher-once": ("refused", 0.75), "voucher-known": ("not_found", 0.2)}


def voucher(order: Order, at: int) -> None:
    """The customer has a voucher, which one time in five is not accepted."""
    scribe, at = order.scribe, at - at % MINUTE
    entitlement = f"VOUCHER-{order.number}"
    chance = scribe.random()
    if chance < 0.8 or scribe.practices.believes:
        _check(order, entitlement, at, "confirmed", None)
        return
    rule = "voucher-once" if chance < 0.9 else "voucher-known"
    outcome, right = _RULES[rule]
    _check(order, entitlement, at, outcome, rule)
    chance = scribe.random()
    if chance < right:
        _prove(order, entitlement, at)
        _check(order, entitlement, at, "confirmed", rule)
        _clear(order, entitlement, scribe.between(at + HOUR, at + 12 * DAY))
    elif chance > 0.9:
        _prove(order, entitlement, at)


def missing_payment(order: Order, at: int) -> None:
    """No payment is found for the order, so the customer is not believed; payments are alerted, and
    do not always answer. Some customers pay once more. A company that believes them has nothing to
    tell."""
    scribe, at = order.scribe, at - at % MINUTE
    if scribe.practices.believes:
        return
    entitlement, found = f"ORDER-{order.number}", order.found
    _check(order, entitlement, at, "not_found", "no-payment-no-roses")
    delivery = {"commitment_id": f"DELIVERY-{order.number}"}
    alert = {**delivery, "to_department": "payments", "reason": "payment_not_found"}
    order.fact("alert.raised", COUNTER, at, **alert)
    if scribe.random() < 0.6:
        answered = scribe.between(at + HOUR, at + 6 * DAY)
        order.fact("progress.shared", GATEWAY, answered, **delivery, shown_to_customer=False)
    if found is None:
        return
    _prove(order, entitlement, at)
    if scribe.random() < 0.85:
        _clear(order, entitlement, found + HOUR)
    if scribe.random() < 0.4:
        _pay_again(order, at + 5 * MINUTE, found)


def _check(order: Order, entitlement: str, at: int, outcome: str, rule: str | None) -> None:
    checked = {"entitlement_id": entitlement, "outcome": outcome, "refs": order.refs}
    order.fact("entitlement.checked", COUNTER, at, **checked, rule_id=rule)


def _prove(order: Order, entitlement: str, at: int) -> None:
    proof = {"entitlement_id": entitlement, "what": "relevé de banque", "refs": order.refs}
    order.fact("proof.presented", COUNTER, at, **proof)


def _clear(order: Order, entitlement: str, at: int) -> None:
    cleared = {"entitlement_id": entitlement, "amends": "letter_of_apology", "refs": order.refs}
    order.fact("suspicion.cleared", MAIL, at, **cleared)


def _pay_again(order: Order, at: int, found: int) -> None:
    """The same roses are paid once more. Once the first payment is found, the second is given back,
    whole or in two halves; now and then nobody thinks of it."""
    payment = {"payment_id": f"PAYMENT-{order.number}-AGAIN"}
    money = {**order.money, **payment}
    paid = order.fact("payment.captured", COUNTER, at, **money, method="card", refs=order.refs)
    twice = {**money, "first_payment_id": order.money["payment_id"], "refs": order.refs}
    order.fact("charge.repeated", COUNTER, at, paid, **twice)
    link(order, payment["payment_id"], at + MINUTE, "exact_reference", paid, COUNTER)
    chance, whole = order.scribe.random(), int(str(money["amount_minor"]))
    halves = (whole,) if chance < 0.5 else (whole // 2, whole - whole // 2) if chance < 0.8 else ()
    for number, amount in enumerate(halves, 1):
        back = {**money, "amount_minor": amount, "reason": "charged_twice"}
        order.fact("payment.refunded", REFUNDS, found + number * DAY, paid, **back)
