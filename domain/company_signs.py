"""Signs of the company: the facts by which a customer hears from it.

A silence is the time between two of them, so there is one list, for journeys and for worklists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    # The views read the list below whenever they are opened; the models take long to import.
    from domain.events import ProgressShared, TouchpointOccurred
    from domain.facts import Fact

#: Types that are always a sign. Two more are signs in some cases: see ``is_sign``.
ALWAYS_SIGNS: frozenset[str] = frozenset(
    {
        "commitment.made",
        "commitment.rescheduled",
        "commitment.part_honoured",
        "commitment.honoured",
        "commitment.abandoned",
        "issue.acknowledged",
        "issue.answered",
        "error.acknowledged",
        "remedy.given",
        "payment.refunded",
        "suspicion.cleared",
    }
)


def is_sign(fact: Fact) -> bool:
    """Whether the customer heard from the company by this fact. A touchpoint is a sign unless the
    customer started it; shared progress is one only if it was shown to the customer."""
    if fact.type == "touchpoint.occurred":
        return cast("TouchpointOccurred", fact.body).initiated_by != "customer"
    if fact.type == "progress.shared":
        return cast("ProgressShared", fact.body).shown_to_customer
    return fact.type in ALWAYS_SIGNS
