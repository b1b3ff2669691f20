"""The rose grower whose three years are simulated. The company and everybody in it are invented.

Facts here say who speaks, what is sold, when, and how well each department keeps its word. The
numbers are rates for one promise or one order; ``fates.py`` says what each fate does.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final, NamedTuple

COMPANY: Final = "Les Roses de Brumelle"
DEPARTMENTS: Final = ("accounting", "advertising", "care", "logistics", "payments", "web-shop")

LEDGER: Final = "/accounting/ledger"
INVOICES: Final = "/accounting/invoices"
NEWSLETTER: Final = "/advertising/newsletter"
CATALOGUE: Final = "/advertising/catalogue"
MAIL: Final = "/care/mail"
PHONE: Final = "/care/phone"
PARCELS: Final = "/logistics/parcels"
GREENHOUSE: Final = "/logistics/greenhouse"
GATEWAY: Final = "/payments/gateway"
REFUNDS: Final = "/payments/refunds"
ORDERS: Final = "/web-shop/orders"
SITE: Final = "/web-shop/site"
COUNTER: Final = "/web-shop/counter"

#: Where each department speaks when it hands a promise over, takes one on or reports progress.
DESK: Final = {
    "accounting": LEDGER,
    "advertising": CATALOGUE,
    "care": MAIL,
    "logistics": PARCELS,
    "payments": REFUNDS,
    "web-shop": ORDERS,
}

ROSES: Final = (
    "Aube de Brumelle",
    "Petite Lanterne",
    "Grand-mère Odile",
    "Nuit d'Encre",
    "Cuivre Ancien",
    "Belle Sévère",
    "Mousse de Juin",
    "Lettre à Jeanne",
)

#: Orders by month, January first. Bare-root roses leave from November to March, potted ones in
#: spring.
SEASON: Final = (6, 10, 14, 12, 13, 7, 3, 2, 4, 7, 14, 8)
BARE_ROOT_MONTHS: Final = frozenset({11, 12, 1, 2, 3})

#: How many orders a customer places in three years: a share for 1, 2, 3, 4 and 5.
ORDERS_A_CUSTOMER: Final = (0.56, 0.25, 0.11, 0.05, 0.03)

#: A call-back promised without a date is due after so many hours: first 72, after a year 48.
CALLBACK_HOURS: Final = (72, 48)
#: A complaint is answered within so many working days.
ANSWER_DAYS: Final = 5


class Habits(NamedTuple):
    """The fates of one kind of promise: names, and the running sums of their shares."""

    fates: tuple[str, ...]
    sums: tuple[float, ...]


def _habits(**shares: float) -> Habits:
    """What is left to 1 is ``kept``, or ``undated_kept`` where a promise names no date."""
    rest = "undated_kept" if "undated" in shares else "kept"
    rare = shares if "undated" in shares else {"at_the_instant": 0.002, **shares}
    sums = tuple(accumulate(rare.values()))
    if sums[-1] > 1:
        raise ValueError(f"expected shares of at most 1 in all, saw {sums[-1]}; lower one")
    return Habits((*rare, rest), (*sums, 1.0))


HABITS: Final = {
    "delivery": _habits(
        moved_agreed=0.045,
        moved_by_customer=0.03,
        moved_alone=0.034,
        forgiven=0.010,
        late=0.020,
        late_chased=0.016,
        forgotten=0.004,
        abandoned=0.007,
        released_early=0.012,
        released_late=0.002,
        disputed_upheld=0.004,
        disputed_rejected=0.003,
        disputed_open=0.0004,
        reopened=0.003,
        paused=0.006,
        chased_kept=0.012,
        released_done=0.001,
        given_up_released=0.001,
        given_up_done=0.001,
        wrong_scan=0.004,
        scan_restored=0.002,
    ),
    "callback": _habits(
        moved_agreed=0.02,
        moved_by_customer=0.02,
        moved_alone=0.01,
        forgiven=0.01,
        late=0.10,
        late_chased=0.06,
        forgotten=0.025,
        released_early=0.01,
        chased_kept=0.05,
        handed=0.03,
        refused=0.02,
        ownerless=0.006,
    ),
    "complaint_answer": _habits(
        moved_agreed=0.04,
        late=0.06,
        late_chased=0.05,
        forgotten=0.015,
        abandoned=0.005,
        disputed_rejected=0.01,
        disputed_upheld=0.01,
        reopened=0.02,
        paused=0.06,
        chased_kept=0.06,
        handed=0.03,
        refused=0.01,
    ),
    "replacement": _habits(
        moved_agreed=0.22,
        moved_by_customer=0.08,
        moved_alone=0.03,
        late=0.03,
        late_chased=0.03,
        forgotten=0.02,
        abandoned=0.01,
        released_early=0.02,
        handed=0.10,
        refused=0.02,
        ownerless=0.01,
        chased_kept=0.04,
    ),
    "refund": _habits(
        late=0.11,
        late_chased=0.09,
        forgotten=0.02,
        moved_alone=0.05,
        forgiven=0.01,
        disputed_upheld=0.01,
        chased_kept=0.06,
    ),
    "invoice_copy": _habits(
        late=0.05,
        late_chased=0.02,
        forgotten=0.01,
        released_early=0.02,
        chased_kept=0.02,
        refused=0.02,
        handed=0.02,
    ),
    "catalogue": _habits(
        late=0.14,
        forgotten=0.09,
        abandoned=0.03,
        released_early=0.01,
        late_chased=0.02,
        moved_alone=0.06,
    ),
    "stock_notice": _habits(
        undated=0.30, undated_released=0.05, dated_later=0.20, dated_then_slipped=0.05
    ),
}
