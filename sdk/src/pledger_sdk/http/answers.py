"""What the door answers, as frozen models: the JSON of docs/reference/command-line.md, in which
instants are aware datetimes in UTC and durations seconds.

Answers may gain keys with a later version of the door: what a model does not name is kept as an
attribute too (``model_extra``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pledger_sdk.http import pictures

#: A place in the ledger, or how far it is known: a number, or text where it has several partitions.
Position = int | str


class Answer(BaseModel):
    """What every answer may have: ``without`` are the partitions whose facts are left out;
    ``personal`` is ``withheld`` where the key may not read personal fields, and ``withheld`` names
    them."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    without: tuple[int, ...] = ()
    personal: Literal["withheld"] | None = None
    withheld: tuple[str, ...] = ()


class Part(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class Rate(Part):
    """How many were kept of those due, with its 95 % Wilson interval; no rate where none was."""

    kept: int
    rate: float | None
    low: float | None
    high: float | None


class Promises(Answer):
    """The scoreboard: ``counts`` by status, ``kept_rate`` on the bases first, agreed and latest.
    ``groups`` where they were asked for, ``unknown`` where a value that was asked for is nowhere.
    """

    as_of: datetime
    known_at: Position
    counts: Mapping[str, int]
    kept_rate: Mapping[str, Rate]
    slip_gap: float | None
    unprompted: Rate
    evidence: Mapping[str, int]
    in_suspense: int
    groups: tuple[Mapping[str, Any], ...] = ()
    unknown: Mapping[str, Any] = {}


class Balance(Answer):
    """What was outstanding, came and went, and is outstanding."""

    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    opening: int
    made: int
    reopened: int
    honoured: int
    released: int
    abandoned: int
    closing: int
    groups: tuple[Mapping[str, Any], ...] = ()


class CommitmentSummary(Part):
    """A promise as lists show it."""

    commitment_id: str
    customer: str
    about: str
    kind: str
    made_to: str
    owner: str | None
    status: str
    state: str
    supports: str | None
    in_time: bool | None
    reschedulings: int
    chases: int
    paused: bool
    made_at: datetime
    earliest_at: datetime | None
    first_due_at: datetime | None
    agreed_due_at: datetime | None
    latest_due_at: datetime | None
    customer_due_at: datetime | None
    honoured_at: datetime | None
    released_at: datetime | None
    abandoned_at: datetime | None


class HistoryEntry(Part):
    """A fact of a promise's history; one that was not ``applied`` changed nothing."""

    id: str
    type: str
    time: datetime
    recorded_at: datetime
    position: Position
    source: str
    applied: bool
    data: Mapping[str, Any]


class Clocks(Part):
    """How long a promise took, or takes, by whose clock."""

    customer: float
    company: float
    paused: Mapping[str, float]


class Commitment(Answer, CommitmentSummary):
    """A promise with its clocks and its history; ``left_out`` is how many facts in the middle of
    that were not asked for."""

    clocks: Clocks
    history: tuple[HistoryEntry, ...]
    left_out: int = 0

    def _repr_html_(self) -> str:
        return pictures.of_commitment(self)


class ChainLink(Part):
    """A promise of a chain, and by how many others it supports the one that was asked for."""

    commitment_id: str
    supports: str | None
    owner: str | None
    about: str
    status: str
    agreed_due_at: datetime | None
    honoured_at: datetime | None
    depth: int


class Chain(Answer):
    """A promise and all that support it; ``first_break`` is the one that broke first."""

    commitment_id: str
    nodes: tuple[ChainLink, ...]
    first_break: str | None


class Waiting(Part):
    """A line of the worklist; ``silence`` in seconds."""

    commitment_id: str
    customer: str
    about: str
    owner: str | None
    agreed_due_at: datetime
    status: str
    silence: float


class DueChange(Waiting):
    """A line that has entered the worklist or changed, or has ``left`` it; ``position`` is where to
    go on from."""

    left: bool = False
    position: Position


class Due(Answer):
    """The worklist: overdue first, then what falls due."""

    due: tuple[Waiting, ...]


class Step(Part):
    """A fact of a journey. ``data`` is its body without nulls and personal fields."""

    id: str
    type: str
    time: datetime
    department: str
    refs: tuple[str, ...]
    data: Mapping[str, Any]


class JourneySummary(Part):
    """A journey, step by step, as lists have it."""

    journey_id: str
    customer: str
    first_at: datetime
    last_at: datetime
    facts: int
    departments: tuple[str, ...]
    handovers: int
    touchpoints: Mapping[str, int]
    chases: int
    reasked: int
    channels_forced: int
    promises: Mapping[str, int]
    kept_whole: bool | None
    longest_silence: float | None
    feedback: tuple[Mapping[str, Any], ...]
    steps: tuple[Step, ...]


class Journey(Answer, JourneySummary):
    """A journey across departments, step by step."""

    def _repr_html_(self) -> str:
        return pictures.of_journey(self)


class LooseFact(Part):
    """A fact that is in no journey."""

    id: str
    type: str
    time: datetime


class Customer(Answer):
    """Everything about a customer: ``customer`` is the id that was asked for."""

    customer: str
    canonical: str
    aliases: tuple[str, ...]
    journeys: tuple[JourneySummary, ...]
    loose: tuple[LooseFact, ...]
    promises: Mapping[str, int]


class Hit(Part):
    """What was found, and where more is to be read of it."""

    kind: str
    id: str
    customer: str
    href: str


class Found(Answer):
    """What a search has found: what is meant by the whole text first."""

    found: tuple[Hit, ...]


class SuspenseItem(Part):
    """What waits for one reason about one id."""

    reason: str
    about: str
    since: datetime
    facts: tuple[str, ...]


class Fact(Part):
    """A fact as a CloudEvent; its extension attributes are further attributes here. ``without``,
    ``personal`` and ``withheld`` are as every answer may have them, or, where the fact has an
    extension of the name, its text."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    recordedtime: datetime
    position: Position
    data: Mapping[str, Any]
    correlationid: str | None = None
    causationid: str | None = None
    sequence: str | None = None
    without: tuple[int, ...] | str = ()
    personal: str | None = None
    withheld: tuple[str, ...] | str = ()


class WhatIf(Answer):
    """The scoreboard as it is and as it would be, how many promises would change, and the first of
    them by id."""

    as_of: datetime
    known_at: Position
    promises: Promises
    would_be: Promises
    changed: int
    changes: tuple[Mapping[str, Any], ...]


class MetricEntry(Part):
    """An entry of the registry: what a number means, the keys by which it is grouped."""

    name: str
    family: str
    kind: str
    question: str
    by: tuple[str, ...]
    within: str | None
    definition: Mapping[str, str | None]


class MetricGroup(Part):
    """The value over the units of one key."""

    key: Mapping[str, str | bool | None]
    value: Mapping[str, Any]


class Metric(Answer):
    """A number. ``value`` has a ``kind``, and what its kind has (docs/reference/metrics.md).
    Of the types in ``unreported``, on which it rests, there is no fact."""

    metric: str
    as_of: datetime
    known_at: Position
    start: datetime | None = Field(alias="from")
    end: datetime | None = Field(alias="to")
    within: str | None
    value: Mapping[str, Any]
    groups: tuple[MetricGroup, ...] = ()
    evidence: Mapping[str, int]
    unreported: tuple[str, ...]
    definition: Mapping[str, str | None]
    unknown: Mapping[str, Any] = {}

    def _repr_html_(self) -> str:
        return pictures.of_metric(self)


class Unit(Part):
    """What a metric counts, and its anchor, if it has one; what its kind is made of are further
    attributes."""

    unit: str
    facts: tuple[str, ...]
    at: datetime | None
    key: Mapping[str, str | bool | None]


class Receipt(Part):
    """What the ledger answers for a fact: its position, to be given as ``after``, and whether it
    was there already."""

    id: str
    position: Position
    duplicate: bool


class NotKept(Part):
    """A fact that was not kept: its place among those that were sent, and why."""

    index: int
    id: str | None
    why: str


class Receipts(Part):
    """What became of facts that were sent."""

    accepted: int
    duplicates: int
    receipts: tuple[Receipt, ...]
    rejected: tuple[NotKept, ...]
    head: Position | None


class DecidedFact(Part):
    """A fact of a decision; it has no position while it is not published yet."""

    id: str
    type: str
    time: datetime
    position: Position | None


class Decision(Part):
    """What was decided at the desk: about which promise or issue, the how manieth decision about it
    that was (to be given as ``expect``), and how it stands now."""

    commitment_id: str | None = None
    issue_id: str | None = None
    version: int = 0
    facts: tuple[DecidedFact, ...] = ()
    state: str | None = None
    status: str | None = None
