"""What people decide about messages in quarantine holds in views that are built anew, whatever the
program that builds them can read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from consumers import quarantine
from consumers.decode import Arrival, decode_messages
from consumers.rebuild.run import rebuild
from consumers.rebuild.swap import CatchUp
from consumers.worker import apply_batch
from consumers.worker.db_session import DbSession
from domain.errors import Wrong
from ledger.kafka.arrow import Misfit
from ledger.kafka.ledger import fetch
from ledger.kafka.message import Message
from projections.postgres import rebuild_state
from projections.postgres.connection import connected
from projections.postgres.quarantine import Place
from tests.chaos.facts import parcel, parcels
from tests.consumers.server_rebuild.homes import UNSTOPPED, Home
from tests.domain.given import fact
from tests.servers.set_aside import quarantine_of_live
from tests.simulator.simulated import facts as simulated

FACTS = simulated(1, 60)
TABLES = ("fact", "commitment", "policy_date", "retraction", "customer", "journey", "suspense")


@contextmanager
def earlier_program(blind: Callable[[Message], bool]) -> Iterator[None]:
    """Workers are of a version that can't read some messages yet."""

    def reads(messages: Sequence[Message]) -> tuple[Arrival, list[Misfit]]:
        arrival, misfits = decode_messages([one for one in messages if not blind(one)])
        return arrival, [*misfits, *((one, "it is too new") for one in messages if blind(one))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apply_batch, "decode_messages", reads)
        yield


def ids_of(*ids: str) -> Callable[[Message], bool]:
    return lambda message: (dict(message.headers)["ce_id"] or b"").decode() in ids


@contextmanager
def db_session(home: Home) -> Iterator[DbSession]:
    found = DbSession(home.views, "somebody", partial(fetch, home.kafka), UNSTOPPED)
    try:
        yield found
    finally:
        found.close()


def retry_all(home: Home) -> None:
    """As ``./pledger quarantine retry --all``."""
    with db_session(home) as one:
        for place in sorted(home.quarantined()):
            quarantine.retry(one, place)


def dismiss(home: Home, place: Place) -> bool:
    with connected(home.dsn, "control") as connection:
        at = rebuild_state.clock(connection)
        return quarantine.dismiss(connection, home.schema, place, "a test", at)


def place_of(home: Home, fact_id: str) -> Place:
    """Where a message lies that is in quarantine."""
    with connected(home.dsn, "control") as connection:
        found = quarantine_of_live(connection).listed(limit=10_000)
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
    with pytest.raises(Wrong, match="quarantine retry"):
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
        nowhere = "next_offset = 0, digest = 0, digest_offset = 0, last_offset = NULL"
        connection.execute(f"UPDATE {home.schema}_g{live.id}.progress SET {nowhere}".encode())
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


@contextmanager
def just_before_the_swap(what: Callable[[CatchUp], None]) -> Iterator[None]:
    """When the new views have all that there was until then."""
    whole = CatchUp.try_parked

    def late(catch_up: CatchUp) -> None:
        whole(catch_up)
        what(catch_up)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CatchUp, "try_parked", late)
        yield


@pytest.mark.parametrize("reads_it", [True, False])
def test_what_is_retried_while_views_are_built(
    home: Home, scratch_folder: Path, reads_it: bool
) -> None:
    """The program that builds has met it as what is no fact. At the end it can read it, or is an
    earlier one than that which did; then it is open again, and nothing is lost."""
    late = str(FACTS[250].id)
    home.send([parcel(one) for one in FACTS[:200]])
    home.keep_up()
    with ExitStack() as earlier:

        def meanwhile(catch_up: CatchUp) -> None:
            home.send([parcel(one) for one in FACTS[200:300]])
            with earlier_program(ids_of(late)):
                home.keep_up()
                catch_up.come_near()
            retry_all(home)
            assert not home.quarantined()
            if not reads_it:
                earlier.enter_context(earlier_program(ids_of(late)))

        with just_before_the_swap(meanwhile):
            rebuild(home.kafka, home.views, folder=scratch_folder)
    if not reads_it:
        assert len(home.quarantined()) == 1
        home.expect_whole(without=lambda fact: fact.id == late)
        retry_all(home)
    assert not home.quarantined()
    home.expect_whole()


def test_what_is_dismissed_while_views_are_built(home: Home, scratch_folder: Path) -> None:
    """The program that builds has read it as a fact, and as the first of its id; the live views
    have another one in its place, and so have the new ones then."""
    one = fact("commitment.made", 1, id=UUID(int=1), commitment_id="THIS")
    other = replace(one, subject="customer:2")
    home.send([parcel(one)])
    ((partition, _),) = ((p, end) for p, end in home.head().items() if end)
    home.send([parcel(other), *(parcel(one) for one in FACTS[:200])])

    def is_first(message: Message) -> bool:
        return (message.partition, message.offset) == (partition, 0)

    def meanwhile(catch_up: CatchUp) -> None:
        assert dismiss(home, (partition, 0))

    with earlier_program(is_first):
        home.keep_up()
        kept = rows(home)
        with just_before_the_swap(meanwhile):
            rebuild(home.kafka, home.views, folder=scratch_folder)
    subjects = {row["commitment_id"]: row["subject"] for row in home.rows("commitment")}
    assert subjects["THIS"] == "customer:2"
    assert rows(home) == kept
