"""From emitting a fact to seeing it in an answer, at a steady rate.

One process emits and asks, so that one clock tells both instants: a fact's ``time`` is when it was
handed to the producer. The views are asked as data teams ask them, again and again: what is new in
``pledger.fact``, which changes in one transaction with every view. A fact counts as seen when the
answer that has it is there.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.material import sealed
from bench.measured import Measured, now
from bench.server.homes import home_on
from bench.server.place import fresh_database, fresh_name
from bench.server.topics import ledger_of, make_topic
from bench.server.workers import PATIENCE, SCHEMA, largest_kib, until, working
from domain.positions import position_of
from ledger.kafka.ledger import KafkaLedger
from ledger.port import EventData

#: Seconds between two times at which facts are emitted, and between two questions.
TICK = 0.01
PAUSE = 0.01

_NEW = f"""
SELECT position, (extract(epoch FROM time) * 1000000)::bigint FROM {SCHEMA}.fact
WHERE position > %s AND position < %s
"""


def measure(
    folder: Path, broker: str, postgres: str, partitions: int, rate: int, seconds: int
) -> Measured:
    """Each fact's seconds from emitting it to seeing it; one worker, all views."""
    first, *facts = sealed(folder, rate * seconds + 1)
    topic = fresh_name()
    make_topic(broker, topic, partitions)
    with fresh_database(postgres) as dsn:
        home_on(dsn).prepare()
        with working(1, broker, dsn, topic) as workers, ledger_of(broker, topic) as ledger:
            ledger.append([first])
            until(dsn, 1, workers, time.monotonic)  # it has joined its group by then
            with psycopg.connect(dsn, autocommit=True) as connection:
                waits = _watched(_Watcher(connection, partitions), ledger, facts, rate)
    return Measured(waits, 1, largest_kib())


def _watched(
    watcher: _Watcher, ledger: KafkaLedger, facts: list[EventData], rate: int
) -> list[float]:
    """Emit facts while the views are watched, until all of them are seen."""
    thread = threading.Thread(target=watcher.watch, args=(len(facts),))
    thread.start()
    try:
        _emit(ledger, facts, rate)
    except BaseException:
        watcher.stop.set()
        raise
    finally:
        thread.join()
    if len(watcher.waits) < len(facts):
        raise RuntimeError(
            f"expected {len(facts)} facts in the views, saw {len(watcher.waits)};"
            f" {watcher.problem or 'no more came'}"
        )
    return watcher.waits


def _emit(ledger: KafkaLedger, facts: list[EventData], rate: int) -> None:
    """At each tick the facts that are due by then, each with the present instant as its time."""
    start, done = time.monotonic(), 0
    while done < len(facts):
        due = min(len(facts), int((time.monotonic() - start) * rate) + 1)
        if due > done:
            instant = now()
            ledger.append([fact._replace(time=instant) for fact in facts[done:due]])
            done = due
        time.sleep(TICK)


class _Watcher:
    """Asks for what is new since it was made, partition by partition. ``waits`` has the seconds of
    each fact that was seen."""

    def __init__(self, connection: psycopg.Connection[Any], partitions: int) -> None:
        self.waits: list[float] = []
        self.problem: str | None = None
        self.stop = threading.Event()
        self._connection = connection
        self._last = {partition: position_of(partition, -1) for partition in range(partitions)}
        for partition in self._last:
            self._new(partition)

    def watch(self, facts: int) -> None:
        """Until so many facts are seen, or none come any more."""
        since = time.monotonic()
        try:
            while len(self.waits) < facts and not self.stop.wait(PAUSE):
                for partition in self._last:
                    if emitted := self._new(partition):
                        seen, since = now(), time.monotonic()
                        self.waits += [(seen - one) / 1e6 for one in emitted]
                if time.monotonic() - since > PATIENCE:
                    return
        except psycopg.Error as error:
            self.problem = str(error)

    def _new(self, partition: int) -> list[int]:
        """When the facts of a partition that were not seen before were emitted."""
        end = position_of(partition + 1, -1)
        rows = self._connection.execute(_NEW.encode(), (self._last[partition], end)).fetchall()
        if rows:
            self._last[partition] = max(position for position, _ in rows)
        return [emitted for _, emitted in rows]
