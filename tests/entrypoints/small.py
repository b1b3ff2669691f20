"""A small company in which every command has something to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

Fact = dict[str, Any]

#: When the questions are asked, unless they say otherwise.
AS_OF = "2026-03-01T00:00:00Z"


def id_of(number: int) -> str:
    return str(UUID(int=0x0198_C0DE_0000_7000_8000_0000_0000_0000 + number))


def _fact(number: int, what: str, by: str, subject: str, time: str, **data: object) -> Fact:
    return {
        "specversion": "1.0",
        "id": id_of(number),
        "type": what,
        "source": f"/{by}/desk",
        "subject": subject,
        "time": time,
        "data": data,
    }


def _stories() -> Iterator[Fact]:
    rose, lily, fern = "customer:8412", "customer:77", "customer:5"
    day = "2026-01-{:02}T10:00:00Z".format
    yield _fact(
        1,
        "touchpoint.occurred",
        "shop",
        rose,
        day(1),
        kind="order_placed",
        channel="web",
        initiated_by="customer",
        refs=["order:1"],
    )
    yield _fact(
        2,
        "commitment.made",
        "shop",
        rose,
        day(2),
        commitment_id="ROSE",
        about="delivery",
        owner="logistics",
        entry_point="web",
        due_at=day(10),
        wording="Rosier rouge, l’hiver",
        refs=["order:1"],
    )
    yield _fact(3, "commitment.honoured", "logistics", rose, day(9), commitment_id="ROSE")
    yield _fact(
        4,
        "commitment.made",
        "care",
        rose,
        day(11),
        commitment_id="CALL",
        about="callback",
        entry_point="phone",
        due_at=day(12),
        refs=["order:1"],
    )
    yield _fact(5, "customer.chased", "care", rose, day(13), commitment_id="CALL", channel="email")
    yield _fact(
        6,
        "commitment.rescheduled",
        "care",
        rose,
        day(14),
        commitment_id="CALL",
        due_at=day(20),
        initiated_by="company",
    )
    yield _fact(7, "commitment.honoured", "care", rose, day(15), commitment_id="CALL")
    yield _fact(
        8,
        "feedback.given",
        "care",
        rose,
        day(16),
        question="csat",
        score=4,
        scale_min=1,
        scale_max=5,
        refs=["order:1"],
    )
    yield _fact(
        9,
        "commitment.made",
        "shop",
        lily,
        day(3),
        commitment_id="LILY",
        about="delivery",
        owner="logistics",
        entry_point="shop",
        due_at=day(31),
        refs=["order:2"],
    )
    yield _fact(
        10,
        "commitment.made",
        "logistics",
        "department:shop",
        day(4),
        commitment_id="INNER",
        about="handover",
        due_at="2026-03-05T00:00:00.25Z",
        supports="LILY",
        made_to="department:shop",
    )
    yield _fact(
        11,
        "commitment.made",
        "care",
        lily,
        day(5),
        commitment_id="FREE",
        about="refund",
        refs=["order:3"],
    )
    yield _fact(
        12,
        "commitment.made",
        "care",
        fern,
        day(6),
        commitment_id="GONE",
        about="refund",
        due_at=day(8),
        refs=["order:4"],
    )
    yield _fact(13, "commitment.abandoned", "care", fern, day(7), commitment_id="GONE")
    yield _fact(
        14,
        "commitment.made",
        "care",
        fern,
        day(6),
        commitment_id="LET",
        about="refund",
        due_at=day(20),
        refs=["order:4"],
    )
    yield _fact(15, "commitment.released", "care", fern, day(18), commitment_id="LET")
    yield _fact(
        16,
        "commitment.made",
        "care",
        fern,
        day(6),
        commitment_id="SAID",
        about="callback",
        due_at=day(20),
        refs=["order:5"],
    )
    yield _fact(17, "commitment.honoured", "care", fern, day(19), commitment_id="SAID")
    yield _fact(18, "commitment.disputed", "care", fern, day(21), commitment_id="SAID")
    yield _fact(19, "commitment.honoured", "care", lily, day(22), commitment_id="NOBODY")
    yield _fact(
        20,
        "payment.captured",
        "payments",
        lily,
        "2026-01-23T10:00:00.5+01:00",
        payment_id="P-1",
        amount_minor=4200,
        currency="EUR",
    )
    yield _fact(
        21,
        "feedback.given",
        "care",
        "customer:9000",
        day(24),
        question="nps",
        score=9,
        scale_min=0,
        scale_max=10,
    )
    yield _fact(22, "identity.linked", "care", fern, day(25), party_a=fern, party_b=lily)
    yield {
        **_fact(
            23,
            "touchpoint.occurred",
            "field",
            lily,
            day(26),
            kind="call",
            channel="phone",
            initiated_by="unknown",
        ),
        "correlationid": "T-9",
        "causationid": id_of(9),
        "sequence": "12",
        "traceparent": "00-ab-cd-01",
    }
    yield _fact(
        24,
        "commitment.made",
        "shop",
        rose,
        "2027-01-01T00:00:00Z",
        commitment_id="LATER",
        about="delivery",
        due_at="2027-02-01T00:00:00Z",
        refs=["order:9"],
    )
    yield _fact(25, "fact.retracted", "care", rose, day(27), fact_id=id_of(5), reason="mistaken")


#: In the order in which the ledger learned of them.
FACTS: tuple[Fact, ...] = tuple(_stories())

#: How many of them came with each emit: knowledge grows in these steps.
BATCHES = (3, 4, 5, 6, 5, 2)


def in_batches() -> Iterator[tuple[Fact, ...]]:
    """The facts, emit by emit."""
    start = 0
    for size in BATCHES:
        yield FACTS[start : start + size]
        start += size
    assert start == len(FACTS), "the batches hold all facts"
