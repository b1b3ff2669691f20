"""What is noted of a simulation: how promises stand, what waits, who is one customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Turn(NamedTuple):
    """How a promise stands from ``at`` on, in UTC microseconds. ``state`` is ``open``,
    ``honoured``, ``released``, ``abandoned`` or ``disputed``; ``customer_due`` is the date that
    only the customer's own wishes moved; ``in_time`` is the verdict of somebody who knows no more
    than whether it was done in time."""

    at: int
    state: str
    owner: str | None
    first_due: int | None
    agreed_due: int | None
    latest_due: int | None
    customer_due: int | None
    honoured_at: int | None
    in_time: bool | None
    released_at: int | None
    abandoned_at: int | None
    paused: bool


@dataclass(slots=True)
class Waiting:
    """Something that waits in suspense from ``since`` until ``settled_at`` (None: still at the end
    of the simulation). ``reason`` and ``about`` as in the answer to ``suspense``; ``fact`` is the
    id of the one fact that waits."""

    reason: str
    about: str
    since: int
    fact: str
    settled_at: int | None = None


@dataclass(slots=True)
class Link:
    """Two parties that are one customer from ``linked_at`` until ``unlinked_at`` (None: still)."""

    party_a: str
    party_b: str
    linked_at: int
    unlinked_at: int | None = None


class Move(NamedTuple):
    """Another date: when it was given by which department, the agreed date until then (None: it is
    the first one), and whether it was the customer's wish or had the customer's nod."""

    at: int
    department: str
    agreed_due: int | None
    consent: bool


class Passing(NamedTuple):
    """A promise was passed from one department to another."""

    at: int
    giver: str
    taker: str


class Pause(NamedTuple):
    """From when until when a promise waited, and for whom."""

    start: int
    end: int
    waiting_for: str


class Trace(NamedTuple):
    """One fact of a customer who is watched. ``sequence`` numbers the facts of a source whose clock
    shows minutes only, and is 0 for others. ``thread`` names what ties facts into one journey: the
    episode, or a payment that no system could link; None for a loose fact. ``detail`` is the
    channel of a touchpoint and the id of a promise made, else None."""

    at: int
    sequence: int
    fact: str
    type: str
    department: str
    party: str
    thread: str | None
    detail: str | None
