"""From emitting a fact to seeing it in an answer, at a steady rate.

One process emits and asks, so that one clock tells both instants: a fact's ``time`` is when it was
handed to the producer. The views are asked as data teams ask them, again and again: what is new in
``pledger.fact``, which changes in one transaction with every view. A fact counts as seen when the
answer that has it is there.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.material import sealed
from bench.measured import Measured, now
from bench.server.homes import home_on
from bench.server.place import fresh_database, fresh_name
from bench.server.topics import ledger_of, make_topic
from bench.server.workers import PATIENCE, SCHEMA, largest_kib, working
from domain.positions import position_of
from ledger.kafka.bulk import BulkKafkaLedger
from ledger.port import Sealed

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
    facts = sealed(folder, rate * seconds)
    topic = fresh_name()
    make_topic(broker, topic, partitions)
    with fresh_database(postgres) as dsn:
        home_on(dsn).prepare()
        with working(1, broker, dsn, topic), ledger_of(broker, topic) as ledger:
            _watch(_Watcher(dsn, partitions), ledger, facts[:1])  # it has joined its group by then
            watcher = _Watcher(dsn, partitions)
            _watch(watcher, ledger, facts[1:], rate)
    return Measured(watcher.seconds, 1, largest_kib())


def _watch(watcher: _Watcher, ledger: BulkKafkaLedger, facts: list[Sealed], rate: int = 1) -> None:
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
    if len(watcher.seconds) < len(facts):
        raise RuntimeError(
            f"expected {len(facts)} facts in the views, saw {len(watcher.seconds)};"
            f" {watcher.problem or 'no more came'}"
        )


def _emit(ledger: BulkKafkaLedger, facts: list[Sealed], rate: int) -> None:
    """At each tick the facts that are due by then, each with the present instant as its time."""
    start, done = time.monotonic(), 0
    while done < len(facts):
        due = min(len(facts), int((time.monotonic() - start) * rate) + 1)
        if due > done:
            instant = now()
            ledger.append([fact._replace(time=instant) for fact in facts[done:due]])
            done = due
        time.sleep(TICK)


@dataclass
class _Watcher:
    """Asks for what is new, partition by partition."""

    dsn: str
    partitions: int
    seconds: list[float] = field(default_factory=list)
    problem: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def watch(self, facts: int) -> None:
        """Until so many facts are seen."""
        try:
            self._watch(facts)
        except psycopg.Error as error:
            self.problem = str(error)

    def _watch(self, facts: int) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            last = self._present(connection)
            since = time.monotonic()
            while len(self.seconds) < facts and not self.stop.is_set():
                for partition, after in last.items():
                    rows = connection.execute(
                        _NEW.encode(), (after, position_of(partition + 1, -1))
                    ).fetchall()
                    if rows:
                        seen, since = now(), time.monotonic()
                        self.seconds += [(seen - emitted) / 1e6 for _, emitted in rows]
                        last[partition] = max(position for position, _ in rows)
                if time.monotonic() - since > PATIENCE:
                    return
                self.stop.wait(PAUSE)

    def _present(self, connection: psycopg.Connection[tuple[int, int]]) -> dict[int, int]:
        """The last position that is there, of each partition."""
        found = {}
        for partition in range(self.partitions):
            first, end = position_of(partition, -1), position_of(partition + 1, -1)
            rows = connection.execute(_NEW.encode(), (first, end)).fetchall()
            found[partition] = max((position for position, _ in rows), default=first)
        return found
