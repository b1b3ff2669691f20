"""Views of another topic than the one that the live views are of."""

from __future__ import annotations

import random
from pathlib import Path

import psycopg
import pytest
from confluent_kafka.admin import NewPartitions

from consumers.rebuild.run import rebuild
from consumers.rebuild.swap import CatchUp
from ledger.errors import Lost, Repartitioned
from ledger.kafka.ledger import KafkaLedger
from projections.postgres import rebuild_state
from projections.postgres.quarantine import Quarantined
from tests.chaos.facts import Parcel, parcels
from tests.consumers.server_rebuild.homes import Home, die
from tests.helpers import PATIENCE, wait_until
from tests.servers.set_aside import quarantine_of_live
from tests.servers.topics import admin


@pytest.fixture
def told() -> list[Parcel]:
    return parcels(random.Random(8))


def remembered(home: Home) -> list[tuple[object, ...]]:
    with psycopg.connect(home.dsn) as connection:
        found = connection.execute("SELECT name, id FROM pledger.topic ORDER BY generation")
        return found.fetchall()


def test_a_topic_that_has_every_fact(
    home: Home, restored: Home, told: list[Parcel], scratch_folder: Path
) -> None:
    home.send(told)
    home.keep_up()
    # In another order, so that offsets of the one mean nothing on the other.
    restored.send(told[200:] + told[:200])
    with pytest.raises(Lost, match="expected the topic"):
        restored.keep_up()
    assert home.quarantined()
    rebuild(restored.kafka, restored.views, folder=scratch_folder)
    restored.expect_whole()
    with KafkaLedger(restored.kafka) as ledger:
        topic = ledger.topic()
    assert remembered(home) == [(topic.name, topic.id)]
    restored.send(parcels(random.Random(9)))
    restored.keep_up()
    restored.expect_whole()
    with pytest.raises(Lost, match=topic.name):
        home.keep_up()


def unreadable(found: list[Quarantined]) -> list[Quarantined]:
    """Without those that contradict others: which does hangs on when each was recorded."""
    return [one for one in found if one.fact_id is None]


def as_sent(one: Quarantined) -> tuple[object, ...]:
    return one.key, one.value, one.headers


def test_what_was_set_aside_of_another_topic_hides_nothing(
    home: Home, restored: Home, told: list[Parcel], scratch_folder: Path
) -> None:
    """The new views, and what is in quarantine with them, are those of a database that has never
    seen the old topic."""
    home.send(told)
    home.keep_up()
    with home.looking() as connection, connection.transaction():
        aside = quarantine_of_live(connection)
        of_old = aside.listed(limit=10_000)
        for one in of_old:
            # Somebody's word is about that message, not about the one that is in its place now.
            place = one.partition, one.offset
            assert aside.settle(place, "dismissed", rebuild_state.clock(connection), "a test")
    restored.send(told)
    rebuild(restored.kafka, restored.views, folder=scratch_folder)
    restored.expect_whole()
    with restored.looking() as connection:
        found = quarantine_of_live(connection).listed(limit=10_000)
    assert {one.state for one in found} == {"open"}
    assert {one.recorded_at for one in found}.isdisjoint(one.recorded_at for one in of_old)
    assert sorted(map(as_sent, unreadable(found))) == sorted(map(as_sent, unreadable(of_old)))


def test_a_topic_that_lacks_facts(
    home: Home, restored: Home, told: list[Parcel], scratch_folder: Path
) -> None:
    home.send(told)
    home.keep_up()
    rows = home.rows("fact")
    restored.send(told[: len(told) // 2])
    with pytest.raises(Lost, match="every fact that the live views have"):
        rebuild(restored.kafka, restored.views, folder=scratch_folder)
    assert [one.state for one in home.generations()] == ["live", "building"]
    assert home.rows("fact") == rows
    # What was missing is emitted again, and the rebuild goes on.
    restored.send(told)
    rebuild(restored.kafka, restored.views, folder=scratch_folder)
    restored.expect_whole()


def test_facts_that_are_to_be_forgotten(
    home: Home, restored: Home, told: list[Parcel], scratch_folder: Path
) -> None:
    home.send(told)
    home.keep_up()
    restored.send(told[: len(told) // 2])
    had = {row["id"] for row in home.rows("fact")}
    notes: list[str] = []
    rebuild(
        restored.kafka,
        restored.views,
        folder=scratch_folder,
        forget_lost=True,
        on_note=notes.append,
    )
    restored.expect_whole()
    gone = had - {row["id"] for row in restored.rows("fact")}
    (note,) = notes
    assert note.startswith(f"forgotten: {len(gone)} of the views' facts (such as "), note
    assert any(str(one) in note for one in gone), note


def test_a_rebuild_that_was_begun_of_another_topic_is_not_gone_on_with(
    home: Home,
    restored: Home,
    told: list[Parcel],
    scratch_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home.send(told)

    def die(catch_up: CatchUp) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(CatchUp, "come_near", die)
    with pytest.raises(KeyboardInterrupt):
        rebuild(home.kafka, home.views, folder=scratch_folder)
    monkeypatch.undo()
    restored.send(told[:300])
    rebuild(restored.kafka, restored.views, folder=scratch_folder)
    restored.expect_whole()


def test_a_last_record_that_is_another_one(
    home: Home, told: list[Parcel], scratch_folder: Path
) -> None:
    home.send(told)
    home.keep_up()
    with home.looking() as connection:
        connection.execute("UPDATE progress SET last_at = last_at - interval '1 s'")
    with pytest.raises(Lost, match="expected the topic .* at offset"):
        rebuild(home.kafka, home.views, folder=scratch_folder)
    rebuild(home.kafka, home.views, folder=scratch_folder, forget_lost=True)
    home.expect_whole()
    expect_last_records(home)


def expect_last_records(home: Home) -> None:
    """The books have the last fact of each partition, as a worker would find it."""
    with home.looking() as connection:
        found = connection.execute(
            "SELECT p.last_offset, p.last_at FROM progress AS p ORDER BY p.partition"
        ).fetchall()
        facts = connection.execute(
            "SELECT (max(position) & ((1::bigint << 48) - 1)) - 1, max(recorded_at) FROM fact"
            " GROUP BY position >> 48 ORDER BY position >> 48"
        ).fetchall()
    assert found == facts


def test_a_rebuild_that_was_killed_stands_on_records_that_are_gone(
    home: Home, told: list[Parcel], scratch_folder: Path
) -> None:
    home.send(told)
    die(home, scratch_folder, "consumers.rebuild.run.remove", "before", "1")
    (begun,) = (one for one in home.views.generations() if one.state == "building")
    with psycopg.connect(home.dsn, autocommit=True) as connection:
        connection.execute(
            f"UPDATE pledger_g{begun.id}.progress SET last_at = last_at - interval '1 s'".encode()
        )
    rebuild(home.kafka, home.views, folder=scratch_folder)
    home.expect_whole()
    expect_last_records(home)


def test_partitions_that_were_added(home: Home, told: list[Parcel], scratch_folder: Path) -> None:
    home.send(told)
    home.keep_up()
    client, topic = admin(home.kafka.bootstrap_servers), home.kafka.topic
    client.create_partitions([NewPartitions(topic, 4)])[topic].result(PATIENCE)
    with KafkaLedger(home.kafka) as ledger:
        wait_until(lambda: ledger.topic().partitions == 4)
    for forget_lost in (False, True):
        with pytest.raises(Repartitioned, match="3 partitions.*saw 4"):
            rebuild(home.kafka, home.views, folder=scratch_folder, forget_lost=forget_lost)
