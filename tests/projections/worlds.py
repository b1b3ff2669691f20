"""Random worlds: sets of facts in which everything meets everything.

Names are few, so that facts fall on the same commitments, customers, payments and issues; days are
few and mostly whole, in some worlds two, so that sequences, places and ids decide. A retraction
names facts of its world (retractions too, itself too, in circles and before their targets), ids
that nobody has and text that is no id. Policies and calendars come late, in versions, readable and
not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.events import BODIES
from domain.facts import Fact
from schemas import catalogue
from schemas.catalogue import Field
from tests.domain.given import day
from tests.projections.stores import arrived

Values = st.SearchStrategy[Any]

#: The last is a customer's only where it is linked to another.
CUSTOMERS = ("customer:1", "customer:2", "customer:3", "account:4")
COMMITMENTS = ("C1", "C2", "C3")
DEPARTMENTS = ("care", "network", "billing")
#: The last two are parties: a customer's own ids are no business objects, those of others are.
REFS = (
    "order:1",
    "order:2",
    "parcel:1",
    "commitment:C1",
    "issue:I1",
    "payment:P2",
    "customer:1",
    "customer:2",
)

DAYS = st.integers(0, 12)
INSTANTS = DAYS.map(day) | st.integers(0, 12_000_000).map(
    lambda number: day(0) + timedelta(microseconds=number * 86_400 + number % 7)
)
#: Of a world in which all that happens happens on two days.
CROWDED = st.integers(0, 1).map(day)

DURATIONS = (
    "P2D",
    "PT36H",
    "P1M",
    "3 working days",
    "10 working hours",
    "90 working minutes",
    "soon",
    "P9999Y",
)
#: What comes to an envelope as the place among its source's facts, and what only looks like one.
SEQUENCES = st.none() | st.sampled_from(
    ("0", "1", "2", "9", "10", "007", "9" * 18, "9" * 19, "", " 1", "-1", "+1", "1e3", "1.0", "٣")
)

#: What stands in a field of that name, whatever the type. Other fields hold a plain value.
FIELDS: Mapping[str, Values] = {
    "refs": st.lists(st.sampled_from(REFS), max_size=3).map(tuple),
    "commitment_id": st.sampled_from(COMMITMENTS),
    "about_commitment_id": st.sampled_from(COMMITMENTS),
    "supports": st.sampled_from(COMMITMENTS),
    "issue_id": st.sampled_from(("I1", "I2")),
    "payment_id": st.sampled_from(("P1", "P2")),
    "first_payment_id": st.sampled_from(("P1", "P2")),
    "decision_id": st.sampled_from(("D1", "D2")),
    "entitlement_id": st.sampled_from(("E1", "E2")),
    "journey_id": st.sampled_from(("J1", "J2")),
    "to_ref": st.sampled_from(REFS),
    "about_ref": st.sampled_from(REFS),
    "party_a": st.sampled_from(CUSTOMERS),
    "party_b": st.sampled_from(CUSTOMERS),
    "made_to": st.sampled_from(CUSTOMERS),
    "about": st.sampled_from(("delivery", "callback", "issue.acknowledged", "issue.answered")),
    "regime": st.just("bank"),
    "in_time": st.booleans(),
    "wording": st.sampled_from(("at nine", "AT NINE")),
    "owner": st.sampled_from(DEPARTMENTS),
    "to_department": st.sampled_from(DEPARTMENTS),
    "amount_minor": st.sampled_from((100, 60, 40, 0, -40, 2**62)),
    "currency": st.sampled_from(("EUR", "EUR", "USD")),
    "score": st.integers(-1, 10),
    "scale_min": st.integers(0, 1),
    "scale_max": st.sampled_from((5, 7, 10)),
    "respondents": st.integers(5, 9),
    "favourable": st.integers(0, 5),
    "behaviour": st.sampled_from(("listens", "sends away")),
    "reason": st.sampled_from(("urgent", "unsafe")),
    "topic": st.sampled_from(("canteen", "packaging")),
    "idea_id": st.sampled_from(("IDEA1", "IDEA2")),
    "report_id": st.sampled_from(("R1", "R2")),
    "feedback_id": st.sampled_from(("F1", "F2")),
    "fact_id": st.sampled_from(("F2", "F3")),
    "method": st.sampled_from(("card", "transfer")),
    "rule_id": st.sampled_from(("refunds", "parking")),
    "situation": st.sampled_from(("twins", "bees")),
    "prompted_by": st.lists(st.sampled_from(("twins", "bees", "D1")), max_size=3).map(tuple),
    "cause": st.sampled_from(("glue", "rain")),
    "version": st.integers(1, 3),
    "due": st.sampled_from(DURATIONS),
    "calendar_id": st.sampled_from(("CAL1", "CAL2")),
    "timezone": st.sampled_from(("UTC", "Europe/Paris", "America/Sao_Paulo", "Nowhere/City")),
    "weekly": st.sampled_from(
        (
            ("mon 09:00-12:00", "mon 13:00-17:00", "thu 09:00-17:00"),
            tuple(f"{name} 00:00-24:00" for name in ("mon", "tue", "wed", "thu", "fri")),
            ("funday 09:00-12:00",),
            (),
        )
    ),
    "closed": st.sampled_from(((), ("2026-01-05",), ("never",))),
    "special": st.sampled_from(((), (), ("2026-01-05 10:00-12:00",), ("2026-01-05",))),
    "holidays": st.sampled_from(("FR", "DE-BY", "XX")),
    "labels": st.lists(st.sampled_from(("priority:P1", "priority:P2", "loan:yes")), max_size=2).map(
        tuple
    ),
}

#: Fields that may be null and are null here unless they are among these.
OFTEN_GIVEN = frozenset(FIELDS) | {
    "due_at",
    "earliest_at",
    "entry_point",
    "sent_at",
    "answered_at",
}

PLAIN: Mapping[str, object] = {
    "string": "something",
    "int": 1,
    "long": 1,
    "double": 1.5,
    "boolean": False,
    "strings": (),
}

#: Types whose facts move something, by how often they are drawn; any other type is drawn too.
WEIGHTS: Mapping[str, int] = {
    "commitment.made": 6,
    "commitment.rescheduled": 4,
    "commitment.handed_over": 3,
    "commitment.accepted": 3,
    "commitment.part_honoured": 1,
    "commitment.honoured": 4,
    "commitment.released": 2,
    "commitment.abandoned": 2,
    "commitment.disputed": 2,
    "commitment.dispute_settled": 2,
    "commitment.reopened": 2,
    "commitment.paused": 2,
    "commitment.resumed": 2,
    "customer.chased": 2,
    "touchpoint.occurred": 3,
    "progress.shared": 2,
    "payment.captured": 3,
    "payment.linked": 2,
    "payment.refunded": 3,
    "issue.opened": 3,
    "issue.answered": 2,
    "issue.resolved": 2,
    "issue.reopened": 1,
    "entitlement.checked": 2,
    "suspicion.cleared": 2,
    "discretion.used": 2,
    "discretion.sampled": 1,
    "discretion.reviewed": 2,
    "remedy.given": 1,
    "error.acknowledged": 1,
    "feedback.given": 1,
    "identity.linked": 5,
    "identity.unlinked": 3,
    "fact.retracted": 8,
    "policy.published": 4,
    "calendar.published": 3,
}
DRAWN = [name for name, weight in WEIGHTS.items() for _ in range(weight)]
TYPES = st.sampled_from([*DRAWN, *(name for name in catalogue.TYPES if name not in WEIGHTS)])

#: Small numbers and very large ones, since an id has no sign and a database's integers do.
IDS = st.integers(1, 2**10) | st.integers(2**127, 2**127 + 2**10)


def _value(field: Field) -> Values:
    if field.name in FIELDS:
        some = FIELDS[field.name]
    elif field.kind == "timestamp":
        some = INSTANTS
    elif field.kind == "enum":
        some = st.sampled_from(field.symbols)
    elif field.kind == "boolean":
        some = st.booleans()
    else:
        some = st.just(PLAIN[field.kind])
    if not field.nullable:
        return some
    return st.none() | some if field.name in OFTEN_GIVEN else st.none()


@cache
def _said(type: str) -> Values:
    return st.fixed_dictionaries({field.name: _value(field) for field in catalogue.fields(type)})


def _targets(ids: Sequence[UUID]) -> Values:
    """What a retraction, or the answer to a card, may name: mostly a fact of this world."""
    there = st.sampled_from(ids).map(str)
    missing = st.sampled_from([str(UUID(int=7)), "nothing", "{" + str(ids[0]) + "}"])
    return st.one_of(there, there, there, there.map(str.upper), missing)


@st.composite
def worlds(
    draw: st.DrawFn, max_size: int = 40, types: st.SearchStrategy[str] = TYPES
) -> list[Fact]:
    """The facts of a ledger, by position: distinct ids in an order of arrival that has nothing to
    do with when they happened. Several are recorded at the same instant."""
    # The size is drawn first: left to itself, hypothesis prefers lists of a handful.
    size = draw(st.integers(1, max_size))
    numbers = draw(st.lists(IDS, min_size=size, max_size=size, unique=True))
    ids = [UUID(int=number) for number in numbers]
    targets = _targets(ids)
    times = draw(st.sampled_from([INSTANTS, INSTANTS, CROWDED]))
    facts = []
    for id in ids:
        type = draw(types)
        said = draw(_said(type))
        if type == "fact.retracted":
            said = {**said, "fact_id": draw(targets)}
        if type == "yellow_card.answered":
            said = {**said, "card": draw(targets)}
        facts.append(
            Fact(
                id=id,
                type=type,
                source=f"/{draw(st.sampled_from(DEPARTMENTS))}/system",
                subject=draw(st.sampled_from(CUSTOMERS)),
                time=draw(times),
                body=BODIES[type].model_validate(said),
                position=0,
                recorded_at=day(0),
                sequence=draw(SEQUENCES),
            )
        )
    return arrived(facts)
