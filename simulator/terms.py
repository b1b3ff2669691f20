"""On what terms something is promised after an order."""

from __future__ import annotations

from typing import Any, Final

from simulator import company
from simulator.company import MAIL, PHONE
from simulator.orders import Order
from simulator.promises import Journey, Promise

#: What is promised after an order: the first word of its id, who promises, through which channel,
#: and who chose the date, where one is given.
_TERMS: Final = {
    "callback": ("CALLBACK", PHONE, "phone", None),
    "catalogue": ("CATALOGUE", company.CATALOGUE, "email", "company"),
    "complaint_answer": ("ANSWER", MAIL, "email", None),
    "invoice_copy": ("INVOICE", company.INVOICES, "email", "company"),
    "refund": ("REFUND", company.REFUNDS, "email", "company"),
    "replacement": ("REPLACEMENT", MAIL, "email", "customer"),
    "stock_notice": ("STOCK", company.SITE, "web", None),
}


def promise_after(
    order: Order,
    about: str,
    at: int,
    *,
    caller: Journey | None = None,
    issue: str | None = None,
    again: str = "",
    **terms: Any,
) -> Promise:
    """Promises something to the customer of an order, or to the caller if that is another party;
    ``issue`` is what gave rise to it, ``again`` ends the id of what is promised once more, and the
    rest are terms of ``Promise``."""
    prefix, source, channel, chosen_by = _TERMS[about]
    refs = order.refs if issue is None else (*order.refs, f"issue:{issue}")
    return order.scribe.promise(
        caller or order,
        f"{prefix}-{order.number}{again}",
        about,
        source,
        at,
        refs=refs,
        entry_point=channel,
        due_chosen_by=chosen_by,
        labels=order.labels,
        **terms,
    )
