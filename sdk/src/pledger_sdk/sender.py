"""What sends facts that are sealed already to a topic of Kafka."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pledger_sdk._contract.ledger.kafka.settings import KafkaSettings
from pledger_sdk.courier import Courier
from pledger_sdk.delivery import Report
from pledger_sdk.errors import Refused
from pledger_sdk.outbox import Outbox
from pledger_sdk.outgoing import Outgoing
from pledger_sdk.producer import connect
from pledger_sdk.settings import expect_bounds, expect_servers, expect_topic, outbox_file


class Sender(Outgoing):
    """Sends sealed facts to one topic. Threads may share one; a process has its own.

    - ``bootstrap_servers``: ``host:port[,host:port…]``.
    - ``outbox``: the file in which facts are kept until they are delivered. Without one they are
      in memory until then.
    - ``security``: Kafka's settings of the connection by Kafka's names (``security.protocol``,
      ``sasl.mechanism``, ``sasl.username``, …), shown nowhere.
    - ``max_facts``, ``max_bytes``: how much may wait; ``patience``: how long, in seconds, emitting
      waits for room before it raises ``OutboxFull``.
    - ``fsync``: whether what is emitted must survive the machine (True) or only the process.
    - ``on_delivery``: called with a ``Report`` for every fact that is delivered, those that an
      earlier process left in the outbox included.

    A broker that is away is no error here. Raises ``Refused`` for settings that can't be used,
    ``OutboxInUse``, ``OutboxTrouble``.
    """

    def __init__(
        self,
        *,
        bootstrap_servers: str,
        topic: str = "pledger.facts",
        outbox: Path | str | None = None,
        security: Mapping[str, str] | None = None,
        max_facts: int = 100_000,
        max_bytes: int = 256 * 1024 * 1024,
        patience: float = 1.0,
        fsync: bool = True,
        client_id: str = "pledger-sdk",
        on_delivery: Callable[[Report], object] | None = None,
    ) -> None:
        expect_servers(bootstrap_servers)
        expect_topic(topic)
        expect_bounds(max_facts, max_bytes, patience)
        path = outbox_file(outbox)
        try:
            self._settings = KafkaSettings(bootstrap_servers, topic, client_id, security or {})
        except (TypeError, ValueError) as problem:
            raise Refused(str(problem)) from None
        kept = Outbox(path, max_facts, max_bytes, fsync=fsync)
        super().__init__(kept, Courier(kept, topic, self._connect, on_delivery), patience)

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} to {self._settings.topic}>"

    def _connect(self) -> Any:
        return connect(self._settings)
