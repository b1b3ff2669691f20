"""Workers and readers that are at it while a test does something else."""

from __future__ import annotations

import io
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from consumers.runtime import Runtime
from consumers.worker.db_session import DbSession
from consumers.worker.log import make_log
from consumers.worker.loop import Options, Worker
from consumers.worker.metrics import Metrics
from consumers.worker.telemetry import Telemetry
from domain.positions import Vector
from ledger.kafka.ledger import fetch
from tests.consumers.server_rebuild.homes import Home


class AtWork(threading.Thread):
    """A worker, in a thread of its own. ``error`` is what ended it, if anything did."""

    def __init__(self, home: Home, name: str) -> None:
        super().__init__(name=name)
        self.error: BaseException | None = None
        self.stop = threading.Event()
        self.log = io.StringIO()
        runtime = Runtime(
            lambda: datetime.now(UTC), time.monotonic, random.Random(name).random, self.stop.wait
        )
        db_session = DbSession(home.views, name, partial(fetch, home.kafka), runtime)
        telemetry = Telemetry(make_log(self.log, runtime.clock), Metrics(name), time.monotonic)
        options = Options(group="test", session_timeout_s=6.0)
        self._worker = Worker(home.kafka, db_session, options, runtime, telemetry)

    def run(self) -> None:
        try:
            self._worker.run()
        except BaseException as error:  # noqa: BLE001 - for the test to look at
            self.error = error


@contextmanager
def at_work(home: Home, name: str = "worker") -> Iterator[AtWork]:
    """A worker for as long as the block lasts."""
    worker = AtWork(home, name)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop.set()
        worker.join(60)
        assert not worker.is_alive(), "the worker hangs"


class Asking(threading.Thread):
    """Asks all the time. Every answer must be of one generation and of one moment, and stand for
    no less than the one before. The topic must hold neither duplicates nor what is no fact."""

    def __init__(self, home: Home) -> None:
        super().__init__(name="reader")
        self.error: BaseException | None = None
        self.stop = threading.Event()
        self.generations: list[int] = []
        self.answers = 0
        self._home = home

    def run(self) -> None:
        try:
            last = Vector({})
            while not self.stop.is_set():
                last = self._ask(last)
                self.answers += 1
        except BaseException as error:  # noqa: BLE001 - for the test to look at
            self.error = error

    def _ask(self, last: Vector) -> Vector:
        with self._home.views.reading() as session:
            reach = Vector(session.horizon)
            assert last.within(reach), f"an answer went back, from {last} to {reach}"
            ((facts,),) = session.rows("SELECT count(*) FROM fact")
            assert facts == sum(reach.values()), "facts and offsets are not of one moment"
            ((customers,),) = session.rows("SELECT coalesce(sum(facts), 0) FROM customer")
            assert customers == facts, "facts and views are not of one moment"
            ((place,),) = session.connection.execute("SELECT current_schema()").fetchall()
            assert place == f"{self._home.schema}_g{session.generation}"
            if self.generations[-1:] != [session.generation]:
                self.generations.append(session.generation)
        return reach


@contextmanager
def asking(home: Home) -> Iterator[Asking]:
    """A reader for as long as the block lasts, who must never meet an error."""
    reader = Asking(home)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop.set()
        reader.join(60)
    assert not reader.is_alive(), "the reader hangs"
    assert reader.error is None, reader.error
    assert reader.answers > 0
