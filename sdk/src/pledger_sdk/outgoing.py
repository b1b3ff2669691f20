"""What keeps sealed facts in an outbox until a courier has delivered them, whichever it is."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.delivery import Delivery
from pledger_sdk.errors import Closed, Forked, NotDelivered
from pledger_sdk.outbox import Outbox
from pledger_sdk.sealing import checked

_LOG = logging.getLogger("pledger_sdk")
#: As long as any that will be counted, to measure a fact with.
_LONGEST_SEQUENCE = "9" * 19


class Status(NamedTuple):
    """How many facts, and bytes, wait to be delivered, and why if something is wrong."""

    waiting: int
    bytes: int
    trouble: str | None


class Carrier(Protocol):
    """The thread that empties an outbox."""

    @property
    def trouble(self) -> str | None:
        """Why facts are not being delivered, as last seen; None while they are."""

    def start(self) -> None:
        """Begins."""

    def wake(self) -> None:
        """There is something new in the outbox."""

    def stop(self) -> None:
        """Ends the thread soon. What is out by then may still arrive."""

    def join(self, timeout: float | None = None) -> None:
        """Waits for its end."""


class Outgoing:
    """Facts on their way: what was emitted is safe in ``outbox``, and ``courier`` carries it on.
    Threads may share one; a process has its own. ``patience`` is how long, in seconds, emitting
    waits for room."""

    def __init__(self, outbox: Outbox, courier: Carrier, patience: float) -> None:
        self._patience = patience
        self._process = os.getpid()
        self._closed = False
        self._let_go = False
        self._outbox = outbox
        self._courier = courier
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
