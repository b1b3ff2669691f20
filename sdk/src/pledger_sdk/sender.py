"""What sends facts that are sealed already: the outbox, and the courier that empties it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from pledger_sdk._contract.ledger.kafka.settings import KafkaSettings
from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.courier import Courier
from pledger_sdk.delivery import Delivery, Report
from pledger_sdk.errors import Closed, Forked, NotDelivered, Refused
from pledger_sdk.outbox import Outbox
from pledger_sdk.producer import connect
from pledger_sdk.sealing import checked
from pledger_sdk.settings import expect_bounds, expect_servers, expect_topic, outbox_file

_LOG = logging.getLogger("pledger_sdk")
#: As long as any that will be counted, to measure a fact with.
_LONGEST_SEQUENCE = "9" * 19


class Status(NamedTuple):
    """How many facts, and bytes, wait to be delivered, and why if something is wrong."""

    waiting: int
    bytes: int
    trouble: str | None


class Sender:
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
        self._patience = patience
        self._process = os.getpid()
        self._closed = False
        self._let_go = False
        self._outbox = Outbox(path, max_facts, max_bytes, fsync=fsync)
        self._courier = Courier(self._outbox, topic, self._connect, on_delivery)
        self._courier.start()

    def emit_all(self, facts: Sequence[EventData]) -> list[Delivery]:
        """Emits facts, all or none, in their order, and returns when they are safe in the outbox.
        They are synced to the disk once, together. Their delivery goes on behind. Raises
        ``Refused``, ``OutboxFull``, ``OutboxTrouble``, ``Closed``, ``Forked``; none was kept then.
        """
        return self._keep([checked(fact) for fact in facts], [False] * len(facts))

    def status(self) -> Status:
        """How it stands with the delivery. Raises ``Forked``."""
        self._expect_ours()
        facts, size = self._outbox.left
        return Status(facts, size, self._courier.trouble)

    def flush(self, timeout: float | None = None) -> int:
        """Waits until what was emitted so far is delivered, at most so many seconds. Returns how
        many facts are not: 0 if all is well."""
        self._expect_usable()
        self._courier.wake()
        return self._outbox.wait_empty(timeout)

    def close(self, timeout: float = 10.0) -> int:
        """Flushes for at most so many seconds, then lets go of everything. Returns how many facts
        are not known to be delivered; they stay in the outbox file, and the next sender on it sends
        them first. Without an outbox file they are lost: ``NotDelivered``. Closing twice is closing
        once; a close that a signal's handler cut short by raising may be called again."""
        if self._let_go or os.getpid() != self._process:
            return 0
        self._closed = True
        self._courier.wake()
        self._outbox.wait_empty(timeout)
        self._courier.stop()
        # What has landed by now is taken note of. A producer that still holds facts is closed by
        # the courier itself, later.
        self._courier.join(min(timeout, 1.0))
        left, _ = self._outbox.left
        lost = self._outbox.close()
        self._let_go = True
        return self._tell_left(left, lost) if left else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except NotDelivered as problem:
            if error is None:
                raise
            _LOG.warning("%s", problem)  # what was raised in the block goes before

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} to {self._settings.topic}>"

    def _connect(self) -> Any:
        return connect(self._settings)

    def _keep(self, facts: Sequence[EventData], counted: Sequence[bool]) -> list[Delivery]:
        self._expect_usable()
        for fact, count in zip(facts, counted, strict=True):
            if count:
                checked(fact._replace(sequence=_LONGEST_SEQUENCE))
        if not facts:
            return []
        try:
            deliveries = self._outbox.put(facts, counted, self._patience)
            self._courier.wake()
        except BaseException:
            # The handler of a signal may have raised when the facts were kept already.
            self._courier.wake()
            raise
        return deliveries

    def _tell_left(self, left: int, deliveries: Sequence[Delivery]) -> int:
        why = self._courier.trouble or "the time to close was over"
        ids = tuple(delivery.id for delivery in deliveries)
        if self._outbox.path is None:
            fate, advice = "are lost", "emit them again, and give the emitter an outbox file"
        else:
            fate, advice = "stay in the outbox", "open it again to send them"
        message = (
            f"expected every fact to be delivered before the emitter was closed, saw {left:,} that"
            f" are not and {fate} ({why}): {advice}"
        )
        for delivery in deliveries:
            if not delivery.done:
                delivery.lost(NotDelivered(message, (delivery.id,)))
        if self._outbox.path is None:
            raise NotDelivered(message, ids)
        _LOG.warning("%s", message)
        return left

    def _expect_usable(self) -> None:
        self._expect_ours()
        if self._closed:
            raise Closed("expected an emitter that is open, saw one that was closed: make another")

    def _expect_ours(self) -> None:
        if os.getpid() != self._process:
            raise Forked(
                "expected an emitter of this process, saw one that it inherited: make the emitter"
                " after the fork, each process with an outbox file of its own"
            )
