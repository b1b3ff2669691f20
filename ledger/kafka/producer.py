"""How facts are sent: several at once, or all of a batch in one transaction."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from domain.positions import position_of
from ledger.kafka.connection import Connection, text_of
from ledger.kafka.message import MESSAGE_LIMIT, message_of
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_state import described
from ledger.port import EventData

#: What the client holds of facts that wait to be sent.
QUEUE_KB = 128 * 1024

#: A transaction that its writer left open holds up all readers so long, in milliseconds.
TRANSACTION_MS = 60_000

_numbers = count(1)


class Sent(NamedTuple):
    """Where what was sent lies now, None for what was not acknowledged; and why, if any."""

    positions: list[int | None]
    problem: str | None


class FactProducer:
    """Sends facts to one topic. One thread at a time may use it. Errors are those of
    ``Connection.ask``: whatever fails after the first contact with the servers is in ``Sent``.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._producer: Producer | None = None
        self._transactional: Producer | None = None

    def send(self, facts: Sequence[EventData]) -> Sent:
        """Write, and wait until all that can be known is known."""
        if self._producer is None:
            self._expect_topic()
            self._producer = Producer(self.config({}))
        sent = self._produce(self._producer, facts)
        if sent.problem is not None:
            # What it still holds would be sent later, after what the caller does next.
            self._producer.purge()
            self._producer = None
        return sent

    def send_together(self, facts: Sequence[EventData]) -> Sent:
        """Write all in one transaction, or nothing."""
        connection = self._connection
        try:
            producer = self._opened_transactional()
            producer.begin_transaction()
            sent = self._produce(producer, facts)
            if sent.problem is None:
                # A crash or failure before the commit is decided leaves nothing to readers: the
                # broker aborts a transaction that is left open. One after it leaves all, which
                # can't be known here.
                producer.commit_transaction(connection.patience)
                return sent
            problem = sent.problem
            producer.abort_transaction(connection.patience)
        except KafkaException as error:
            problem = f"{text_of(error)} ({connection.heard})"
        # Not used again: after some failures it drops all that it is given.
        self._transactional = None
        return Sent([None] * len(facts), problem)

    def close(self) -> None:
        """Close the clients."""
        for producer in (self._producer, self._transactional):
            if producer is not None:
                producer.flush(self._connection.patience)
        self._producer = self._transactional = None

    def config(self, more: dict[str, Any]) -> dict[str, Any]:
        """The settings of a client that sends."""
        return self._connection.config(
            {
                "acks": "all",
                "enable.idempotence": True,
                # As the Java client, for all keys: librdkafka's own default differs.
                "partitioner": "murmur2_random",
                "delivery.timeout.ms": int(self._connection.patience * 1000),
                "message.max.bytes": MESSAGE_LIMIT,
                "queue.buffering.max.kbytes": QUEUE_KB,
                **more,
            }
        )

    def _expect_topic(self) -> None:
        """A topic that is not there must not come into being by writing."""
        topic, patience = self._connection.settings.topic, self._connection.patience
        self._connection.ask(lambda admin: described(admin, topic, patience))

    def _opened_transactional(self) -> Producer:
        if self._transactional is None:
            self._expect_topic()
            patience = self._connection.patience
            more = {
                "transactional.id": transactional_id(self._connection.settings),
                "transaction.timeout.ms": TRANSACTION_MS,
                "delivery.timeout.ms": min(int(patience * 1000), TRANSACTION_MS),
            }
            producer = Producer(self.config(more))
            producer.init_transactions(patience)
            self._transactional = producer
        return self._transactional

    def _produce(self, producer: Producer, facts: Sequence[EventData]) -> Sent:
        reports = _DeliveryReports(len(facts))
        connection, topic = self._connection, self._connection.settings.topic
        for place, fact in enumerate(facts):
            # Made one by one: what the client has copied is gone before the next one is made.
            key, value, headers = message_of(fact)
            while True:
                try:
                    producer.produce(
                        topic, value, key, headers=list(headers), on_delivery=reports.of(place)
                    )
                except BufferError:
                    producer.poll(0.1)  # full: what was sent makes room, or is given up in time
                    continue
                except KafkaException as error:
                    reports.problem = text_of(error)
                break
            if reports.problem is not None:
                break
            if place % 1_000 == 0:
                producer.poll(0)
        if producer.flush(connection.patience + 1.0) and reports.problem is None:
            reports.problem = connection.heard
        if reports.problem is not None:
            reports.problem = f"{reports.problem} ({connection.heard})"
        return Sent(reports.positions, reports.problem)


class _DeliveryReports:
    """The delivery reports of facts on their way."""

    def __init__(self, facts: int) -> None:
        self.positions: list[int | None] = [None] * facts
        self.problem: str | None = None

    def of(self, place: int) -> Callable[[KafkaError | None, Message], None]:
        def on_delivery(error: KafkaError | None, message: Message) -> None:
            partition, offset = message.partition(), message.offset()
            if error is not None or partition is None or offset is None or offset < 0:
                self.problem = self.problem or ("no place" if error is None else error.str())
            else:
                self.positions[place] = position_of(partition, offset)

        return on_delivery


def transactional_id(settings: KafkaSettings) -> str:
    """A name for one writer's transactions, that no other has at the same time: it would end
    theirs."""
    return f"{settings.client_id}-{socket.gethostname()}-{os.getpid()}-{next(_numbers)}"
