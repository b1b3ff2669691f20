"""Journeys, identity, and what governs the ledger itself."""

from __future__ import annotations

from typing import Literal

from domain.events.body import Body, Texts


class JourneyOpened(Body):
    """A journey was declared open."""

    journey_id: str
    kind: str


class JourneyClosed(Body):
    """A journey was declared closed."""

    journey_id: str
    outcome: str | None = None


class JourneyConductorNamed(Body):
    """A department was named to conduct a journey."""

    journey_id: str
    department: str


class ConductorIntervened(Body):
    """The conductor of a journey stepped in."""

    journey_id: str
    department: str
    reason: str


class IdentityLinked(Body):
    """Two parties are one customer."""

    party_a: str
    party_b: str
    evidence: str | None = None


class IdentityUnlinked(Body):
    """Two parties are not one customer after all."""

    party_a: str
    party_b: str
    evidence: str | None = None


class FactRetracted(Body):
    """A fact is taken back; it stays in the ledger."""

    fact_id: str
    reason: str


class CalendarPublished(Body):
    """A version of a calendar of working time."""

    calendar_id: str
    version: int
    timezone: str
    weekly: Texts
    closed: Texts = ()
    special: Texts = ()
    holidays: str | None = None


class PolicyPublished(Body):
    """A version of the deadline that applies when nobody named one."""

    policy_id: str
    version: int
    about: str
    due: str
    calendar_id: str | None = None
    clock_starts: Literal["sent", "received", "opened", "made", "other"]
    regime: str | None = None
    labels: Texts = ()
