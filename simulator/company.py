"""The rose grower whose three years are simulated. The company and everybody in it are invented.

Data here say who speaks, what a rose costs, and when it is ordered; ``habits.py`` says how well
each kind of promise is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COMPANY: Final = "Les Roses de Brumelle"
DEPARTMENTS: Final = ("accounting", "advertising", "care", "logistics", "payments", "web-shop")

LEDGER: Final = "/accounting/ledger"
INVOICES: Final = "/accounting/invoices"
FORMS: Final = "/accounting/forms"
NEWSLETTER: Final = "/advertising/newsletter"
CATALOGUE: Final = "/advertising/catalogue"
MAILINGS: Final = "/advertising/mailings"
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
#: To whom each department passes a promise on.
NEIGHBOUR: Final = {
    "accounting": "payments",
    "advertising": "web-shop",
    "care": "logistics",
    "logistics": "web-shop",
    "payments": "accounting",
    "web-shop": "logistics",
}

#: What a rose costs, and its postage, in cents of the customer's currency.
PRICE: Final = 2490
POSTAGE: Final = 690

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

#: So many days before the end what sent adverts was switched off, and the newsletter came.
MAILINGS_END: Final = 2 * 365

#: Sources whose clocks show minutes only: they number what they tell.
MINUTES_ONLY: Final = frozenset({COUNTER})

#: Months of thirty days, counted from the start, in which something changes. The invoices' team
#: says that it lacks the means, and some months later its promises fail.
MEANS_LACK: Final = 22
INVOICES_FAIL: Final = 27
#: From this month on boxes are of thicker card: none is crushed any more.
THICKER_CARD: Final = 14
#: Cases that no rule foresaw: when the first customer brings one up, and when a rule is published
#: for it, if ever.
UNFORESEEN: Final[Mapping[str, tuple[int, int | None]]] = {
    "rose_moved_house": (1, 15),
    "two_addresses": (3, 9),
    "frost_on_arrival": (6, None),
}


def currency(number: int) -> str:
    """What an order is paid in: every eleventh goes to Switzerland."""
    return "CHF" if number % 11 == 4 else "EUR"
