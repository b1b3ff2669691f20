"""What the desk has decided: an event-sourced application whose aggregates are the decisions about
each promise and each issue, in their order, and which of them the ledger has by now.

A decision is a fact, sealed as ledgers take it. It is recorded here first, under the next version
of its aggregate, so of two that decide at once on the same version one fails; a relay then
publishes it (``consumers.relay``). Where the decisions lie is the recorder's business: a SQLite
file (``ledger.sqlite.decisions``) or PostgreSQL.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol, cast

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, IntegrityError, Notification
from eventsourcing.utils import Environment, EnvType, register_topic

from domain.desk.keys import Key, Keyed
from ledger.port import EventData

__all__ = ["Decided", "DecisionRecorder", "Decisions", "IntegrityError", "Key", "Keyed", "Waiting"]

#: How many aggregates a process keeps in memory.
_REMEMBERED = 1_000


class Waiting(NamedTuple):
    """A decision that the ledger may not have yet: its number in the desk's log, and its fact."""

    number: int
    fact: EventData


class DecisionRecorder(Protocol):
    """What a recorder of decisions does beside what eventsourcing asks of one. Its
    ``insert_events`` takes ``key=Key(…)``, kept in the same transaction, and raises
    ``IntegrityError`` where the version or the key is taken."""

    def keyed(self, key: str) -> Keyed | None:
        """What a key was used for; None if for nothing yet."""

    def number(self, stream: str, version: int) -> int:
        """The number of a decision in the desk's log."""

    def position(self, number: int) -> int | None:
        """Where a decision lies in the ledger; None if that is not known yet."""

    def changes(self) -> int | None:
        """A number that is another one once somebody else has recorded or published; None where to
        learn it takes as long as to look."""

    def next_waiting(self, limit: int) -> Sequence[Notification]:
        """The first decisions after those that the ledger has, by their numbers."""

    def publish(self, positions: Sequence[tuple[int, int]]) -> None:
        """Note where in the ledger decisions lie, by their numbers: the next ones, in order."""

    def syncing(self) -> Future[None]:
        """Is done when all that was recorded is durable. Nobody is told of a decision before."""

    def waiting(self) -> int:
        """How many decisions come after those that the ledger has."""


@dataclass(frozen=True)
class Decided:
    """One decision: the fact, in which the body is base64 of the wire bytes and ``time`` in UTC
    microseconds since 1970. What is stored is this under ``TOPIC``, so both stay as they are."""

    TOPIC: ClassVar[str] = "desk:Decided"

    originator_id: str
    originator_version: int
    id: str
    type: str
    source: str
    subject: str
    time: int
    body: str

    @classmethod
    def of(cls, stream: str, version: int, fact: EventData) -> Decided:
        """The decision for a fact."""
        body = b64encode(fact.body).decode("ascii")
        return cls(stream, version, fact.id, fact.type, fact.source, fact.subject, fact.time, body)

    def fact(self) -> EventData:
        """The fact, as ledgers take it."""
        body = b64decode(self.body)
        return EventData(self.id, self.type, self.source, self.subject, self.time, body)


# What is stored names no module of ours, so that these may move.
register_topic(Decided.TOPIC, Decided)


class Decisions(Application[str]):
    """The desk's decisions in a recorder that is given. Nothing is read from the environment."""

    name = "desk"

    def __init__(self, recorder: DecisionRecorder) -> None:
        self.records = recorder
        # What was recorded last, by its number.
        self._last: tuple[int, Decided | None] = (0, None)
        # The aggregates in memory, and those of them to which nobody has added since the recorder
        # told of changes last.
        self._aggregates: dict[str, tuple[Decided, ...]] = {}
        self._current: set[str] = set()
        self._changes: int | None = None
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """No settings: the library would take any from the environment."""
        del env
        return Environment(name)

    def construct_recorder(self) -> ApplicationRecorder:
        """The one that was given."""
        return cast("ApplicationRecorder", self.records)

    def about(self, stream: str) -> tuple[Decided, ...]:
        """The decisions about one promise or issue, in their order."""
        changes = self.records.changes()
        if changes is None or changes != self._changes:
            self._current.clear()
            self._changes = changes
        decided = self._aggregates.get(stream, ())
        if stream in self._current:
            return decided
        more = cast("Iterator[Decided]", self.events.get(stream, gt=len(decided)))
        return self._remember(stream, (*decided, *more))

    def record(self, decided: Decided, key: Key | None) -> int:
        """Record a decision as the one of its version; its number in the log. Raises
        ``IntegrityError`` where another has the version, or the key."""
        (recording,) = self.events.put([decided], key=key)
        before = self._aggregates.get(decided.originator_id, ())
        if len(before) + 1 == decided.originator_version:
            self._remember(decided.originator_id, (*before, decided))
        self._last = recording.notification.id, decided
        return recording.notification.id

    def next_waiting(self, limit: int) -> list[Waiting]:
        """The first decisions that the ledger may not have yet, in the order of the log."""
        found = self.records.next_waiting(limit)
        return [Waiting(each.id, self._decided(each).fact()) for each in found]

    def _remember(self, stream: str, decided: tuple[Decided, ...]) -> tuple[Decided, ...]:
        if len(self._aggregates) >= _REMEMBERED:
            self._aggregates.clear()
            self._current.clear()
        self._aggregates[stream] = decided
        self._current.add(stream)
        return decided

    def _decided(self, notification: Notification) -> Decided:
        number, decided = self._last
        if notification.id == number and decided is not None:
            return decided
        return cast("Decided", self.mapper.to_domain_event(notification))
