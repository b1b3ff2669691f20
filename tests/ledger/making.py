"""Facts to put into a ledger. Bodies are any bytes: a ledger does not look into them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from uuid import UUID

from ledger.port import Recorded, Sealed

MAKER = UUID("6b1f5f0e-6f0b-5d0e-9d52-0c3c7f0e9d11")


def an_id(number: int) -> str:
    """An id as good as random, and the same for the same number."""
    return str(UUID(int=random.Random(number).getrandbits(128), version=4))


def a_fact(number: int, body: bytes = b"\0\0\0\0\x06body") -> Sealed:
    """The fact with this number, always the same."""
    return Sealed(
        id=an_id(number),
        type="commitment.made",
        source="/care/phone",
        subject=f"customer:{number}",
        time=1_700_000_000_000_000 + number,
        body=body,
    )


def facts(start: int, stop: int) -> list[Sealed]:
    return [a_fact(number) for number in range(start, stop)]


def batch_of(writer: str, number: int) -> list[Sealed]:
    """The batch with this number of a writer in another process: up to 1,000 facts, of all sizes,
    that name the batch and how many they are. The same whenever it is asked for."""
    chance = random.Random(f"{writer}/{number}")
    size = chance.randint(1, chance.choice((3, 60, 60, 1_000)))
    return [
        Sealed(
            id=str(UUID(int=chance.getrandbits(128), version=4)),
            type=chance.choice(("commitment.made", "customer.chased")),
            source=f"/care/{writer}",
            subject=f"customer:{chance.randint(1, 20)}",
            time=chance.randint(0, 2**50),
            body=chance.randbytes(chance.choice((0, 5, 100, 100, 100, 5_000))),
            correlationid=f"{writer}/{number}",
            sequence=f"{place} of {size}",
            extensions={"traceparent": f"{number}-{place}"} if chance.random() < 0.2 else None,
        )
        for place in range(1, size + 1)
    ]


def sealed(fact: Recorded) -> Sealed:
    """What was given to the ledger, of what it gives back."""
    return Sealed(*fact[2:])


def flat(batches: Sequence[Sequence[Recorded]]) -> list[Recorded]:
    return [fact for batch in batches for fact in batch]
