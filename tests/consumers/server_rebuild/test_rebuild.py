"""What a rebuild makes of a topic on which everything happens that can."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import pytest
from confluent_kafka import TopicPartition

from consumers.rebuild import read
from consumers.rebuild.run import rebuild
from domain.positions import Vector
from ledger.errors import Lost
from projections.postgres import rebuild_state
from projections.postgres.connection import connected
from tests.chaos.facts import parcel, parcels
from tests.consumers.server_rebuild.homes import Home
from tests.consumers.server_rebuild.test_read import positions
from tests.domain.given import fact
from tests.helpers import PATIENCE
from tests.servers.set_aside import quarantine_of_live
from tests.servers.topics import admin


def test_every_row_is_what_the_folds_say(home: Home, scratch_folder: Path) -> None:
    """Duplicates, contradictions, garbage, retractions, linked identities, policies, transactions
    with their markers: to the row, and beside the views as workers had kept them."""
    told = parcels(random.Random(1))
    middle = len(told) // 2
    home.send(told[:middle], together=True)
    home.keep_up()
    home.send(told[middle:])
    (before,) = home.generations()
    heard: list[tuple[int, int]] = []
    done = rebuild(
        home.kafka, home.views, lambda n, total: heard.append((n, total)), folder=scratch_folder
    )
    home.expect_whole()
    facts, unreadable = home.sent()
    assert done.facts == len(facts)
    assert Vector(done.horizon) == home.head()
    assert unreadable < home.quarantined(), "contradictions are in quarantine too"
    (after,) = home.generations()
    assert (after.state, after.id > before.id) == ("live", True)
    assert home.schemas() == {f"pledger_g{after.id}"}
    assert not scratch_folder.exists()
    assert {row["owner"] for row in home.rows("progress")} == {None}, "no worker is at it"
    assert heard[-1][0] == heard[-1][1] == sum(home.head().values())
    assert [n for n, _ in heard] == sorted(n for n, _ in heard)
    with connected(home.dsn, "control") as connection:
        assert rebuild_state.current(connection, home.schema) is None


@pytest.mark.parametrize("few", [0, 10_000])
def test_this_process_and_others_read_the_same(
    home: Home, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.send(parcels(random.Random(3)))
    monkeypatch.setattr(read, "FEW", few)
    with patch.object(read, "_start", wraps=read._start) as start:
        found = list(read.portions(home.kafka, Vector({}), home.head(), 2))
    facts, unreadable = home.sent()
    assert start.called == (few == 0)
    assert {at for one in found for at in positions(one)} >= {fact.position for fact in facts}
    assert {(m.partition, m.offset) for one in found for m, _ in one.misfits} == unreadable
    assert {p: end for one in found for p, end in one.ends.items()} == home.head()


def test_rows_and_quarantine_are_those_of_workers(home: Home, scratch_folder: Path) -> None:
    home.send(parcels(random.Random(2)))
    home.keep_up()
    with home.looking() as connection:
        listed = quarantine_of_live(connection).listed(limit=10_000)
        # Somebody has looked at one of them.
        first = listed[0]
        place = (first.partition, first.offset)
        with connection.transaction():
            at = rebuild_state.clock(connection)
            quarantine_of_live(connection).settle(place, "dismissed", at, "a test")
    names = ("fact", "commitment", "policy_date", "retraction", "customer")
    kept = {name: sorted(map(str, home.rows(name))) for name in names}
    rebuild(home.kafka, home.views, folder=scratch_folder)
    assert {name: sorted(map(str, home.rows(name))) for name in names} == kept
    assert place not in home.quarantined(), "what is dismissed stays dismissed"
    with home.looking() as connection:
        again = quarantine_of_live(connection).listed(limit=10_000)
    assert again == listed[1:], "first seen when they were, and no other ones"


def test_quarantine_is_the_same_whichever_partition_was_read_first(
    home: Home, scratch_folder: Path
) -> None:
    """The worker drops a copy of a fact as a duplicate, before it meets the one that counts in the
    place of both. The rebuild knows all of them at once."""
    one = fact("commitment.made", 1, id=UUID(int=1))
    other = replace(one, subject="customer:2")
    third = replace(one, source="/billing/other")
    home.send([parcel(one)])
    (first,) = (p for p, end in home.head().items() if end)
    home.send([*[parcel(other)] * 3, *[parcel(third)] * 2])
    (second,) = (p for p, end in home.head().items() if end and p != first)
    home.keep_up(Vector({second: 3}))
    home.keep_up()
    assert home.quarantined() == {(second, 0), (first, 1)}
    with connected(home.dsn, "control") as connection:
        connection.execute(f"DELETE FROM {home.schema}.quarantine".encode())
    rebuild(home.kafka, home.views, folder=scratch_folder)
    assert home.quarantined() == {(second, 0), (first, 1)}
    home.expect_whole()


def test_an_empty_topic(home: Home, scratch_folder: Path) -> None:
    done = rebuild(home.kafka, home.views, folder=scratch_folder)
    assert (done.facts, sum(done.horizon.values())) == (0, 0)
    home.send(parcels(random.Random(3)))
    home.keep_up()
    home.expect_whole()


def test_workers_go_on_from_a_rebuild(home: Home, scratch_folder: Path) -> None:
    told = parcels(random.Random(4))
    home.send(told[:1000])
    rebuild(home.kafka, home.views, folder=scratch_folder)
    home.send(told[1000:])
    home.keep_up()
    home.expect_whole()


def test_a_topic_that_has_lost_facts(home: Home, scratch_folder: Path) -> None:
    home.send(parcels(random.Random(5)))
    place = TopicPartition(home.kafka.topic, 1, 100)
    client = admin(home.kafka.bootstrap_servers)
    client.delete_records([place])[place].result(PATIENCE)
    with pytest.raises(Lost, match="expected offset 0 of partition 1"):
        rebuild(home.kafka, home.views, folder=scratch_folder)
    rebuild(home.kafka, home.views, folder=scratch_folder, forget_lost=True)
    with home.looking() as connection:
        query = "SELECT min(position) FROM fact WHERE position >> 48 = 1"
        assert connection.execute(query).fetchall()[0][0] > (1 << 48) + 100
    assert home.reach() == home.head()


def test_a_partition_that_has_lost_all(home: Home, scratch_folder: Path) -> None:
    home.send(parcels(random.Random(7)))
    head = home.head()
    place = TopicPartition(home.kafka.topic, 0, head[0])
    client = admin(home.kafka.bootstrap_servers)
    client.delete_records([place])[place].result(PATIENCE)
    with pytest.raises(Lost):
        rebuild(home.kafka, home.views, folder=scratch_folder)
    rebuild(home.kafka, home.views, folder=scratch_folder, forget_lost=True)
    assert home.reach() == head


def test_a_topic_that_ends_before_the_views(home: Home, scratch_folder: Path) -> None:
    home.send(parcels(random.Random(6)))
    home.keep_up()
    known = home.reach()
    with home.looking() as connection:
        # As the topic looks to the views after it was made anew, or put back from an old copy.
        connection.execute("UPDATE progress SET next_offset = next_offset + 5 WHERE partition = 0")
    with pytest.raises(Lost, match="live views are of"):
        rebuild(home.kafka, home.views, folder=scratch_folder)
    rebuild(home.kafka, home.views, folder=scratch_folder, forget_lost=True)
    assert home.reach() == known
    home.expect_whole()
