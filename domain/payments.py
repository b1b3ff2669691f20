"""Payments: from the money that came in to what it was for, or to its way back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from domain.events import PaymentCaptured, PaymentRefunded
from domain.facts import Fact
from domain.openings import Opened, Step, opened


def payments(facts: Iterable[Fact], as_of: datetime | None = None) -> dict[str, Opened]:
    """The payments among facts that are known and in force, by their ids."""
    return opened(facts, "payment_id", lambda fact: fact.type == "payment.captured", as_of)


def settling(payment: Opened) -> Step | None:
    """The step that accounts for a payment: its first link, or the refund that gives the whole
    back, in the currency in which it was captured."""
    captured = cast("PaymentCaptured", payment.opening.body)
    returned = 0
    for step in payment.steps:
        body = step.fact.body
        if step.fact.type == "payment.linked":
            return step
        if isinstance(body, PaymentRefunded) and body.currency == captured.currency:
            returned += body.amount_minor
            if returned >= captured.amount_minor:
                return step
    return None
