"""Entitlements that were doubted: from the first adverse check to the end of the suspicion."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.events import EntitlementChecked
from domain.facts import Fact
from domain.openings import Opened, Step, opened

#: Outcomes of a check that make a suspect of the customer.
ADVERSE = frozenset({"not_found", "refused"})


def entitlements(facts: Iterable[Fact], as_of: datetime | None = None) -> dict[str, Opened]:
    """The entitlements with an adverse check among facts that are known and in force, by their
    ids. The first of these checks opens one."""
    return opened(facts, "entitlement_id", is_adverse, as_of)


def is_adverse(fact: Fact) -> bool:
    """Whether it is a check that did not find, or refused, what the customer claims."""
    return isinstance(fact.body, EntitlementChecked) and fact.body.outcome in ADVERSE


def clearing(entitlement: Opened) -> Step | None:
    """The step that clears the suspicion: the first that says so. What was said before there was
    one clears nothing."""
    return entitlement.first(
        lambda fact: fact.type == "suspicion.cleared" and fact.time >= entitlement.opened_at
    )
