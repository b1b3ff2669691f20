"""What the clients of one ledger share: how they are set up, and the error when none answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from ledger.errors import NoLedger, Unreachable
from ledger.kafka.settings import KafkaSettings

Answer = TypeVar("Answer")

#: How long until a question is put again, of which the answer was that it is too early.
AGAIN_S = 0.05

#: What brokers answer for a moment when a topic is new or its partitions change brokers.
PASSING = frozenset(
    {
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError._TRANSPORT,  # noqa: SLF001 - its public name
    }
)


class Connection:
    """One topic on one cluster, for confluent-kafka's clients. ``patience`` is how long the servers
    may take to answer, in seconds. ``heard`` is the last trouble that the clients reported."""

    def __init__(self, settings: KafkaSettings, patience: float) -> None:
        self.settings = settings
        self.patience = patience
        self.heard = "no answer"
        self._admin: AdminClient | None = None

    def __str__(self) -> str:
        return f"the topic {self.settings.topic!r} at {self.settings.bootstrap_servers}"

    def config(self, more: dict[str, Any]) -> dict[str, Any]:
        """The settings of a client."""
        return {
            **self.settings.for_confluent(),
            "error_cb": self._on_error,
            # What it would write to standard error is in this package's errors.
            "log_level": 0,
            "reconnect.backoff.max.ms": 2_000,
            **more,
        }

    def ask(self, question: Callable[[AdminClient], Answer]) -> Answer:
        """The answer to a question. Raises ``NoLedger`` or ``Unreachable``."""
        admin = self._admin = self._admin or AdminClient(self.config({}))
        try:
            return patiently(lambda: question(admin), self.patience)
        except KafkaException as error:
            if code_of(error) == KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise no_topic(self.settings) from error
            while admin.poll(0):
                pass  # it processes events of its connections only when it is polled
            raise self.unreachable(f"{text_of(error)} ({self.heard})") from error

    def unreachable(self, seen: str) -> Unreachable:
        """No broker answers."""
        return unreachable(self.settings, self.patience, seen)

    def _on_error(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - names no cause
            self.heard = error.str()


def patiently(ask: Callable[[], Answer], patience_s: float) -> Answer:
    """The answer, asked for again while the error is one that passes. Raises ``KafkaException``."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return ask()
        except KafkaException as error:
            if code_of(error) not in PASSING or time.monotonic() > deadline:
                raise
        time.sleep(AGAIN_S)


def code_of(error: KafkaException) -> int | None:
    """Kafka's code for what went wrong; None where the error has none."""
    cause = error.args[0]
    return cause.code() if isinstance(cause, KafkaError) else None


def text_of(error: KafkaException) -> str:
    """The text of confluent-kafka's error."""
    cause = error.args[0]
    return cause.str() if isinstance(cause, KafkaError) else str(cause)


def no_topic(settings: KafkaSettings) -> NoLedger:
    """The topic is not there."""
    return NoLedger(
        f"the topic {settings.topic!r} at {settings.bootstrap_servers}",
        "that there is no such topic",
        "make it with {topic create}, or name another in pledger.toml",
    )


def unreachable(settings: KafkaSettings, patience: float, seen: str) -> Unreachable:
    """No broker answers."""
    return Unreachable(
        f"Kafka to answer at {settings.bootstrap_servers} within {patience:g} s",
        seen,
        "start it, or name another address or other security settings in pledger.toml",
    )
