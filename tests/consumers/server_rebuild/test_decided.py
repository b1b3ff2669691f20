"""What people decide about messages in quarantine holds in views that are built anew, whatever the
program that builds them can read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from consumers import repairing, taking
from consumers.arrivals import Arrival
from consumers.keeping import Keeper
from consumers.rebuilding import rebuild
from consumers.repairing import InViews, Place
from consumers.sorting import sort_out
from ledger.kafka.columns import Misfit
from ledger.kafka.fetching import fetch
from ledger.kafka.wire import Message
from projections.postgres import building, quarantine
from projections.postgres.connecting import connected
from tests.chaos.facts import parcel, parcels
from tests.consumers.server_rebuild.homes import AROUND, Home
from tests.demo.simulated import facts as simulated

FACTS = simulated(1, 60)
TABLES = ("fact", "commitment", "policy_date", "retraction", "customer", "journey", "suspense")


@contextmanager
def earlier_program(blind: Callable[[Message], bool]) -> Iterator[None]:
    """Workers are of a version that can't read some messages yet."""

    def reads(messages: Sequence[Message]) -> tuple[Arrival, list[Misfit]]:
        arrival, misfits = sort_out([one for one in messages if not blind(one)])
        return arrival, [*misfits, *((one, "it is too new") for one in messages if blind(one))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taking, "sort_out", reads)
        yield


def ids_of(*ids: str) -> Callable[[Message], bool]:
    return lambda message: (dict(message.headers)["ce_id"] or b"").decode() in ids


@contextmanager
def keeper(home: Home) -> Iterator[Keeper]:
    found = Keeper(home.views, "somebody", partial(fetch, home.kafka), AROUND)
    try:
        yield found
    finally:
        found.close()


def retry_all(home: Home) -> None:
    """As ``./pledger quarantine retry --all``."""
    with keeper(home) as one:
        for place in sorted(home.quarantined()):
            repairing.retry(one, home.schema, place)


def dismiss(home: Home, place: Place) -> bool:
    with connected(home.dsn, "control") as connection:
        at = building.clock(connection)
        return repairing.dismiss(connection, home.schema, place, "a test", at)


def place_of(home: Home, fact_id: str) -> Place:
    """Where a message lies that is in quarantine."""
    with connected(home.dsn, "control") as connection:
        found = quarantine.listed(connection, home.schema, limit=10_000)
    (place,) = {
        (one.partition, one.offset)
        for one in found
        if dict(one.headers).get(b"ce_id") == fact_id.encode()
    }
    return place


def rows(home: Home) -> dict[str, list[str]]:
    return {name: sorted(map(str, home.rows(name))) for name in TABLES}


def test_what_was_dismissed_stays_out(home: Home, scratch_folder: Path) -> None:
    """Though the program that builds the views can read it; what nobody dismissed is in."""
    out, left = str(FACTS[10].id), str(FACTS[20].id)
    home.send([parcel(one) for one in FACTS[:200]])
    with earlier_program(ids_of(out, left)):
        home.keep_up()
    assert dismiss(home, place_of(home, out))
    rebuild(home.kafka, home.views, folder=scratch_folder)
    home.expect_whole(without=lambda fact: fact.id == out)
    # It is in the views now: nobody can say any more that it is no fact.
    with pytest.raises(InViews, match="quarantine retry"):
        dismiss(home, place_of(home, left))
    retry_all(home)
    assert not home.quarantined()
    home.expect_whole(without=lambda fact: fact.id == out)


def test_what_was_dismissed_stays_out_where_workers_read_it_again(home: Home) -> None:
    """As they do when the database was lost, and people's decisions were not."""
    out = str(FACTS[10].id)
    home.send([parcel(one) for one in FACTS[:200]])
    with earlier_program(ids_of(out)):
        home.keep_up()
    assert dismiss(home, place_of(home, out))
    with connected(home.dsn, "control") as connection:
        (live,) = home.generations()
        connection.execute(f"UPDATE {home.schema}_g{live.id}.progress SET next_offset = 0".encode())
    home.keep_up()
    home.expect_whole(without=lambda fact: fact.id == out)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_an_earlier_program_could_not_read(
    home: Home, scratch_folder: Path, seed: int
) -> None:
    """Why the decoder is no part of what the views are known by: once what waits in quarantine was
    taken up, the live views are those that would be built anew."""
    home.send(parcels(random.Random(seed)))
    chance = random.Random(seed)
    places = [(p, offset) for p, end in home.head().items() for offset in range(end)]
    blind = set(chance.sample(places, len(places) // 20))
    with earlier_program(lambda message: (message.partition, message.offset) in blind):
        home.keep_up()
    assert home.quarantined() >= blind
    retry_all(home)
    home.expect_whole()
    kept, waiting = rows(home), home.quarantined()
    rebuild(home.kafka, home.views, folder=scratch_folder)
    assert rows(home) == kept
    assert home.quarantined() == waiting
