"""What the door answers those who operate a home, and those who see to who reads what: how the home
stands, what its workers set aside, and the readings of personal fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pledger_sdk.http.answers import Answer, Part


class Partition(Part):
    """How a partition stands: how far the topic goes and the views have come, and which worker has
    it. ``lost`` where facts that the views have, or miss, are gone from the topic."""

    partition: int
    head: int
    position: int
    lag: int
    lost: bool
    lag_seconds: float | None
    newest: datetime | None
    owner: str | None
    epoch: int


class HomeStatus(Answer):
    """How a home stands. ``lag`` is how many facts the views are behind, ``definition`` whether
    they are as this version builds them. What only the other kind of home has is None, or empty."""

    home: Literal["embedded", "server"]
    lag: int
    definition: Literal["current", "other", "none"]
    decisions_waiting: int
    head: int | None = None
    position: int | None = None
    lost: bool | None = None
    left_out: tuple[int, ...] = ()
    topic: str | None = None
    topic_id: str | None = None
    topic_fault: str | None = None
    generation: int | None = None
    building: Mapping[str, object] | None = None
    parked: Mapping[str, int] | None = None
    quarantined: int | None = None
    partitions: tuple[Partition, ...] = ()


class AtPlace(Part):
    """Where a message lies."""

    partition: int
    offset: int

    @property
    def place(self) -> str:
        """The same, as the methods take it."""
        return f"{self.partition}:{self.offset}"


class MessageSummary(AtPlace):
    """A message in quarantine: why it is no fact, and what became of it."""

    recorded_at: datetime
    first_seen: datetime
    reason: str
    state: Literal["open", "retried", "dismissed"]
    settled_at: datetime | None
    why: str | None


class Bytes(Part):
    """Bytes as text, where they are text, and in base 64; both are None where the key may not read
    what is personal."""

    text: str | None
    base64: str | None


class Header(Part):
    """A header of a message."""

    name: str
    value: Bytes | None


class Message(Answer, MessageSummary):
    """A message with its bytes."""

    key: Bytes | None
    value: Bytes | None
    headers: tuple[Header, ...]


class RetriedMessage(AtPlace):
    """What became of a message that was read once more, and why."""

    settled: bool
    why: str


class DismissedMessage(AtPlace):
    """A message that was dismissed, and why."""

    dismissed: bool
    why: str


class ParkedSummary(Part):
    """A parked subject: why, since when, and how many of its facts wait."""

    subject: str
    reason: str
    since: datetime
    facts: int


class ParkedSubject(Answer, ParkedSummary):
    """A parked subject, with the places of its facts."""

    waiting: tuple[AtPlace, ...]


class Unparked(Answer):
    """What became of a parked subject: how many of its facts were folded in, and how many
    dismissed; where it stays parked, why, and the first fact on which the fold fails."""

    subject: str
    unparked: bool
    facts: int
    dismissed: int
    reason: str | None
    failing: AtPlace | None


class AccessRecord(Part):
    """That somebody read personal fields: which, of which facts, and by which question."""

    at: datetime
    who: str
    what: str
    fields: tuple[str, ...]
    facts: tuple[str, ...]
