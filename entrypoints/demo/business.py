"""The business account of the bench: one customer who orders all the time.

All its orders stand under one contract, which every fact of an order names in some way, so that the
customer's life is one long journey.
"""

from __future__ import annotations

from entrypoints.demo import company
from entrypoints.demo.giving import Giving, give
from entrypoints.demo.moments import DAY, MINUTE, day_of, local
from entrypoints.demo.scribe import Scribe
from entrypoints.demo.word import Word

BUSINESS = "customer:business-1"
CONTRACT = "contract:BUSINESS-1"
FACTS_AN_ORDER = 10
#: An order is told in full within so many days.
LASTS = 9 * DAY


def business_order(scribe: Scribe, number: int, at: int) -> None:
    """One of very many orders of a business account: ten facts, all in one journey, because all
    orders stand under one contract."""
    refs = (f"order:B{number}", CONTRACT)
    scribe.open(f"business-{number}", CONTRACT, watched=False)

    def touch(source: str, when: int, kind: str, channel: str, by: str) -> None:
        scribe.fact(
            "touchpoint.occurred",
            source,
            BUSINESS,
            when,
            {"kind": kind, "channel": channel, "initiated_by": by, "refs": refs},
        )

    touch(company.ORDERS, at, "order_placed", "web", "customer")
    _pay(scribe, number, at + 3 * MINUTE, refs)
    delivery, handover = _promise(scribe, number, at, refs)
    handed = scribe.between(at + DAY, at + 4 * DAY)
    touch(company.PARCELS, handed, "parcel_handed_over", "field", "company")
    handover.keep(handed + MINUTE)
    done = scribe.between(handed + DAY, handed + 2 * DAY)
    touch(company.PARCELS, done, "delivery", "field", "company")
    delivery.keep(done + MINUTE)
    touch(company.INVOICES, done + DAY, "invoice_sent", "email", "company")


def _pay(scribe: Scribe, number: int, at: int, refs: tuple[str, ...]) -> None:
    payment = f"PAYMENT-B{number}"
    paid = scribe.fact(
        "payment.captured",
        company.GATEWAY,
        BUSINESS,
        at,
        {"payment_id": payment, "amount_minor": 49800, "currency": "EUR", "refs": refs},
    )
    scribe.fact(
        "payment.linked",
        company.LEDGER,
        BUSINESS,
        at + MINUTE,
        {"payment_id": payment, "to_ref": refs[0], "how": "exact_reference", "refs": refs},
    )
    scribe.wait("unlinked_payment", payment, at, paid, at + MINUTE)


def _promise(scribe: Scribe, number: int, at: int, refs: tuple[str, ...]) -> tuple[Word, Word]:
    due = local(day_of(at) + 5, 18)
    delivery = Giving(
        f"DELIVERY-B{number}",
        "delivery",
        BUSINESS,
        company.ORDERS,
        at + MINUTE,
        refs,
        owner="logistics",
        due=due,
        channel="web",
        chosen_by="company",
        honoured_at_source=company.PARCELS,
    )
    handover = Giving(
        f"HANDOVER-B{number}",
        "handover",
        BUSINESS,
        company.GREENHOUSE,
        at + 2 * MINUTE,
        (),
        due=due - DAY,
        made_to="department:web-shop",
        supports=f"DELIVERY-B{number}",
        chosen_by="company",
    )
    return give(scribe, delivery), give(scribe, handover)
