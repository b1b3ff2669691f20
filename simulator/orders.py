"""One order: what the customer saw before it, the promise of delivery, the money, the parcel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator import company
from simulator.habits import settle_fate
from simulator.local_time import DAY, HOUR, MINUTE, SECOND, daytime, evening, local_date, moment, on
from simulator.people import People
from simulator.promises import Journey, Promise, Scribe
from simulator.supports import keep_support, promise_support

#: Fates of a delivery after which no rose is owed any more.
NOT_DELIVERED = frozenset({"abandoned", "released_early", "released_late", "given_up_released"})

#: Fates of a delivery whose roses came late.
TOO_LATE = frozenset({"late", "late_chased", "moved_alone", "partly_kept"})


@dataclass(slots=True)
class Order(Journey):
    """One order's journey. ``due`` is until when its roses are promised at first, ``money`` what
    was to be paid; ``delivered`` are the times at which a parcel was handed to the customer.
    ``astray``: no system could link the payment; at ``missed`` the counter looked for it in vain,
    and at ``found`` it was linked. ``conducted``: one department sees the whole order through."""

    number: int = 0
    placed: int = 0
    due: int = 0
    money: dict[str, object] = field(default_factory=dict)
    delivered: list[int] = field(default_factory=list)
    astray: bool = False
    missed: int | None = None
    found: int | None = None
    conducted: bool = False
    labels: tuple[str, ...] = ()


def before(scribe: Scribe, party: str, start: int) -> int:
    """Adverts and visits, which touch no business object; the time at which the order follows."""
    loose = Journey(scribe, party)
    chance = scribe.random()
    placed = daytime(start + 2 * DAY + int(chance * 5 * DAY)) + int(scribe.random() * 4 * HOUR)
    placed = placed // SECOND * SECOND
    if chance < 0.55:
        at = start + int(chance * DAY) // SECOND * SECOND
        channel = "email" if chance < 0.4 else "social"
        old = at < scribe.end - company.MAILINGS_END * DAY
        sender = company.MAILINGS if old else company.NEWSLETTER
        loose.touch(sender, at, "advert_seen", channel, "company")
    if scribe.random() < 0.5:
        at = scribe.between(start + DAY, placed)
        loose.touch(company.SITE, at, "web_visit", "web", "customer")
    return placed


def due_for(scribe: Scribe, placed: int) -> tuple[int, str]:
    """Until when the roses are promised, and who chose it: potted roses within days; bare-root ones
    soon, or in a week that the customer picks; orders of early autumn wait for November."""
    today = local_date(placed)
    chance = scribe.random()
    if today.month in (9, 10):
        return evening(on(today.year, 11, 8), int(chance * 22)), "company"
    choosing = 1 if scribe.practices.lets_customers_choose else 0.4
    if today.month in company.BARE_ROOT_MONTHS and chance < choosing:
        return evening(placed, 10 + int(chance * 90)), "customer"
    return evening(placed, 4 + int(chance * 6)), "company"


def place(
    scribe: Scribe, number: int, party: str, placed: int, people: People
) -> tuple[Order, Promise]:
    """The order itself, and the promise to deliver it, whose fate is settled."""
    chance = scribe.random()
    channel = "web" if chance < 0.8 else "app" if chance < 0.88 else "phone"
    source = company.PHONE if channel == "phone" else company.ORDERS
    due, chosen_by = due_for(scribe, placed)
    money: dict[str, object] = {
        "payment_id": f"PAYMENT-{number}",
        "amount_minor": (1 + int(chance * 4)) * company.PRICE,
        "currency": company.currency(number),
    }
    order = Order(scribe, party, (f"order:{number}",), number, placed, due, money)
    order.labels = _labels(order)
    order.conducted = scribe.random() < 0.015
    buyer = people.account(order, placed) if channel == "app" else order
    buyer.touch(source, placed, "order_placed", channel, "customer")
    _pay(order)
    invoiced = scribe.between(placed + 12 * HOUR, placed + 3 * DAY)
    order.touch(company.INVOICES, invoiced, "invoice_sent", "email", "company")
    return order, _deliver(order, source, channel, chosen_by)


def _labels(order: Order) -> tuple[str, ...]:
    """What a data team slices by: the kind of rose, and whether it is a present."""
    bare = local_date(order.due).month in company.BARE_ROOT_MONTHS
    kind = "product:bare_root" if bare else "product:potted"
    return ("occasion:gift", kind) if order.number % 20 == 7 else (kind,)


def _pay(order: Order) -> None:
    chance = order.scribe.random()
    if chance < 0.006:
        order.astray = True
        _pay_astray(order)
    else:
        pay(order, "card" if chance < 0.8 else "wallet", str(order.number))


def pay(order: Order, method: str, reference: str) -> None:
    """The customer pays at once, and the payment is linked to the order."""
    at, how = order.placed + MINUTE, {"method": method, "reference": reference, "refs": order.refs}
    paid = order.fact("payment.captured", company.GATEWAY, at, **order.money, **how)
    link(order, order.money["payment_id"], at + 2 * MINUTE, "exact_reference", paid)


def _pay_astray(order: Order) -> None:
    """A transfer with an unreadable reference: no system links it. Most are linked when the
    customer shows a proof, some are given back whole, a handful stay; and meanwhile most of these
    customers are not believed."""
    scribe = order.scribe
    at = scribe.between(order.placed + DAY, order.placed + 3 * DAY)
    solved = scribe.between(at + 2 * DAY, at + 25 * DAY)
    chance = scribe.random()
    transfer = {"method": "transfer", "reference": "ROSE?"}
    paid = order.fact("payment.captured", company.GATEWAY, at, **order.money, **transfer)
    if chance < 0.66:
        link(order, order.money["payment_id"], solved, "customer_proof", paid)
    elif chance < 0.97:
        back = {**order.money, "reason": "not_identified"}
        order.fact("payment.refunded", company.REFUNDS, solved, paid, **back)
    order.missed = None if chance >= 0.9 else scribe.between(at + DAY, solved)
    order.found = solved if chance < 0.66 else None


def link(
    journey: Journey, payment: object, at: int, how: str, paid: str, source: str = company.LEDGER
) -> None:
    """A system finds what a payment is for."""
    body = {"payment_id": payment, "to_ref": journey.refs[0], "how": how}
    journey.fact("payment.linked", source, at, paid, **body)


def _deliver(order: Order, source: str, channel: str, chosen_by: str) -> Promise:
    """The promise of delivery; in a third of cases the greenhouse promises the shop to hand the
    parcel over in time. The inner promise follows what becomes of the outer one."""
    scribe, written = order.scribe, order.placed + 4 * MINUTE
    inner: Promise | None = None

    def deed(at: int) -> None:
        handed = at - int((8 + 26 * scribe.random()) * HOUR) // SECOND * SECOND
        handed = max(handed, written + HOUR // 2)
        keep_support(inner, handed)
        hand_out(order, handed, at)

    delivery = scribe.promise(
        order,
        f"DELIVERY-{order.number}",
        "delivery",
        source,
        written,
        owner="logistics",
        due=order.due,
        kept_at=company.PARCELS,
        deed=deed,
        entry_point=channel,
        labels=order.labels,
        feasibility_checked=scribe.random() < 0.7,
        **_dates(order, chosen_by),
    )
    if scribe.random() < 0.35:
        number = str(order.number)
        inner = promise_support(order, "delivery", number, order.due - DAY, written + MINUTE)
    if scribe.random() < 0.0008:
        again = {"wording": "Livraison par la tournée."} if scribe.random() < 0.5 else {}
        delivery.say_again(written + 10 * MINUTE, **again)
    settle_fate(delivery, "delivery_conducted" if order.conducted else None)
    if inner is not None and not inner.step and delivery.fate in NOT_DELIVERED:
        inner.release(delivery.settled_at + MINUTE, "no_longer_needed")
    return delivery


def _dates(order: Order, chosen_by: str) -> dict[str, Any]:
    """The customer who chose the week wants no rose before it; some of the others had wished for
    another day."""
    if chosen_by == "customer":
        wished, earliest = order.due, evening(order.due, -7)
        return {"due_chosen_by": chosen_by, "requested_at": moment(wished), "earliest": earliest}
    chance = order.scribe.random()
    wished = evening(order.placed, 3 + int(chance * 20))
    return {"due_chosen_by": chosen_by, "requested_at": moment(wished) if chance < 0.3 else None}


def hand_out(order: Order, handed: int, at: int) -> None:
    """The parcel goes to the carrier and then to the customer, a minute before it is written that
    the promise was kept."""
    parcel = f"parcel:{order.number}-{len(order.delivered) + 1}"
    order.touch(company.PARCELS, handed, "parcel_handed_over", "field", "company", parcel)
    order.touch(company.PARCELS, at - MINUTE, "delivery", "field", "company", parcel)
    order.delivered.append(at)
