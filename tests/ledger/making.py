"""Facts to put into a ledger, such as every home takes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from uuid import UUID

from ledger.envelope import FACT_LIMIT, size_of
from ledger.port import EventData, RecordedEvent
from schemas import codec

MAKER = UUID("6b1f5f0e-6f0b-5d0e-9d52-0c3c7f0e9d11")


def an_id(number: int) -> str:
    """An id as good as random, and the same for the same number."""
    return str(UUID(int=random.Random(number).getrandbits(128), version=4))


def a_body(text: str, type: str = "commitment.made") -> bytes:
    """The wire bytes of a body that says so."""
    fields: dict[str, dict[str, object]] = {
        "commitment.made": {"commitment_id": text, "about": "delivery"},
        "customer.chased": {"channel": "email", "refs": [text]},
    }
    return codec.encode(type, fields[type])


BODY = a_body("c-1")


def a_fact(number: int, body: bytes = BODY) -> EventData:
    """The fact with this number, always the same."""
    return EventData(
        id=an_id(number),
        type="commitment.made",
        source="/care/phone",
        subject=f"customer:{number}",
        time=1_700_000_000_000_000 + number,
        body=body,
    )


def facts(start: int, stop: int) -> list[EventData]:
    return [a_fact(number) for number in range(start, stop)]


def largest(number: int) -> EventData:
    """A fact of as many bytes as a fact may have."""
    text, fact = "", a_fact(number)
    # Twice: the bytes that say how long a text is are more for a long one.
    for _ in range(2):
        text += "x" * (FACT_LIMIT - size_of(fact))
        fact = a_fact(number, a_body(text))
    assert size_of(fact) == FACT_LIMIT
    return fact


def batch_of(writer: str, number: int) -> list[EventData]:
    """The batch with this number of a writer in another process: up to 1,000 facts, of all sizes,
    that name the batch and how many they are. The same whenever it is asked for."""
    chance = random.Random(f"{writer}/{number}")
    size = chance.randint(1, chance.choice((3, 60, 60, 1_000)))
    types = [chance.choice(("commitment.made", "customer.chased")) for _ in range(size)]
    return [
        EventData(
            id=str(UUID(int=chance.getrandbits(128), version=4)),
            type=type,
            source=f"/care/{writer}",
            subject=f"customer:{chance.randint(1, 20)}",
            time=chance.randint(0, 2**50),
            body=a_body(chance.randbytes(chance.choice((0, 5, 50, 50, 50, 2_500))).hex(), type),
            correlationid=f"{writer}/{number}",
            sequence=f"{place} of {size}",
            extensions={"traceparent": f"{number}-{place}"} if chance.random() < 0.2 else None,
        )
        for place, type in enumerate(types, start=1)
    ]


def sealed(fact: RecordedEvent) -> EventData:
    """What was given to the ledger, of what it gives back."""
    return EventData(*fact[2:])


def flat(batches: Sequence[Sequence[RecordedEvent]]) -> list[RecordedEvent]:
    return [fact for batch in batches for fact in batch]
