"""The emitter: what a service talks to."""

from __future__ import annotations

import time as clocks
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Unpack
from uuid import UUID

from pledger_sdk import context
from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.context import Cause
from pledger_sdk.delivery import Delivery
from pledger_sdk.errors import Refused
from pledger_sdk.facts import Body
from pledger_sdk.outgoing import Outgoing
from pledger_sdk.postgres import Transaction, emit_in
from pledger_sdk.sealing import Said, Sealer
from pledger_sdk.sender import Sender
from pledger_sdk.settings import Sending


class Emitting(Outgoing):
    """What makes the facts that it sends."""

    _sealer: Sealer
    _count = False

    @property
    def source(self) -> str:
        """The source of this emitter's facts."""
        return self._sealer.source

    def seal(self, body: Body, **said: Unpack[Said]) -> EventData:
        """A fact, checked and not yet emitted, for ``emit_all``. Raises ``Refused``."""
        return self._sealer.seal(body, **said)

    def emit(self, body: Body, **said: Unpack[Said]) -> Delivery:
        """Emits one fact and returns when it is safe in the outbox. Its delivery goes on behind.
        What may be said of it is in ``Said``. Raises ``Refused``, ``OutboxFull``,
        ``OutboxTrouble``, ``Closed``, ``Forked``; the fact was not kept then."""
        self._expect_usable()
        fact = self._sealer.seal(body, **said)
        own = all(said.get(name) is None for name in ("id", "key", "sequence"))
        return self._keep([fact], [self._count and own])[0]

    def emit_in(self, transaction: Transaction, body: Body, **said: Unpack[Said]) -> EventData:
        """Writes one fact to the table ``pledger_outbox`` in the caller's own transaction, through
        its cursor or connection. It is emitted if and when that commits, by an ``OutboxRelay``.
        Raises ``Refused``, and what the database raises."""
        fact = self._sealer.seal(body, **said)
        emit_in(transaction, fact)
        return fact

    def caused_by(self, cause: Cause | UUID | str) -> AbstractContextManager[None]:
        """A block in which facts say that they were caused by this one (a fact, a delivery or an
        id), whichever emitter emits them."""
        return context.caused_by(cause)


class Emitter(Emitting, Sender):
    """Emits the facts of one source: a ``Sender`` that also makes them.

    Beside the arguments of ``Sender``:

    - ``source``: ``/department/system``, for all facts of this emitter.
    - ``count``: give facts a ``sequence`` that counts this source's. Needs an outbox file, which
      remembers the count. Facts with an id, a key or a sequence of their own are not counted, nor
      are those of ``emit_all`` and ``emit_in``.
    - ``clock`` gives nanoseconds since 1970.
    """

    def __init__(
        self,
        *,
        source: str,
        count: bool = False,
        clock: Callable[[], int] = clocks.time_ns,
        **sending: Unpack[Sending],
    ) -> None:
        if count and sending.get("outbox") is None:
            raise Refused("count: expected an outbox file, which remembers the count, saw none")
        self._sealer = Sealer(source, clock)
        self._count = count
        super().__init__(**sending)
