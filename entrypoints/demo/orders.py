"""One order: what the customer saw before it, the promise of delivery, the money, the parcel."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrypoints.demo import company
from entrypoints.demo.fates import settle_fate
from entrypoints.demo.giving import Giving, body_of, give
from entrypoints.demo.moments import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    date_of,
    day_number,
    day_of,
    daytime,
    local,
)
from entrypoints.demo.scribe import Scribe
from entrypoints.demo.word import Word

#: Fates of a delivery after which no rose is owed any more.
NOT_DELIVERED = frozenset({"abandoned", "released_early", "released_late", "given_up_released"})


@dataclass(slots=True)
class Order:
    """What the tellers of one order share. ``delivered`` are the times at which a parcel was handed
    to the customer, the first one first; ``fate`` is the delivery's, and ``settled_at`` the time of
    its last step; ``astray``: no system could link the payment."""

    number: int
    party: str
    placed: int
    channel: str
    due: int
    amount: int
    refs: tuple[str, ...]
    delivered: list[int] = field(default_factory=list)
    fate: str = ""
    settled_at: int = 0
    astray: bool = False

    @property
    def thread(self) -> str:
        """The business object that ties the journey together."""
        return self.refs[0]


def before(scribe: Scribe, party: str, start: int) -> int:
    """Adverts and visits, which touch no business object; the time at which the order follows."""
    chance = scribe.random()
    placed = daytime(start + 2 * DAY + int(chance * 5 * DAY)) + int(scribe.random() * 4 * HOUR)
    placed = placed // SECOND * SECOND
    if chance < 0.55:
        letter = chance < 0.4
        seen: dict[str, object] = {
            "kind": "advert_seen",
            "channel": "email" if letter else "social",
            "initiated_by": "company",
        }
        at = start + int(chance * DAY) // SECOND * SECOND
        scribe.fact("touchpoint.occurred", company.NEWSLETTER, party, at, seen, thread=None)
    if scribe.random() < 0.5:
        visit: dict[str, object] = {
            "kind": "web_visit",
            "channel": "web",
            "initiated_by": "customer",
        }
        at = scribe.between(start + DAY, placed)
        scribe.fact("touchpoint.occurred", company.SITE, party, at, visit, thread=None)
    return placed


def due_for(scribe: Scribe, placed: int) -> tuple[int, str]:
    """Until when the roses are promised, and who chose it: potted roses within days; bare-root ones
    soon, or in a week that the customer picks; orders of early autumn wait for November."""
    day = day_of(placed)
    today = date_of(day)
    chance = scribe.random()
    if today.month in (9, 10):
        return local(day_number(today.replace(month=11, day=8)) + int(chance * 22), 18), "company"
    if today.month in company.BARE_ROOT_MONTHS and chance < 0.4:
        return local(day + 10 + int(chance * 90), 18), "customer"
    return local(day + 4 + int(chance * 6), 18), "company"


def place(scribe: Scribe, number: int, party: str, placed: int) -> Order:
    """The order itself."""
    chance = scribe.random()
    channel = "web" if chance < 0.8 else "app" if chance < 0.88 else "phone"
    due, chosen_by = due_for(scribe, placed)
    amount = (1 + int(chance * 4)) * 2490
    order = Order(number, party, placed, channel, due, amount, (f"order:{number}",))
    source = company.PHONE if channel == "phone" else company.ORDERS
    scribe.fact(
        "touchpoint.occurred",
        source,
        party,
        placed,
        {
            "kind": "order_placed",
            "channel": channel,
            "initiated_by": "customer",
            "refs": order.refs,
        },
    )
    _pay(scribe, order)
    scribe.fact(
        "touchpoint.occurred",
        company.INVOICES,
        party,
        scribe.between(placed + 12 * HOUR, placed + 3 * DAY),
        {"kind": "invoice_sent", "channel": "email", "initiated_by": "company", "refs": order.refs},
    )
    _deliver(scribe, order, source, chosen_by)
    return order


def _captured(order: Order, method: str, reference: str) -> dict[str, object]:
    return {
        "payment_id": f"PAYMENT-{order.number}",
        "amount_minor": order.amount,
        "currency": "EUR",
        "method": method,
        "reference": reference,
    }


def _pay(scribe: Scribe, order: Order) -> None:
    chance = scribe.random()
    if chance < 0.006:
        order.astray = True
        _pay_astray(scribe, order)
        return
    at = order.placed + MINUTE
    body = _captured(order, "card" if chance < 0.8 else "wallet", str(order.number))
    body["refs"] = order.refs
    fact = scribe.fact("payment.captured", company.GATEWAY, order.party, at, body)
    linked = at + 2 * MINUTE
    _link(scribe, order, linked, "exact_reference", fact)
    scribe.wait("unlinked_payment", f"PAYMENT-{order.number}", at, fact, linked)


def _pay_astray(scribe: Scribe, order: Order) -> None:
    """A transfer with an unreadable reference: no system links it. Most are linked when the
    customer shows a proof, some are given back whole, a handful stay."""
    at = scribe.between(order.placed + DAY, order.placed + 3 * DAY)
    solved = scribe.between(at + 2 * DAY, at + 25 * DAY)
    chance = scribe.random()
    thread = order.thread if chance < 0.66 and solved <= scribe.end else _astray(order)
    body = _captured(order, "transfer", "ROSE?")
    fact = scribe.fact("payment.captured", company.GATEWAY, order.party, at, body, thread=thread)
    if chance < 0.66:
        _link(scribe, order, solved, "customer_proof", fact)
    elif chance < 0.97:
        back = {
            "payment_id": f"PAYMENT-{order.number}",
            "amount_minor": order.amount,
            "currency": "EUR",
            "reason": "not_identified",
        }
        scribe.fact(
            "payment.refunded", company.REFUNDS, order.party, solved, back, fact, thread=thread
        )
    until = solved if chance < 0.97 else None
    scribe.wait("unlinked_payment", f"PAYMENT-{order.number}", at, fact, until)


def _astray(order: Order) -> str:
    return f"payment:PAYMENT-{order.number}"


def _link(scribe: Scribe, order: Order, at: int, how: str, cause: str) -> None:
    body: dict[str, object] = {
        "payment_id": f"PAYMENT-{order.number}",
        "to_ref": order.thread,
        "how": how,
    }
    scribe.fact("payment.linked", company.LEDGER, order.party, at, body, cause)


def _deliver(scribe: Scribe, order: Order, source: str, chosen_by: str) -> None:
    """The promise of delivery; in a third of cases the greenhouse promises the shop to hand the
    parcel over in time. The inner promise follows what becomes of the outer one."""
    written = order.placed + 4 * MINUTE
    inner: list[Word] = []

    def deed(at: int) -> None:
        handed = at - int((8 + 26 * scribe.random()) * HOUR) // SECOND * SECOND
        handed = max(handed, written + HOUR // 2)
        if inner and not order.delivered:
            inner[0].keep(handed)
        hand_out(scribe, order, handed, at)

    giving = Giving(
        f"DELIVERY-{order.number}",
        "delivery",
        order.party,
        source,
        written,
        order.refs,
        owner="logistics",
        due=order.due,
        channel=order.channel,
        chosen_by=chosen_by,
        requested=order.due if chosen_by == "customer" else None,
        feasible=scribe.random() < 0.7,
        honoured_at_source=company.PARCELS,
        deed=deed,
    )
    word = give(scribe, giving)
    if scribe.random() < 0.35:
        inner.append(_promise_handover(scribe, order, written))
    if scribe.random() < 0.0008:
        _write_twice(scribe, word, giving)
    order.fate = settle_fate(word)
    order.settled_at = word.promise.settled_at
    if inner and not order.delivered and order.fate in NOT_DELIVERED:
        inner[0].release(order.settled_at + MINUTE, "no_longer_needed")


def _write_twice(scribe: Scribe, word: Word, giving: Giving) -> None:
    body = body_of(giving)
    differently = scribe.random() < 0.5
    if differently:
        body["wording"] = "Livraison par la tournée."
    word.say_again(giving.at + 10 * MINUTE, body, differently)


def _promise_handover(scribe: Scribe, order: Order, written: int) -> Word:
    return give(
        scribe,
        Giving(
            f"HANDOVER-{order.number}",
            "handover",
            order.party,
            company.GREENHOUSE,
            written + MINUTE,
            (),
            due=order.due - DAY,
            made_to="department:web-shop",
            supports=f"DELIVERY-{order.number}",
            chosen_by="company",
        ),
    )


def hand_out(scribe: Scribe, order: Order, handed: int, at: int) -> None:
    """The parcel goes to the carrier and then to the customer, a minute before it is written that
    the promise was kept."""
    parcel = (*order.refs, f"parcel:{order.number}-{len(order.delivered) + 1}")
    for when, kind in ((handed, "parcel_handed_over"), (at - MINUTE, "delivery")):
        scribe.fact(
            "touchpoint.occurred",
            company.PARCELS,
            order.party,
            when,
            {"kind": kind, "channel": "field", "initiated_by": "company", "refs": parcel},
        )
    order.delivered.append(at)
