"""Several workers share the partitions; some are killed, stopped or hang. At the end the views are
what folding the topic offline gives, to the row."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from consumers.worker.apply_batch import Prepared, prepare
from consumers.worker.batch import BatchBuffer
from consumers.worker.db_session import SESSION, DbSession
from domain.positions import Vector
from ledger.kafka.group_consumer import GroupReader
from projections.errors import Fenced
from tests.consumers.server.place import UNSTOPPED, Place
from tests.consumers.server.workers import SESSION_S, WorkerProcess, worker
from tests.helpers import wait_until
from tests.servers.process import free_ports
from tests.simulator.simulated import facts

FACTS = facts(3, 10)
HALF = len(FACTS) // 2

#: How much later than after the session timeout somebody else may have taken over: a heartbeat, by
#: which it hears of that (a tenth of the timeout), a rebalance, and what a busy machine adds.
ALLOWANCE_S = 1.5


def test_one_worker_folds_what_there_is_and_what_comes(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS[:HALF])
    with worker(place, tmp_path) as one:
        place.wait_for(place.head())
        place.emit(FACTS[HALF:], at_once=True)
        wait_until(lambda: len(place.rows("fact")) == len(FACTS))
        one.stop()
    place.expect_rows()
    assert {row[0] for row in place.ask("SELECT owner FROM progress")} == {None}


def taken_after(one: WorkerProcess, before: int) -> set[int]:
    """The partitions that a worker keeps up since it has said so of so many."""
    return {line["partition"] for line in one.events("took over")[before:]}


def test_two_share_and_one_is_killed(place: Place, tmp_path: Path) -> None:
    with worker(place, tmp_path) as one, worker(place, tmp_path) as two:
        wait_until(lambda: one.partitions() != {0, 1, 2} != two.partitions())
        wait_until(lambda: one.partitions() | two.partitions() == {0, 1, 2})
        place.emit(FACTS[:HALF])
        place.wait_for(place.head())
        place.emit(FACTS[HALF:])
        theirs = one.partitions()
        before = len(two.events("took over"))
        killed_at = time.monotonic()
        one.kill()
        wait_until(lambda: taken_after(two, before) >= theirs)
        assert time.monotonic() - killed_at < SESSION_S + ALLOWANCE_S
        place.wait_for(place.head())
        two.stop()
    place.expect_rows()


def test_a_worker_that_is_stopped_leaves_at_once(place: Place, tmp_path: Path) -> None:
    with worker(place, tmp_path) as one, worker(place, tmp_path) as two:
        wait_until(lambda: bool(one.partitions() and two.partitions()))
        place.emit(FACTS)
        one.stop()
        assert one.events("revoked"), "it left the group without a word"
        place.wait_for(place.head())
        wait_until(lambda: two.partitions() == {0, 1, 2})
        assert not two.events("partitions lost")
        two.stop()
    place.expect_rows()


def test_many_begin_at_once(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS[:50])
    with ExitStack() as stack:
        workers = [stack.enter_context(worker(place, tmp_path)) for _ in range(4)]
        place.wait_for(place.head())
        for one in workers:
            one.wait_for("started")
        for one in workers:
            one.stop()
    assert [one.state for one in place.home.generations()] == ["live"]
    place.expect_rows()


def test_a_worker_that_wakes_up_too_late_commits_nothing(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS[:HALF])
    with worker(place, tmp_path) as zombie:
        head = place.head()
        # Not only committed, but told too.
        wait_until(
            lambda: sum(said["facts"] for said in zombie.events("batch")) == sum(head.values())
        )
        zombie.signal(signal.SIGSTOP)
        with worker(place, tmp_path) as other:
            wait_until(lambda: other.partitions() == {0, 1, 2})
            place.emit(FACTS[HALF:])
            place.wait_for(place.head())
            before = place.ask("SELECT partition, epoch, owner FROM progress ORDER BY 1")
            batches = len(zombie.events("batch"))
            zombie.signal(signal.SIGCONT)
            zombie.wait_for("partitions lost")
            assert len(zombie.events("batch")) == batches
            owners = {owner for _, _, owner in before}
            assert owners == {other.log[0]["owner"]}
            wait_until(lambda: len(zombie.partitions() | other.partitions()) == 3)
            other.stop()
        zombie.stop()
    place.expect_rows()


def test_who_hangs_in_the_middle_of_a_batch_holds_up_its_own_partitions_only(
    place: Place, tmp_path: Path
) -> None:
    place.emit(FACTS[:200])
    place.catch_up()
    place.emit(FACTS[200:])
    with psycopg.connect(place.dsn) as hanging:
        held = hanging.execute("UPDATE pledger_g1.progress SET next_offset = 7 WHERE partition = 1")
        assert held.rowcount == 1
        with worker(place, tmp_path) as one:
            one.wait_for("took over", 2)
            head = place.head()
            place.wait_for(Vector({p: end for p, end in head.items() if p != 1}))
            assert {line["partition"] for line in one.events("took over")} == {0, 2}
            # It wakes up no more: the server ends its session, and undoes what it did.
            hanging.rollback()
            place.wait_for(head)
            one.stop()
    place.expect_rows()


@contextmanager
def sending(place: Place, partition: int) -> Iterator[None]:
    """Somebody who stops in the middle of a batch of a partition, while it sends rows. Its session
    must be ended meanwhile."""
    with psycopg.connect(place.dsn) as hanging:
        hanging.execute("SET search_path TO pledger_g1")
        hanging.execute("UPDATE progress SET epoch = 99 WHERE partition = %s", (partition,))
        hanging.execute(RULES)
        sent = ExitStack()
        sent.enter_context(hanging.cursor().copy("COPY payment_linked FROM STDIN"))
        at = "SELECT wait_event FROM pg_stat_activity WHERE pid = %s"
        wait_until(lambda: place.ask(at, hanging.info.backend_pid) == [("ClientRead",)])
        yield
        assert place.ask(at, hanging.info.backend_pid) == []
        with pytest.raises(psycopg.errors.AdminShutdown):
            sent.close()


RULES = "SELECT pg_advisory_xact_lock_shared(hashtextextended(current_schema() || ':rules', 0))"


def test_who_stops_while_it_sends_rows_is_cut_off(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.emit(FACTS)
    db_session = DbSession(place.views(), "one", lambda places: [], UNSTOPPED)
    try:
        held = db_session.take_over(range(3)).held
        with sending(place, 1):
            assert not db_session.take_over([1]).held, "it may yet go on"
            monkeypatch.setattr("consumers.worker.db_session.HANGS_S", 0)
            wait_until(lambda: 1 in db_session.take_over([1]).held)
    finally:
        db_session.close()
    assert held[1].epoch == 1
    assert [row[0] for row in place.ask("SELECT epoch FROM progress ORDER BY partition")] == [
        1,
        2,
        1,
    ]


def test_who_stops_while_it_sends_rows_holds_nobody_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.worker.db_session.HANGS_S", 0)
    monkeypatch.setitem(SESSION, "lock_timeout", "200ms")
    place.emit(FACTS)
    db_session = DbSession(place.views(), "one", lambda places: [], UNSTOPPED)
    try:
        held = db_session.take_over(range(3)).held
        batch = prepare(read(place, dict.fromkeys(range(3), 0)).batch.without([1]))
        with sending(place, 1):
            db_session.write(batch, {partition: held[partition].epoch for partition in (0, 2)})
    finally:
        db_session.close()
    assert db_session.retries >= 1
    assert place.reach().keys() == {0, 2}


def read(place: Place, start: dict[int, int]) -> Prepared:
    """What a worker has read that begins there."""
    reader, buffer = GroupReader(place.kafka, None), BatchBuffer()
    try:
        reader.assign(start)
        for partition, offset in start.items():
            buffer.begin(partition, offset)
        head = place.head()
        while any(buffer.end(partition) < head.get(partition, 0) for partition in start):
            polled = reader.poll(10_000, 0.1)
            buffer.add(polled.messages, polled.ends)
    finally:
        reader.close()
    return prepare(buffer.flush())


def test_a_batch_of_an_earlier_owner_is_not_written(place: Place) -> None:
    place.emit(FACTS)
    old, new = (
        DbSession(place.views(), name, lambda places: [], UNSTOPPED) for name in ("old", "new")
    )
    try:
        held = old.take_over(range(3)).held
        batch = read(place, dict.fromkeys(range(3), 0))
        taken = new.take_over([1]).held
        assert taken[1].epoch == held[1].epoch + 1
        with pytest.raises(Fenced) as fenced:
            old.write(batch, {partition: one.epoch for partition, one in held.items()})
        assert fenced.value.partition == 1
        assert not place.rows("fact"), "some of a batch that is not all ours was kept"
        assert not place.reach()
        # What is left of it is its own.
        rest = prepare(batch.batch.without([1]))
        old.write(rest, {partition: one.epoch for partition, one in held.items()})
        new.write(prepare(batch.batch.without([0, 2])), {1: taken[1].epoch})
        with pytest.raises(Fenced):
            new.write(prepare(batch.batch.without([0, 2])), {1: taken[1].epoch})
    finally:
        old.close()
        new.close()
    place.expect_rows()


def test_the_numbers_are_served_on_the_loopback_interface(place: Place, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    place.emit(FACTS[:HALF])
    place.send(b"no fact")
    head = place.head()

    def seen() -> dict[str, float]:
        try:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        except OSError:
            return {}
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in lines}

    def stands(numbers: dict[str, float]) -> bool:
        lags = [numbers.get(f'pledger_lag_facts{{partition="{one}"}}') for one in head]
        return numbers.get("pledger_quarantine_open") == 1 and not any(lags)

    with worker(place, tmp_path, "--metrics", str(port)) as one:
        place.wait_for(head)
        # The heads and what waits are looked at every few seconds.
        wait_until(lambda: stands(seen()))
        numbers = seen()
        one.stop()
    assert numbers["pledger_up"] == 1
    assert numbers["pledger_facts_total"] == HALF
    assert numbers["pledger_batch_facts_sum"] == HALF + 1
    assert numbers["pledger_batch_seconds_count"] >= 1
    assert numbers["pledger_quarantined_messages_total"] == 1
    assert numbers["pledger_parked_subjects"] == 0
    for partition, end in head.items():
        labels = f'{{partition="{partition}"}}'
        assert numbers[f"pledger_head_offset{labels}"] == end
        assert numbers[f"pledger_position_offset{labels}"] == end
        assert numbers[f"pledger_lag_facts{labels}"] == numbers[f"pledger_lag_seconds{labels}"] == 0
        assert numbers[f"pledger_epoch{labels}"] == 1
    assert f'owner="{one.log[0]["owner"]}"' in "".join(numbers)
