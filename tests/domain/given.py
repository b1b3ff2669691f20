"""Facts from short calls, so that a test reads as what happened.

``fact("commitment.made", 1, due_at=day(10))`` is a promise made on day 1 and due on day 10. What
is not said is the same everywhere: the commitment ``C``, the customer ``customer:1``, the
department ``care``. An id comes from what is said, so saying the same twice is the same fact;
``n`` tells two facts apart that say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from domain.commitments import Commitment, Folded, State, fold
from domain.events import BODIES
from domain.facts import Fact

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMESPACE = UUID(int=8412)

#: Required fields that a test seldom cares about.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "commitment_id": "C",
        "issue_id": "I",
        "payment_id": "P",
        "decision_id": "D",
        "entitlement_id": "E",
        "about": "delivery",
        "amount_minor": 100,
        "currency": "EUR",
        "channel": "phone",
        "cause": "frost",
        "gesture": "a bouquet",
        "initiated_by": "company",
        "kind": "call",
        "outcome": "upheld",
        "question": "csat",
        "reason": "mistake",
        "remedy": "a bouquet",
        "scale_max": 5,
        "scale_min": 1,
        "score": 4,
        "shown_to_customer": True,
        "to_department": "network",
        "topic": "noise",
        "to_ref": "order:1",
        "how": "manual",
        "version": 1,
        "waiting_for": "customer",
        "what": "order number",
        "from_channel": "email",
        "to_channel": "web",
        "detected_by": "company",
        "level": "manager",
        "final": True,
        "clock_starts": "made",
        "policy_id": "POL",
        "calendar_id": "CAL",
    }
)


def day(number: float) -> datetime:
    """Midnight of a day of the test's calendar; halves are noons."""
    return START + timedelta(days=number)


def fact(
    type: str,
    on: float,
    *,
    by: str = "care",
    of: str = "customer:1",
    id: UUID | None = None,
    n: int = 0,
    sequence: str | None = None,
    **said: Any,
) -> Fact:
    """A fact of that type on a day, said by a department about somebody."""
    model = BODIES[type]
    asked = {
        name: DEFAULTS[name]
        for name, field in model.model_fields.items()
        if field.is_required() and name in DEFAULTS
    }
    body = model(**(asked | said))
    time = day(on)
    if id is None:
        id = uuid5(NAMESPACE, repr((type, time, by, of, n, body)))
    return Fact(
        id=id,
        type=type,
        source=f"/{by}/system",
        subject=of,
        time=time,
        body=body,
        position=1,
        recorded_at=time,
        sequence=sequence,
    )


def made(on: float = 0, **said: Any) -> Fact:
    """A commitment is made."""
    return fact("commitment.made", on, **said)


def honoured(on: float, **said: Any) -> Fact:
    """A commitment is honoured."""
    return fact("commitment.honoured", on, **said)


def moved(on: float, to: float, *, agreed: bool = False, **said: Any) -> Fact:
    """The company moves the date of a commitment, with or without the customer's consent."""
    return fact("commitment.rescheduled", on, due_at=day(to), customer_agreed=agreed, **said)


def retracts(target: UUID | Fact | str, on: float = 0, **said: Any) -> Fact:
    """A retraction of a fact, or of whatever that text names."""
    fact_id = target.id if isinstance(target, Fact) else target
    return fact("fact.retracted", on, fact_id=str(fact_id), **said)


def chased(on: float, commitment_id: str = "C", **said: Any) -> Fact:
    """The customer reminds the company of a commitment."""
    return fact("customer.chased", on, commitment_id=commitment_id, **said)


STATES: tuple[State, ...] = ("open", "honoured", "released", "abandoned", "disputed")

#: One way into each state from a promise made on day 0.
INTO: dict[State, list[Fact]] = {
    "open": [],
    "honoured": [honoured(1)],
    "released": [fact("commitment.released", 1)],
    "abandoned": [fact("commitment.abandoned", 1)],
    "disputed": [honoured(1), fact("commitment.disputed", 2)],
}


def folded(*facts: Fact, as_of: float | None = None) -> Folded:
    """What facts of one commitment fold to, as of a day."""
    found = fold(facts, None if as_of is None else day(as_of))
    assert found is not None
    return found


def then(*facts: Fact, as_of: float | None = None) -> Commitment:
    """The commitment then."""
    return folded(*facts, as_of=as_of).commitment


def applied(*facts: Fact) -> list[bool]:
    """Of each fact, by time, whether it changed anything."""
    return [entry.applied for entry in folded(*facts).history]
