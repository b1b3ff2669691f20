"""What can go wrong with emitting. Every message says what was expected, what was seen and what to
do, and quotes neither a subject nor anything of a body."""

from __future__ import annotations


class PledgerError(Exception):
    """Emitting could not do what was asked. The kinds below say why."""


class Refused(PledgerError, ValueError):
    """What was given is no fact. Nothing was kept or sent."""


class OutboxFull(PledgerError):
    """As many facts wait for the broker as the outbox may hold. The fact was not kept."""


class OutboxInUse(PledgerError):
    """Another process, or another emitter of this one, has the outbox file open."""


class OutboxTrouble(PledgerError):
    """The outbox file can't be read or written: a full disk, a missing folder, damage, or another
    kind of file. A fact that was being emitted was not kept."""


class NotDelivered(PledgerError):
    """An emitter without an outbox file was closed while facts waited in its memory: these are
    lost. ``ids`` names them."""

    def __init__(self, message: str, ids: tuple[str, ...]) -> None:
        super().__init__(message)
        self.ids = ids


class Closed(PledgerError):
    """The emitter was closed before."""


class Forked(PledgerError):
    """The emitter was made by the process of which this one is a child."""
