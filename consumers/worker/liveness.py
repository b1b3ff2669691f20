"""When each server answered last: one that hangs neither answers nor refuses."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

#: Seconds without an answer after which a server is silent. Both are sampled every few seconds.
SILENT_S = 15.0


class Server(StrEnum):
    """The servers that a worker needs."""

    KAFKA = "Kafka"
    DATABASE = "the database"


class Liveness:
    """Threads may share it. ``monotonic`` gives seconds that only grow."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._answered_at: dict[Server, float] = {}
        self.begin()

    def begin(self) -> None:
        """No server was asked before now."""
        for server in Server:
            self.heard(server)

    def heard(self, server: Server) -> None:
        """It answered, with a result or an error."""
        self._answered_at[server] = self._monotonic()

    def at(self, server: Server) -> float:
        """When it answered last; if it never did, when this began."""
        return self._answered_at[server]

    def silent_s(self, server: Server) -> float | None:
        """For how many seconds it has been silent; None while it is not."""
        seconds = self._monotonic() - self._answered_at[server]
        return seconds if seconds > SILENT_S else None
