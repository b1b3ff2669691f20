"""Promises between departments, each for the sake of one that was made to a customer."""

from __future__ import annotations

from typing import Final

from simulator.company import GREENHOUSE, LEDGER
from simulator.local_time import SECOND
from simulator.promises import Journey, Promise

#: By what was promised to the customer, with the first word of its id: the first word of the inner
#: promise's, what it is about, who promises, and to which department.
_SUPPORTS: Final = {
    "delivery": ("DELIVERY", "HANDOVER", "handover", GREENHOUSE, "web-shop"),
    "refund": ("REFUND", "APPROVAL", "approval", LEDGER, "payments"),
    "replacement": ("REPLACEMENT", "RESERVATION", "reservation", GREENHOUSE, "care"),
}


def promise_support(journey: Journey, served: str, number: str, due: int, at: int) -> Promise:
    """One department promises another its part of what was promised to the customer: of a
    ``delivery``, a ``refund`` or a ``replacement``."""
    outer, inner, about, source, department = _SUPPORTS[served]
    return journey.scribe.promise(
        journey,
        f"{inner}-{number}",
        about,
        source,
        at,
        refs=(),
        due=due,
        made_to=f"department:{department}",
        supports=f"{outer}-{number}",
        due_chosen_by="company",
    )


def keep_support(inner: Promise | None, at: int) -> None:
    """Keeps it at ``at``, or as soon as it is written down; once, however often the outer promise
    is said to be kept. A company that keeps its word does not let it wait until then."""
    if inner is not None and not inner.step:
        if inner.journey.scribe.practices.keeps_its_word and inner.due is not None:
            at = min(at, inner.due)
        inner.keep(max(at, inner.made_at + SECOND))
