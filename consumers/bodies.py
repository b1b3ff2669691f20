"""The bodies of stored facts, and what is said where some can't be read."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from domain.facts import NO_EXTENSIONS, Fact
from domain.instants import from_microseconds
from ledger.errors import Damaged
from ledger.port import RecordedEvent
from ledger.sqlite.reader import ranges
from schemas import codec
from schemas.errors import Refused as Misfit


def body_of(type: str, wire: bytes) -> dict[str, object]:
    """The body of a fact of that type. Raises ``schemas.errors.Refused`` for bytes that can't be
    read, and for those of another type."""
    found, body = codec.decode(wire)
    if found != type:
        raise Misfit(found, "", "a body of the fact's own type", "one of another")
    return body


def fact_of(event: RecordedEvent) -> Fact:
    """A kept fact, as the folds of ``domain/`` take it. Raises as ``body_of``."""
    # Imported here: the models take long to import.
    from domain.events import BODIES

    return Fact(
        UUID(event.id),
        event.type,
        event.source,
        event.subject,
        from_microseconds(event.time),
        BODIES[event.type].model_validate(body_of(event.type, event.body)),
        event.position,
        from_microseconds(event.recorded_at),
        event.correlationid,
        event.causationid,
        event.sequence,
        event.extensions or NO_EXTENSIONS,
    )


def damaged(facts: Iterable[tuple[int, str, bytes]]) -> Damaged | None:
    """The error that tells which of these facts (position, type and body of each, in their order)
    have bodies that can't be read; None where all can."""
    misfits: dict[int, Misfit] = {}
    for position, type, wire in facts:
        try:
            body_of(type, wire)
        except Misfit as misfit:
            misfits[position] = misfit
    if not misfits:
        return None
    positions = list(misfits)
    first = f"{positions[0]} one that is not ({misfits[positions[0]]})"
    more = f"; in all {len(positions):,}: {ranges(positions)}" if len(positions) > 1 else ""
    return Damaged(
        "every stored fact to be one of the catalogue's types, and its body to be read as that",
        f"at position {first}{more}",
        "if a newer version of Pledger wrote it, use that one; otherwise keep that file, and put"
        " the last sound copy in its place, or go on without the facts at these positions:"
        " {leave positions out}",
        positions,
    )
