"""The courier against a broker that fails in every way a producer can tell of: nothing is lost, and
each subject's facts lie on the topic in order, whatever is sent twice."""

from __future__ import annotations

import random
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import (
    KafkaTimeoutError,
    NotLeaderForPartitionError,
    OutOfOrderSequenceNumberError,
    TopicAuthorizationFailedError,
)

from pledger_sdk import Sealer, courier
from pledger_sdk.courier import Courier
from pledger_sdk.delivery import Report
from pledger_sdk.outbox import Outbox
from tests.helpers import wait_until
from tests.sdk.emitting import SOURCE, made

SEALER = Sealer(SOURCE)
ERRORS = (
    KafkaTimeoutError,
    NotLeaderForPartitionError,
    OutOfOrderSequenceNumberError,
    TopicAuthorizationFailedError,
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "PAUSES", (0.0,))
    monkeypatch.setattr(courier, "SILENCE", 0.05)
    monkeypatch.setattr(courier, "GRACE", 0.02)


class Future:
    """As much of kafka-python's as is used."""

    def add_callback(self, call: Callable[[Any], None]) -> None:
        self.landed = call

    def add_errback(self, call: Callable[[BaseException], None]) -> None:
        self.missed = call


class Broker:
    """A topic of one partition. Each message that is sent, sooner or later, lands or not, and its
    sender is told or told otherwise; messages pass each other on the way."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.topic: list[tuple[str, str]] = []  # subject and id
        self.lock = threading.Lock()
        self.faults = 60

    def fails(self, percent: int) -> bool:
        """Whether a fault happens now; there are only so many."""
        if self.faults and self.chance.randrange(100) < percent:
            self.faults -= 1
            return True
        return False

    def connect(self) -> Producer:
        with self.lock:
            if self.fails(20):
                raise KafkaTimeoutError("Unable to bootstrap")
        return Producer(self)


class Producer:
    """One connection. It may fall sick, and then sends nothing more, or fall silent, and then what
    it holds lands late, or never, and nobody is told."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.held: deque[tuple[Future, tuple[str, str]]] = deque()
        self.sick = self.silent = False
        self.closed = threading.Event()
        self.changed = threading.Condition(broker.lock)
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def send(
        self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> Future:
        with self.changed:
            if self.broker.fails(5):
                raise KafkaTimeoutError("Failed to update metadata")
            future = Future()
            self.held.append((future, (key.decode(), dict(headers)["ce_id"].decode())))
            return future

    def end(self, patience: float) -> None:
        self.closed.set()
        self.thread.join()
        with self.changed:
            if self.broker.fails(10):
                raise KafkaTimeoutError("Timeout waiting for future")

    def _work(self) -> None:
        while not self.closed.is_set() or self.held:
            with self.changed:
                at = [i for i, (future, _) in enumerate(self.held) if hasattr(future, "missed")]
                if not at:
                    self.changed.wait(0.001)
                    continue
                chosen = self.broker.chance.choice(at)
                future, message = self.held[chosen]
                del self.held[chosen]
                self.silent = self.silent or self.broker.fails(2)
                missed = self.sick or self.silent or self.broker.fails(20)
                self.sick = self.sick or (missed and self.broker.fails(50))
                if not missed or self.broker.chance.random() < 0.5:
                    self.broker.topic.append(message)
                offset = -1 if self.broker.fails(5) else len(self.broker.topic) - 1
                error = self.broker.chance.choice(ERRORS)("no")
            if self.silent:
                continue
            if missed:
                future.missed(error)
            else:
                future.landed(SimpleNamespace(partition=0, offset=offset))


def numbers(count: int, subjects: int) -> list[str]:
    return [f"customer:{number % subjects}" for number in range(count)]


@given(
    st.integers(0, 2**32),
    st.lists(st.integers(0, 4), max_size=60),
    st.integers(0, 60),
)
def test_each_subject_is_in_order_and_nothing_is_lost(
    seed: int, subjects: list[int], before: int
) -> None:
    broker = Broker(seed)
    outbox = Outbox(None, 1000, 1 << 30, fsync=False)
    sealed = [SEALER.seal(made(), subject=f"customer:{number}") for number in subjects]
    reports: list[Report] = []
    outbox.put(sealed[:before], [False] * len(sealed[:before]), 0.0)  # of an earlier process
    carrier = Courier(outbox, "facts", broker.connect, reports.append)
    carrier.start()
    deliveries = []
    for fact in sealed[before:]:
        deliveries += outbox.put([fact], [False], 0.0)
        carrier.wake()
    assert outbox.wait_empty(60.0) == 0
    carrier.stop()
    carrier.join(60)
    assert not carrier.is_alive()
    assert outbox.close() == []
    seen: dict[str, list[str]] = defaultdict(list)
    for subject, id in broker.topic:
        if id not in seen[subject]:
            seen[subject].append(id)
    expected: dict[str, list[str]] = defaultdict(list)
    for fact in sealed:
        expected[fact.subject].append(fact.id)
    assert {subject: ids for subject, ids in seen.items() if ids} == expected
    assert sorted(report.id for report in reports) == sorted(fact.id for fact in sealed)
    for delivery in deliveries:
        report = delivery.wait(60)
        assert report.offset is None or broker.topic[report.offset][1] == report.id


def test_a_subject_whose_fact_is_not_taken_keeps_nobody_else_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courier, "SILENCE", 60.0)
    broker = Broker(0)
    broker.faults = 0
    refused = SEALER.seal(made(), subject="customer:bad")

    class Picky(Producer):
        def send(
            self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
        ) -> Future:
            if key == b"customer:bad":
                raise TopicAuthorizationFailedError("no")
            return super().send(topic, key, value, headers)

    outbox = Outbox(None, 10_000, 1 << 30, fsync=False)
    carrier = Courier(outbox, "facts", lambda: Picky(broker))
    others = [SEALER.seal(made(), subject=subject) for subject in numbers(2500, 1500)]
    facts = [refused, refused, *others]
    outbox.put(facts, [False] * len(facts), 0.0)
    carrier.start()
    wait_until(lambda: outbox.left[0] == 2)
    assert carrier.trouble is None or "TopicAuthorizationFailed" in carrier.trouble
    carrier.stop()
    carrier.join(60)
    assert len(broker.topic) == 2500
    outbox.close()


def test_a_fact_that_cant_be_said_costs_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "SILENCE", 60.0)
    monkeypatch.setattr(courier, "PAUSES", (0.01,))
    broker = Broker(0)
    broker.faults = 0
    connected: list[Producer] = []

    def connect() -> Producer:
        connected.append(broker.connect())
        return connected[-1]

    endless = SEALER.seal(made(), subject="customer:bad")._replace(time=2**62)
    others = [SEALER.seal(made(), subject="customer:good") for _ in range(100)]
    outbox = Outbox(None, 1000, 1 << 30, fsync=False)
    carrier = Courier(outbox, "facts", connect)
    outbox.put([endless, *others], [False] * 101, 0.0)
    carrier.start()
    wait_until(lambda: outbox.left[0] == 1)
    wait_until(lambda: "expected a time in the years 1 to 9999" in str(carrier.trouble))
    carrier.stop()
    carrier.join(60)
    assert len(connected) == 1
    outbox.close()


def test_the_log_counts_what_waits_and_is_silent_while_nothing_does(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(courier, "PAUSES", (0.01,))
    caplog.set_level("INFO", logger="pledger_sdk")
    tried: list[float] = []
    broker = Broker(0)
    broker.faults = 0
    open_to_us = threading.Event()

    def connect() -> Producer:
        tried.append(0.0)
        if not open_to_us.is_set():
            raise ConnectionError("nobody there")
        return broker.connect()

    outbox = Outbox(None, 100, 1 << 30, fsync=False)
    carrier = Courier(outbox, "facts", connect)
    carrier.start()
    wait_until(lambda: len(tried) > 3)
    assert str(carrier.trouble) == "ConnectionError: nobody there"
    assert caplog.messages == []
    outbox.put([SEALER.seal(made(), subject="customer:1")], [False], 0.0)
    carrier.wake()
    wait_until(lambda: len(caplog.messages) > 0)
    open_to_us.set()
    assert outbox.wait_empty(60) == 0
    carrier.stop()
    carrier.join(60)
    outbox.close()
    assert caplog.messages == [
        "facts are not delivered, 1 wait in the outbox: ConnectionError: nobody there",
        "facts are delivered again",
    ]


def test_an_outbox_that_cant_be_read_for_a_while_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(courier, "SILENCE", 60.0)
    broker = Broker(0)
    broker.faults = 0
    outbox = Outbox(None, 100, 1 << 30, fsync=False)
    true, failures = outbox._rows, iter(range(6))

    def sometimes(where: str, values: tuple[object, ...]) -> Any:
        if next(failures, None) is not None:
            raise OSError("disk I/O error")
        return true(where, values)

    carrier = Courier(outbox, "facts", broker.connect)
    carrier.start()
    monkeypatch.setattr(outbox, "_rows", sometimes)
    for number in range(20):
        outbox.put([SEALER.seal(made(number), subject="customer:1")], [False], 0.0)
        carrier.wake()
    assert outbox.wait_empty(60) == 0
    carrier.stop()
    carrier.join(60)
    assert len(broker.topic) == 20
    assert "the courier failed and goes on" in caplog.text
    outbox.close()
