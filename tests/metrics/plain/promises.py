"""Commitments as units, and what the contract says of each: its keys, its facts, cohort K."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.commitments import Commitment, Folded
from tests.metrics.plain.world import Json, Unit, World, made_of


def key_of(folded: Folded) -> Json:
    one = folded.commitment
    return {
        "department": one.owner,
        "about": one.about,
        "channel": one.entry_point,
        "kind": one.kind,
        "internal": one.supports is not None,
        "made_to": one.made_to,
    }


def facts_of(folded: Folded) -> frozenset[str]:
    """What opened it, and what changed its state."""
    return frozenset(str(entry.fact.id) for entry in folded.entries if entry.before != entry.state)


def unit(folded: Folded, at: datetime | None, **rest: Any) -> Unit:
    return Unit(folded.commitment.commitment_id, at, key_of(folded), facts_of(folded), rest)


def released_by(one: Commitment, date: datetime) -> bool:
    return one.state == "released" and one.released_at is not None and one.released_at <= date


def honoured_by(one: Commitment, date: datetime | None) -> bool:
    """By a date of the commitment's own, or by the source's verdict in the place of that."""
    if one.state != "honoured" or one.honoured_at is None:
        return False
    return one.in_time if one.in_time is not None else date is not None and one.honoured_at <= date


def in_cohort(one: Commitment, date: datetime | None, as_of: datetime) -> bool:
    return date is not None and date < as_of and not released_by(one, date)


def due(world: World, one: Commitment) -> bool:
    """In K."""
    return in_cohort(one, one.agreed_due_at, world.as_of)


def kept(one: Commitment) -> bool:
    """Kept, of K."""
    return one.agreed_due_at is not None and honoured_by(one, one.agreed_due_at)


def said(folded: Folded, field: str) -> Any:
    return getattr(made_of(folded).body, field)
