"""How an event of the simulator becomes a fact that the ledger takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.port import Sealed
from schemas.codec import encode

if TYPE_CHECKING:
    from simulator.journal import Event


def seal(event: Event) -> Sealed:
    """The event as the ledger's port takes it."""
    return Sealed(
        event.id,
        event.type,
        event.source,
        event.subject,
        event.time,
        encode(event.type, event.body),
        causationid=event.causationid,
    )
