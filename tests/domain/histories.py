"""Random facts of one commitment or of a few, for properties.

Days are few and whole, so that facts fall together and their ids decide; some come before the
promise that they are about.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.facts import Fact
from tests.domain.given import day, fact

DEPARTMENTS = st.sampled_from(["care", "network", "billing"])
DAYS = st.integers(0, 12)
IDS = st.integers(1, 2**16).map(lambda number: UUID(int=number))

#: What may be said of a commitment, with the fields that matter to it.
SAID: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "commitment.made": {
        "due_at": st.none() | DAYS.map(day),
        "owner": st.none() | DEPARTMENTS,
        "about": st.sampled_from(["delivery", "callback"]),
    },
    "commitment.rescheduled": {
        "due_at": DAYS.map(day),
        "initiated_by": st.sampled_from(["customer", "company", "unknown"]),
        "customer_agreed": st.booleans(),
    },
    "commitment.paused": {},
    "commitment.resumed": {},
    "commitment.handed_over": {"to_department": DEPARTMENTS},
    "commitment.accepted": {},
    "commitment.part_honoured": {},
    "commitment.honoured": {"in_time": st.none() | st.booleans()},
    "commitment.confirmed": {},
    "commitment.released": {},
    "commitment.abandoned": {},
    "commitment.disputed": {},
    "commitment.dispute_settled": {"outcome": st.sampled_from(["upheld", "rejected"])},
    "commitment.reopened": {},
    "customer.chased": {},
    "progress.shared": {"shown_to_customer": st.booleans()},
    "remedy.given": {},
}


@st.composite
def sayings(draw: st.DrawFn, of: st.SearchStrategy[str]) -> Fact:
    """One fact about one of the commitments ``of``."""
    type = draw(st.sampled_from(sorted(SAID)))
    fields = {name: draw(values) for name, values in SAID[type].items()}
    return fact(
        type,
        draw(DAYS),
        by=draw(DEPARTMENTS),
        id=draw(IDS),
        commitment_id=draw(of),
        **fields,
    )


def _distinct(facts: list[Fact]) -> list[Fact]:
    """A ledger holds one fact an id."""
    return list({one.id: one for one in facts}.values())


@st.composite
def histories(draw: st.DrawFn, of: tuple[str, ...] = ("C",)) -> list[Fact]:
    """Facts of the commitments ``of``; each is made, most often early."""
    opening = [
        fact(
            "commitment.made",
            draw(st.sampled_from([0, 0, 0, 1, 6])),
            id=UUID(int=number),
            commitment_id=name,
            due_at=draw(st.none() | DAYS.map(day)),
        )
        for number, name in enumerate(of, start=2**17)
    ]
    more = draw(st.lists(sayings(st.sampled_from(of)), max_size=30))
    return _distinct(opening + more)
