"""What the simulator emits, and how an event becomes a sealed fact or CloudEvents JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from entrypoints.demo.moments import text
from ledger.port import Sealed
from schemas.codec import encode
from schemas.jsonform import to_json


class Event(NamedTuple):
    """One fact as its emitter wrote it. ``time`` is in UTC microseconds since 1970; instants in
    ``body`` are aware datetimes, and fields that have a default may be missing. Nobody changes a
    body once it is emitted."""

    id: str
    type: str
    source: str
    subject: str
    time: int
    body: Mapping[str, object]
    correlationid: str | None = None
    causationid: str | None = None


def seal(event: Event) -> Sealed:
    """The event as the ledger's port takes it."""
    return Sealed(
        event.id,
        event.type,
        event.source,
        event.subject,
        event.time,
        encode(event.type, event.body),
        event.correlationid,
        event.causationid,
    )


def cloudevent(event: Event) -> dict[str, object]:
    """The event in the structured mode of CloudEvents 1.0: what one line of ``emit`` holds."""
    written: dict[str, object] = {
        "specversion": "1.0",
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": text(event.time),
    }
    if event.correlationid is not None:
        written["correlationid"] = event.correlationid
    if event.causationid is not None:
        written["causationid"] = event.causationid
    written["data"] = to_json(event.type, event.body)
    return written
