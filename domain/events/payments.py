"""Payments and entitlements."""

from __future__ import annotations

from typing import Literal

from domain.events.body import Body


class PaymentCaptured(Body):
    """Money came in."""

    payment_id: str
    amount_minor: int
    currency: str
    method: str | None = None
    reference: str | None = None


class PaymentLinked(Body):
    """A payment was joined to what it pays for, never by a guess."""

    payment_id: str
    to_ref: str
    how: Literal["exact_reference", "customer_proof", "manual", "other"]


class PaymentRefunded(Body):
    """Money went back."""

    payment_id: str
    amount_minor: int
    currency: str
    reason: str | None = None


class ChargeRepeated(Body):
    """The customer paid twice for one thing."""

    payment_id: str
    first_payment_id: str | None = None
    amount_minor: int
    currency: str


class EntitlementChecked(Body):
    """Somebody looked whether the customer has a right to something."""

    entitlement_id: str
    outcome: Literal["confirmed", "not_found", "refused", "other"]
    rule_id: str | None = None


class ProofPresented(Body):
    """The customer showed a proof."""

    entitlement_id: str
    what: str | None = None


class SuspicionCleared(Body):
    """A suspicion about the customer turned out wrong."""

    entitlement_id: str
    amends: str | None = None
