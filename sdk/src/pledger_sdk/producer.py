"""The connection to the broker: kafka-python's idempotent producer, as facts need it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError
from kafka.net.compat import KafkaNetClient

from pledger_sdk._contract.ledger.kafka.settings import KafkaSettings

#: How long the client tries by itself before it hands a fact back, in seconds. A fact that comes
#: back is sent again; what the first attempt left on the topic then counts as a duplicate.
DELIVERY_TIMEOUT = 30.0

#: Seconds to wait for a broker to take a connection.
KNOCK = 2.0
#: Seconds that dropping what is not delivered may take.
_DROPPING = 2.0

#: Not for users to change: each is part of what is promised.
FIXED: Mapping[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    # A ledger's topic is made with care, and never by a misspelt name.
    "allow_auto_create_topics": False,
    "delivery_timeout_ms": int(DELIVERY_TIMEOUT * 1000),
    "request_timeout_ms": 10_000,
    "bootstrap_timeout_ms": 5_000,
    "max_block_ms": 5_000,
    # A broker that comes back is seen within a second or two.
    "reconnect_backoff_max_ms": 1_000,
    "metrics_enabled": False,
}


class NobodyThere(ConnectionError):
    """Nothing takes connections at any of the addresses."""


class NotLetIn(ConnectionError):
    """Something takes connections, and is no broker to this client."""


class TopicNotSeen(ConnectionError):
    """The broker says nothing of the topic."""


def expect_somebody(bootstrap_servers: str) -> None:
    """Raises ``NobodyThere``, with the reason for each of ``host:port[,host:port…]``."""
    reasons = []
    for address in bootstrap_servers.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK).close()
        except (OSError, ValueError) as problem:
            reasons.append(f"{address.strip()}: {problem}")
        else:
            return
    raise NobodyThere(f"expected a broker, saw {'; '.join(reasons)}")


def expect_files(security: Mapping[str, str]) -> None:
    """Raises ``OSError`` for a file that can't be read, of which kafka-python says nothing."""
    for name in ("ssl.ca.location", "ssl.certificate.location", "ssl.key.location"):
        if name in security:
            try:
                Path(security[name]).open("rb").close()
            except OSError as problem:
                raise OSError(
                    f"{name}: expected a file that can be read, saw: {problem.strerror}"
                ) from None


def connect(settings: KafkaSettings) -> Producer:
    """A producer that is connected. Raises ``NobodyThere``, ``NotLetIn``, ``OSError``, and what
    kafka-python raises."""
    expect_files(settings.security)
    # kafka-python would knock for seconds, and forget to close a socket at each knock.
    expect_somebody(settings.bootstrap_servers)
    clients: list[Any] = []

    def client(**configs: Any) -> Any:
        clients.append(KafkaNetClient(**configs))
        return clients[0]

    try:
        return Producer(settings, client)
    except BaseException as problem:
        # A producer that could not be made forgets its client.
        for each in clients:
            each.close()
        if isinstance(problem, KafkaTimeoutError):
            raise NotLetIn(
                f"expected a broker at {settings.bootstrap_servers} that lets this client in, saw"
                " none, though something answers there: see whether the settings of security are"
                " the broker's; Kafka's client logs the reason (as kafka)"
            ) from None
        raise


class Producer(KafkaProducer):  # type: ignore[misc] # kafka-python ships without types
    """One connection of one process. A child that inherits it leaves it alone."""

    def __init__(self, settings: KafkaSettings, client: Callable[..., Any]) -> None:
        self._made_in = os.getpid()
        super().__init__(**settings.for_kafka_python(), **FIXED, kafka_client=client)

    def send(self, topic: str, **message: Any) -> Any:
        """As kafka-python's, which only says that it waited in vain for the broker's word."""
        try:
            return super().send(topic, **message)
        except KafkaTimeoutError as problem:
            raise TopicNotSeen(
                f'the topic "{topic}" may not be there, and emitting never makes it: {problem}'
            ) from None

    def end(self, patience: float) -> None:
        """Closes the connection. What is not delivered within so many seconds is dropped: it is in
        the outbox."""
        try:
            self.close(timeout=patience)
        except KafkaTimeoutError:
            # kafka-python does not close while it holds anything, which may be for ever, and has
            # no public way to make it.
            self._sender.force_close()
            with suppress(KafkaTimeoutError):
                self.close(timeout=_DROPPING)

    def close(self, timeout: float | None = None, null_logger: bool = False) -> None:
        """As kafka-python's. It also calls this at exit and when the producer is collected, where
        what is still under way is no news: it is in the outbox."""
        if os.getpid() != self._made_in:
            return
        try:
            super().close(timeout=timeout, null_logger=null_logger)
        except KafkaTimeoutError:
            if not null_logger:
                raise
