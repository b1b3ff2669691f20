"""What the simulator decided, noted down as it decided it. ``truth.py`` answers from these notes.

Nothing here reads a fact: a promise's dates, owner and state are what the story meant them to be
when it wrote the fact, so that the folds can be held to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Turn(NamedTuple):
    """How a promise stands from ``at`` on, in UTC microseconds. ``state`` is ``open``,
    ``honoured``, ``released``, ``abandoned`` or ``disputed``."""

    at: int
    state: str
    owner: str | None
    first_due: int | None
    agreed_due: int | None
    latest_due: int | None
    honoured_at: int | None
    released_at: int | None
    abandoned_at: int | None
    paused: bool


@dataclass(slots=True)
class Promise:
    """One promise. The upper half is decided when it is made; ``turns`` (at least one) are in the
    order of time. ``steps`` are the lines of the balance: ``made``, ``reopened``, ``honoured``,
    ``released``, ``abandoned`` and when. ``signs`` are the times at which the customer heard from
    the company about it. ``fate`` names what the story decided (see ``fates.py``), ``settled_at``
    is when the last step of that fate was to happen, whether or not the simulation lasted so long.
    """

    commitment_id: str
    customer: str
    about: str
    kind: str
    made_to: str
    channel: str | None
    supports: str | None
    earliest_at: int | None
    made_at: int
    fate: str = ""
    settled_at: int = 0
    turns: list[Turn] = field(default_factory=list)
    steps: list[tuple[int, str]] = field(default_factory=list)
    chases: list[int] = field(default_factory=list)
    reschedulings: list[int] = field(default_factory=list)
    signs: list[int] = field(default_factory=list)


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


class Trace(NamedTuple):
    """One fact of a customer who is watched. ``thread`` is the business object that ties facts into
    one journey (``order:100017``); None for a loose fact. ``detail`` is the channel of a touchpoint
    and the id of a promise made, else None."""

    at: int
    fact: str
    type: str
    department: str
    party: str
    thread: str | None
    detail: str | None


@dataclass(slots=True)
class Notes:
    """All that was noted. ``watched`` parties have all their facts in ``traces``. ``facts`` counts
    distinct facts, ``emitted`` counts events (repeats too), ``late`` those that were emitted more
    than an hour after they happened; ``by_type`` counts distinct facts."""

    promises: dict[str, Promise] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    traces: dict[str, list[Trace]] = field(default_factory=dict)
    out_of_force: set[str] = field(default_factory=set)
    by_type: dict[str, int] = field(default_factory=dict)
    facts: int = 0
    emitted: int = 0
    late: int = 0
