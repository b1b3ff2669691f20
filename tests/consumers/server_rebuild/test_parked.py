"""Subjects whose facts the projection fails on: a rebuild tries them again, parks again what still
fails, and builds everybody else's views all the same."""

from __future__ import annotations

import random
from pathlib import Path

from consumers.rebuilding import rebuild
from ledger.port import Recorded
from projections.postgres import building, parking
from tests.chaos.facts import parcel
from tests.consumers.server_rebuild.homes import Home
from tests.demo.simulated import facts as simulated
from tests.domain.given import fact

FACTS = [parcel(one) for one in simulated(1, 60)]
POISONED = "customer:poisoned"


def poison() -> list[tuple[bytes, bytes, list[tuple[str, str | bytes]]]]:
    """Facts of one subject, of which the second has an id that is too long for an index of
    PostgreSQL, and can't be made short."""
    chance = random.Random(1)
    long = "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(6_000))
    names = ("C1", long, "C1")
    return [
        parcel(fact("commitment.made", at, of=POISONED, commitment_id=name))
        for at, name in enumerate(names, 1)
    ]


def is_poisoned(one: Recorded) -> bool:
    return one.subject == POISONED


def parked(home: Home) -> list[tuple[str, int]]:
    with home.looking() as connection:
        return [(one.subject, one.facts) for one in parking.listed(connection)]


def test_what_still_fails_is_parked_again(home: Home, scratch_folder: Path) -> None:
    home.send([*FACTS[:300], *poison()])
    home.keep_up()
    assert parked(home) == [(POISONED, 3)]
    notes: list[str] = []
    rebuild(home.kafka, home.views, folder=scratch_folder, on_note=notes.append)
    assert notes == [], "known to be parked, they are not in the way of the others"
    assert parked(home) == [(POISONED, 3)]
    home.expect_whole(without=is_poisoned)


def test_what_nobody_knew_to_fail(home: Home, scratch_folder: Path) -> None:
    """The views that are live hold them, or never met them: the way of the workers finds out."""
    home.send([*FACTS[:300], *poison()])
    notes: list[str] = []
    rebuild(home.kafka, home.views, folder=scratch_folder, on_note=notes.append)
    assert len(notes) == 1
    assert "batch by batch" in notes[0]
    assert parked(home) == [(POISONED, 3)]
    home.expect_whole(without=is_poisoned)
    assert len(home.generations()) == 1


def test_what_does_not_fail_any_more(home: Home, scratch_folder: Path) -> None:
    home.send(FACTS[:300])
    home.keep_up()
    subject = home.sent()[0][0].subject
    with home.looking() as connection:
        parking.park(connection, subject, "an error of yesterday", building.clock(connection))
    home.send(FACTS[300:400])
    home.keep_up()
    rebuild(home.kafka, home.views, folder=scratch_folder)
    assert parked(home) == []
    home.expect_whole()
