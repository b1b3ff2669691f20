"""The servers, the workers and the emitter of one chaos run, and what can be seen of them."""

from __future__ import annotations

import re
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from psycopg.conninfo import make_conninfo

from projections.postgres import checkpoints, control_schema
from tests.chaos.facts import Parcel
from tests.helpers import PATIENCE, ROOT, wait_until
from tests.servers.broker import Broker
from tests.servers.postgres import Postgres
from tests.servers.process import ServerProcess
from tests.servers.topics import LEDGER_TOPIC, create_topic

TOPIC = "pledger.facts"
PARTITIONS = 4
SCHEMA = "pledger"
#: What a worker process runs.
WORKING = "entrypoints"
#: What decides, at one desk.
DECIDING = "tests.chaos.decider"
#: Seconds of silence after which a worker is taken for dead.
SESSION_S = 3


class Worker:
    """``./pledger worker`` as a process."""

    def __init__(self, name: str, home: Path) -> None:
        self.name = name
        self.process = ServerProcess(f"worker {name}", home / f"{name}.log")
        self.process.launch(
            [
                *("env", f"PYTHONPATH={ROOT}", sys.executable, "-P", "-m", WORKING),
                *("worker", "--home", home, "--session-timeout", str(SESSION_S)),
            ]
        )

    @property
    def owner(self) -> str:
        """What it is called in the books."""
        return f"{socket.gethostname()}:{self.process.pid}"

    def stop(self) -> None:
        """SIGTERM; it must end by itself and well. Before its first word it would just die."""
        self.process.wait_until(lambda: self.process.log.stat().st_size > 0)
        self.process.stop(signal.SIGTERM, PATIENCE)
        assert self.process.status == 0, f"{self.name} did not end well.\n{self.process.tail()}"


class Decider:
    """A process that decides at the desk."""

    def __init__(self, name: str, home: Path) -> None:
        self.process = ServerProcess(f"decider {name}", home / f"{name}.log")
        self.process.launch(
            [
                *("env", f"PYTHONPATH={ROOT}", sys.executable, "-P", "-m", DECIDING),
                *(home, name),
            ]
        )

    def told(self) -> list[str]:
        """The facts of the decisions of which it was told."""
        return re.findall(r"^[0-9a-f-]{36}$", self.process.log.read_text(), re.MULTILINE)


class Emitter(threading.Thread):
    """Sends messages in their order, a few at a time, as far as it is let."""

    #: Messages at once, and seconds until the next ones. Workers are to have something to do at
    #: every moment, and little at a time: that is when they get into each other's way.
    AT_ONCE = 4
    PACE = 0.02

    def __init__(self, address: str, parcels: Sequence[Parcel]) -> None:
        super().__init__(name="emitter")
        self._producer = Producer(
            {
                "bootstrap.servers": address,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 1,
                "log_level": 0,
            }
        )
        self._parcels = deque(parcels)
        self._all = len(parcels)
        self._allowed = 0
        self._changed = threading.Condition()
        self._problems: list[str] = []

    def let(self, share: float) -> None:
        """Go on until that share of all is sent."""
        with self._changed:
            self._allowed = round(self._all * share)
            self._changed.notify()

    def finish(self) -> None:
        """Sends what is left, and waits until the broker has it."""
        self.let(1)
        self.join(PATIENCE)
        assert not self.is_alive(), "the emitter hangs"
        assert self._producer.flush(PATIENCE) == 0, "the broker did not take all messages"
        assert not self._problems, self._problems

    def give_up(self) -> None:
        """Ends without sending the rest."""
        with self._changed:
            self._parcels.clear()
            self._changed.notify()
        self.join(PATIENCE)

    def run(self) -> None:
        while self._parcels:
            with self._changed:
                self._changed.wait_for(
                    lambda: not self._parcels or self._all - len(self._parcels) < self._allowed
                )
                some = [
                    self._parcels.popleft() for _ in range(min(self.AT_ONCE, len(self._parcels)))
                ]
            for key, value, headers in some:
                self._producer.produce(TOPIC, value, key, headers=headers, on_delivery=self._heard)
            self._producer.poll(0)
            with self._changed:
                self._changed.wait(self.PACE)

    def _heard(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._problems.append(error.str())


class Company:
    """All of it. Workers are told apart by numbers that are never used again."""

    def __init__(self, home: Path, broker: Broker, postgres: Postgres, dsn: str) -> None:
        self.home = home
        self.broker = broker
        self.postgres = postgres
        self.dsn = dsn
        self.workers: list[Worker] = []
        self.deciders: list[Decider] = []
        self._numbers = 0

    def hire(self) -> Worker:
        """Starts another worker."""
        self._numbers += 1
        worker = Worker(f"worker-{self._numbers}", self.home)
        self.workers.append(worker)
        return worker

    def open_desk(self) -> None:
        """Starts another process that decides."""
        self.deciders.append(Decider(f"decider-{len(self.deciders) + 1}", self.home))

    def hear_of_decisions(self) -> None:
        """Waits until the one that decides was told of a decision."""
        last = self.deciders[-1]
        self.wait(lambda: bool(last.told()), "nobody could decide")

    def close_desk(self) -> None:
        """Lets the one that decides come to its end."""
        self.deciders[-1].process.stop(signal.SIGTERM, PATIENCE)

    def told(self) -> set[str]:
        """The facts of all decisions of which somebody was told."""
        return {id for decider in self.deciders for id in decider.told()}

    def dismiss_all(self) -> None:
        """Kills what is still there."""
        for worker in self.workers:
            worker.process.kill()
        for decider in self.deciders:
            decider.process.kill()

    @contextmanager
    def asking(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection on the tables of the live generation."""
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=5) as connection:
            live = control_schema.live(connection, SCHEMA)
            assert live is not None, "there are no views"
            place = control_schema.schema_of(SCHEMA, live.id)
            connection.execute(f"SET search_path TO {place}".encode())
            connection.execute("SET TimeZone TO 'UTC'")
            yield connection

    def progress(self) -> dict[int, checkpoints.Progress]:
        """How far each partition is folded in; nothing where the database does not say."""
        with suppress(psycopg.Error, AssertionError), self.asking() as connection:
            return checkpoints.progress(connection)
        return {}

    def ends(self) -> dict[int, int]:
        """The end of each partition of the topic. Waits where the broker has just come back."""
        client = Consumer(
            {"bootstrap.servers": self.broker.address, "group.id": "none", "log_level": 0}
        )
        found: dict[int, int] = {}

        def told() -> bool:
            with suppress(KafkaException):
                for partition in range(PARTITIONS):
                    place = TopicPartition(TOPIC, partition)
                    found[partition] = client.get_watermark_offsets(place, timeout=5)[1]
                return True
            return False

        try:
            wait_until(told)
        finally:
            client.close()
        return found

    def owned_by(self, worker: Worker) -> set[int]:
        """The partitions that a worker keeps up."""
        return {p for p, one in self.progress().items() if one.owner == worker.owner}

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Waits; tells what everybody said last where it is in vain."""
        try:
            wait_until(condition)
        except AssertionError:
            told = "\n\n".join([self.activity(), *(w.process.tail(2000) for w in self.workers)])
            raise AssertionError(f"{what}: {self.progress()} of {self.ends()}\n{told}") from None

    def activity(self) -> str:
        """What the database is at, and who waits for whom."""
        query = (
            "SELECT pid, pg_blocking_pids(pid), state, wait_event_type, wait_event, xact_start,"
            " query FROM pg_stat_activity WHERE datname = current_database() ORDER BY xact_start"
        )
        try:
            with psycopg.connect(self.dsn, autocommit=True, connect_timeout=5) as connection:
                return "\n".join(map(str, connection.execute(query).fetchall()))
        except psycopg.Error as error:
            return f"the database does not say: {error}"

    def catch_up(self, ends: dict[int, int]) -> None:
        """Waits until the views stand there at least."""

        def there() -> bool:
            for worker in self.workers:
                assert worker.process.running, f"{worker.name} ended.\n{worker.process.tail()}"
            seen = self.progress()
            return all(p in seen and seen[p].next_offset >= end for p, end in ends.items())

        self.wait(there, "the views did not catch up")


def open_company(home: Path, broker: Broker, postgres: Postgres) -> Company:
    """An empty topic, an empty database, and a home that names them. Nobody works there yet."""
    create_topic(broker.address, TOPIC, PARTITIONS, LEDGER_TOPIC)
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE company")
    dsn = make_conninfo(postgres.dsn, dbname="company")
    home.mkdir()
    (home / "pledger.toml").write_text(
        f'[kafka]\nbootstrap_servers = "{broker.address}"\ntopic = "{TOPIC}"\n'
        f'[postgres]\ndsn = "{dsn}"\nschema = "{SCHEMA}"\n',
        encoding="utf-8",
    )
    return Company(home, broker, postgres, dsn)
