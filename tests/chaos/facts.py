"""What is emitted: the facts of an invented company, others in which everything meets everything,
promises of which several people tell at the same moment, and messages that are no facts; all in
random order, each of them twice."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from domain.facts import Fact
from ledger.kafka.message import message_of
from tests.domain.given import day, fact
from tests.projections.stores import sealed
from tests.simulator.simulated import facts as simulated

#: Key, value and headers, as a producer takes them.
Parcel = tuple[bytes, bytes, list[tuple[str, str | bytes]]]

# So many there are for each ten faults.
#: Customers of the invented company: some twenty facts each.
CUSTOMERS = 60
#: Facts about few people, promises and payments, told by everybody.
ENTANGLED = 400
#: Of them, facts that bear on keys which they do not name. Batches with one exclude all others, so
#: many of them would keep workers apart that are to meet.
RARE = 6
#: Promises of which two customers tell within a moment, and nobody again: what one worker does not
#: see of the other's half is never mended by a later fold.
MEETINGS = 600
GARBAGE = 6


def parcels(chance: random.Random, size: int = 1) -> list[Parcel]:
    """All that is emitted, in its order. ``size``: how many times as much as for ten faults."""
    # Seeds of the company are few: each is simulated once.
    told = [*simulated(chance.randrange(4), CUSTOMERS * size), *entangled(chance, size)]
    met = [[parcel(one) for one in meeting(chance, number)] for number in range(MEETINGS * size)]
    found = [parcel(one) for one in told]
    found += [
        (f"customer:{number}".encode(), chance.randbytes(20), [("ce_id", b"\xff")])
        for number in range(GARBAGE)
    ]
    alone = [*found, *found, *(parcel(one) for one in contradicting(told, chance))]
    groups = [*met, *met, *([one] for one in alone)]
    chance.shuffle(groups)
    return [one for some in groups for one in some]


def parcel(fact: Fact) -> Parcel:
    """A fact as it is sent."""
    key, value, headers = message_of(sealed(fact))
    return key, value, [*headers]


def entangled(chance: random.Random, size: int) -> list[Fact]:
    """Facts that bear on each other's keys, under subjects that lie in different partitions:
    promises told by several people, people who become one and are parted again, facts that are
    taken back, policies that date promises."""
    return [
        _one(chance, number, chance.choice(RARE_KINDS if number < RARE * size else KINDS))
        for number in range(ENTANGLED * size)
    ]


KINDS = (
    "commitment.made",
    "commitment.made",
    "commitment.honoured",
    "commitment.rescheduled",
    "commitment.disputed",
    "customer.chased",
    "touchpoint.occurred",
    "identity.linked",
    "identity.unlinked",
    "payment.captured",
    "payment.linked",
)
RARE_KINDS = ("fact.retracted", "policy.published")


def _one(chance: random.Random, number: int, kind: str) -> Fact:
    said: dict[str, Any] = {"refs": (f"order:{chance.randrange(40)}",)}
    if kind.startswith(("commitment.", "customer.")):
        said["commitment_id"] = f"E{chance.randrange(40)}"
    if kind == "commitment.made" and chance.random() < 0.5:
        said["due_at"] = day(chance.randrange(60))
    if kind == "commitment.rescheduled":
        said["due_at"] = day(chance.randrange(60))
    if kind.startswith("payment."):
        said["payment_id"] = f"E{chance.randrange(20)}"
    if kind.startswith("identity."):
        said["party_a"], said["party_b"] = (_party(chance), _party(chance))
    if kind == "fact.retracted":
        said["fact_id"] = str(UUID(int=chance.randrange(ENTANGLED)))
    if kind == "policy.published":
        said |= {"policy_id": f"POL{chance.randrange(2)}", "version": chance.randrange(1, 4)}
        said["due"] = chance.choice(("P2D", "PT36H", "P1M"))
    at = chance.randrange(60)
    return fact(kind, at, of=_party(chance), id=UUID(int=number), **said)


def _party(chance: random.Random) -> str:
    return f"customer:tangled-{chance.randrange(24)}"


def meeting(chance: random.Random, number: int) -> list[Fact]:
    """A promise that is made to one and kept to another, in either order."""
    parties = chance.sample(range(200), 2)
    kinds = chance.sample(("commitment.made", "commitment.honoured"), 2)
    return [
        fact(kind, day, of=f"customer:met-{party}", commitment_id=f"M{number}")
        for day, kind, party in zip((1, 2), kinds, parties, strict=True)
    ]


def contradicting(told: Sequence[Fact], chance: random.Random) -> Iterator[Fact]:
    """Facts that somebody tells once more, of another customer: the same id with other content,
    most often in another partition."""
    for one in chance.sample(told, 12):
        yield replace(one, subject=_party(chance))


def ghosts(chance: random.Random, count: int) -> list[Parcel]:
    """Facts that never happened: their transaction is given up."""
    return [
        parcel(
            fact(
                "commitment.made",
                chance.randrange(60),
                of=_party(chance),
                id=UUID(int=chance.getrandbits(128)),
                commitment_id=f"GHOST{chance.randrange(10)}",
            )
        )
        for _ in range(count)
    ]
