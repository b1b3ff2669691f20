"""What the questions answer: JSON objects, but that instants are aware datetimes in UTC. Keys that
are not always there are NotRequired; docs/reference/command-line.md says what each means.

For types alone: import it where they are checked, since the domain comes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from domain import scoreboard
from domain.clocks import Awaited
from domain.commitments import State
from domain.statuses import Status
from domain.suspense import Reason
from projections.queries.health import Kind

#: A place in the ledger, or how far it is known: a number, or text where it has several partitions.
Position = int | str

#: A duration, whole where it is.
Seconds = int | float


class UnknownValue(TypedDict):
    """A value of a question that is nowhere: what may have been meant, and some of those there are,
    the most frequent first."""

    value: str
    did_you_mean: str | None
    there_are: list[str]


#: The values of a question that are nowhere, by the key that they were given for.
UnknownValues = dict[str, list[UnknownValue]]


class Promises(scoreboard.Promises):
    """The scoreboard at a moment. ``evidence`` is how many facts of each type it rests on beside
    promises, ``in_suspense`` how many commitments are known by later facts alone; both are of all
    facts, whatever was selected. ``groups`` if they were asked for, ``unknown`` if some value that
    was asked for is nowhere."""

    as_of: datetime
    known_at: Position
    evidence: dict[str, int]
    in_suspense: int
    groups: NotRequired[list[scoreboard.PromisesGroup]]
    unknown: NotRequired[UnknownValues]


Period = TypedDict("Period", {"from": datetime, "to": datetime})


class Balance(Period, scoreboard.Balance):
    """The balance of a period; ``groups`` if they were asked for."""

    groups: NotRequired[list[scoreboard.BalanceGroup]]


class CommitmentSummary(TypedDict):
    """A commitment as lists show it."""

    commitment_id: str
    customer: str
    about: str
    kind: str
    made_to: str
    owner: str | None
    status: Status
    state: State
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


class HistoryEntry(TypedDict):
    """A fact of a commitment's history; one that was not ``applied`` changed nothing."""

    id: str
    type: str
    time: datetime
    recorded_at: datetime
    position: Position
    source: str
    applied: bool
    data: dict[str, Any]


class Clocks(TypedDict):
    """How long a commitment took, or takes, by whose clock; ``paused`` by whom it waited for."""

    customer: Seconds
    company: Seconds
    paused: dict[Awaited, Seconds]


class Commitment(CommitmentSummary):
    """A commitment with its clocks and its history; ``left_out`` is how many facts in the middle of
    that were not asked for, if there are any."""

    clocks: Clocks
    history: list[HistoryEntry]
    left_out: NotRequired[int]


class ChainLink(TypedDict):
    """A commitment of a chain, and by how many others it supports the one that was asked for."""

    commitment_id: str
    supports: str | None
    owner: str | None
    about: str
    status: Status
    agreed_due_at: datetime | None
    honoured_at: datetime | None
    depth: int


class Chain(TypedDict):
    """A commitment and all that support it; ``first_break`` is the one that broke first."""

    commitment_id: str
    nodes: list[ChainLink]
    first_break: str | None


class CommitmentsPage(TypedDict):
    """A page of commitments; ``next`` is the cursor of what is behind it. ``unknown`` if some value
    that was asked for is nowhere."""

    commitments: list[CommitmentSummary]
    next: str | None
    unknown: NotRequired[UnknownValues]


class Waiting(TypedDict):
    """A line of the worklist."""

    commitment_id: str
    customer: str
    about: str
    owner: str | None
    agreed_due_at: datetime
    status: Status
    silence: Seconds


class Due(TypedDict):
    """The worklist."""

    due: list[Waiting]


class Step(TypedDict):
    """A fact of a journey. ``data`` is its body without nulls and personal fields."""

    id: str
    type: str
    time: datetime
    department: str
    refs: list[str]
    data: dict[str, Any]


class Feedback(TypedDict):
    """What a customer said, on which scale."""

    question: str
    score: int
    scale_min: int
    scale_max: int
    time: datetime


class Journey(TypedDict):
    """A journey, step by step."""

    journey_id: str
    customer: str
    first_at: datetime
    last_at: datetime
    facts: int
    departments: list[str]
    handovers: int
    touchpoints: dict[str, int]
    chases: int
    reasked: int
    channels_forced: int
    promises: scoreboard.Counts
    kept_whole: bool | None
    longest_silence: Seconds | None
    feedback: list[Feedback]
    steps: list[Step]


class JourneysPage(TypedDict):
    """A page of journeys; ``next`` is the cursor of what is behind it."""

    journeys: list[Journey]
    next: str | None


class LooseFact(TypedDict):
    """A fact that is in no journey."""

    id: str
    type: str
    time: datetime


class Customer(TypedDict):
    """Everything about a customer: ``customer`` is the id that was asked for."""

    customer: str
    canonical: str
    aliases: list[str]
    journeys: list[Journey]
    loose: list[LooseFact]
    promises: scoreboard.Counts


class Hit(TypedDict):
    """What was found: its kind, its id, and the canonical id of the customer it is about."""

    kind: Literal["customer", "commitment", "journey", "issue", "payment"]
    id: str
    customer: str


class Found(TypedDict):
    """What a search has found: what is meant by the whole text first."""

    found: list[Hit]


class SuspenseItem(TypedDict):
    """What waits for one reason about one id."""

    reason: Reason
    about: str
    since: datetime
    facts: list[str]


class Suspense(TypedDict):
    """What waits. Of a page also ``by_reason``, how many items there are in all, and ``next``, the
    cursor of what is behind it."""

    items: list[SuspenseItem]
    by_reason: NotRequired[dict[Reason, int]]
    next: NotRequired[str | None]


class Change(TypedDict):
    """A promise that would stand otherwise, or have another first date."""

    commitment_id: str
    status: Status
    would_be: Status
    first_due_at: datetime | None
    would_be_first_due_at: datetime | None


class WhatIf(TypedDict):
    """The scoreboard as it is and as it would be, how many promises would change, and the first of
    them by id."""

    as_of: datetime
    known_at: Position
    promises: Promises
    would_be: Promises
    changed: int
    changes: list[Change]


class Finding(TypedDict):
    """What may be wrong with what was fed in, how many of it there are, and some of them: ids, or
    groups of ids that look alike. ``reason`` is why something waits."""

    kind: Kind
    count: int
    examples: list[str] | list[list[str]]
    says: str
    remedy: str
    reason: NotRequired[Reason]


class Health(TypedDict):
    """What may be wrong with what was fed in."""

    findings: list[Finding]


class Fact(TypedDict):
    """A fact as a CloudEvent. Its extension attributes are further keys."""

    specversion: str
    id: str
    type: str
    source: str
    subject: str
    time: datetime
    correlationid: NotRequired[str]
    causationid: NotRequired[str]
    sequence: NotRequired[str]
    recordedtime: datetime
    position: Position
    data: dict[str, object]


class MetricEntry(TypedDict):
    """An entry of the registry. ``by`` are all keys, the month last; ``within`` is the default of
    W, None where the metric has none."""

    name: str
    family: str
    kind: str
    question: str
    by: list[str]
    within: str | None
    definition: dict[str, str | None]


class Metrics(TypedDict):
    """The registry, in its order."""

    metrics: list[MetricEntry]


MetricHead = TypedDict(
    "MetricHead",
    {
        "metric": str,
        "as_of": datetime,
        "known_at": Position,
        "from": datetime | None,
        "to": datetime | None,
        "within": str | None,
        "unknown": NotRequired[UnknownValues],
    },
)

#: The key of a group of units, or all keys of a unit.
UnitKey = dict[str, str | bool | None]


class MetricGroup(TypedDict):
    """The value over the units of one key."""

    key: UnitKey
    value: Mapping[str, Any]


class MetricGroups(TypedDict):
    """The groups of a metric, if they were asked for."""

    groups: NotRequired[list[MetricGroup]]


class MetricEvidence(TypedDict):
    """How many facts there are of each type that a metric names; of ``unreported`` ones, on which
    it rests, there are none."""

    evidence: dict[str, int]
    unreported: list[str]


class Metric(MetricHead, MetricGroups, MetricEvidence):
    """The value of a metric."""

    value: Mapping[str, Any]
    definition: dict[str, str | None]


class MetricUnits(MetricHead, MetricEvidence):
    """A page of the units of a metric: each with ``unit``, ``facts``, ``at``, ``key`` and what its
    kind is made of; ``next`` is the cursor of what is behind it."""

    units: list[dict[str, Any]]
    next: str | None
    definition: dict[str, str | None]
