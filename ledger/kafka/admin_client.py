"""kafka-python's client to ask a cluster with; one that can't be opened leaves nothing behind."""

from __future__ import annotations

import logging
import socket
import time
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaConnectionError, KafkaTimeoutError
from kafka.net.compat import KafkaNetClient

from ledger.kafka.settings import KafkaSettings

#: Seconds that one server may take to accept a connection, and until all are tried again.
_LET_IN = 5.0
_AGAIN = 0.2


def admin_client(settings: KafkaSettings, patience: float) -> KafkaAdminClient:
    """The client. ``patience`` is how long each answer may take, in seconds. Raises what
    kafka-python raises.

    One that reaches no broker gives up by itself, but its thread and its sockets stay for good: so
    it is made once a broker listens, and closed here if it can't be made all the same."""
    _await_listener(settings, patience)
    warning = _LastWarning(logging.WARNING)
    log = logging.getLogger("kafka.net")
    log.addHandler(warning)
    nets: list[KafkaNetClient] = []

    def net(**more: Any) -> KafkaNetClient:
        nets.append(KafkaNetClient(**more))
        return nets[-1]

    try:
        return KafkaAdminClient(
            **settings.for_kafka_python(),
            bootstrap_timeout_ms=int(patience * 1000),
            request_timeout_ms=int(patience * 1000),
            reconnect_backoff_max_ms=2_000,
            kafka_client=net,
        )
    except BaseException as error:
        for each in nets:
            each.close()
        if isinstance(error, KafkaTimeoutError) and warning.last is not None:
            # Over TLS it sees that a broker hangs up, and not the reason that it sends before.
            sasl = "sasl.mechanism" in settings.security and "disconnected" in warning.last
            why = ", as brokers do to an account or a password that they don't accept"
            raise KafkaConnectionError(warning.last + (why if sasl else "")) from error
        raise
    finally:
        log.removeHandler(warning)


def text_of(error: BaseException) -> str:
    """The text of kafka-python's error."""
    name, text = type(error).__name__, str(error)
    return text if name in text else f"{name}: {text}"


class _LastWarning(logging.Handler):
    """What went wrong with a connection last: kafka-python writes it to its log alone, and raises a
    timeout."""

    last: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if "failed" in record.msg and "Bootstrap failed" not in record.msg:
            self.last = record.getMessage().partition(" (backoff")[0]


def _await_listener(settings: KafkaSettings, patience: float) -> None:
    """Return once one of the servers takes connections. Raises ``KafkaConnectionError``."""
    deadline = time.monotonic() + patience
    while True:
        seen = [_connection_problem(server, patience) for server in settings.servers()]
        if None in seen:
            return
        if time.monotonic() + _AGAIN > deadline:
            raise KafkaConnectionError("; ".join(str(each) for each in seen))
        time.sleep(_AGAIN)


def _connection_problem(server: tuple[str, int], patience: float) -> str | None:
    host, port = server
    try:
        with socket.create_connection(server, timeout=min(_LET_IN, patience)):
            return None
    except OSError as error:
        return f"{host}:{port}: {error}"
