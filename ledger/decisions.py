"""What the desk has decided: an event-sourced application whose aggregates are the decisions about
each promise and each issue, in their order, and which of them the ledger has by now.

A decision is a fact, sealed as ledgers take it. It is recorded here first, under the next version
of its aggregate, so of two that decide at once on the same version one fails; a relay then
publishes it (``consumers.relay``). Where the decisions lie is the recorder's business: a SQLite
file (``ledger.sqlite.decisions``) or PostgreSQL.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
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

    def syncing(self) -> Callable[[], None]:
        """Begin to make durable all that was recorded. What is returned waits until it is, and is
        called once: nobody is told of a decision before."""

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
        # The aggregates in memory; and for as long as the recorder tells of no changes, those of
        # them that are whole, and all that waits, where that is known.
        self._aggregates: dict[str, tuple[Decided, ...]] = {}
        self._changes: int | None = None
        self._whole: set[str] = set()
        self._waiting: list[Waiting] | None = None
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
        self._forget_what_changed()
        decided = self._aggregates.get(stream, ())
        if stream in self._whole:
            return decided
        more = cast("Iterator[Decided]", self.events.get(stream, gt=len(decided)))
        return self._remember(stream, (*decided, *more))

    def record(self, decided: Decided, key: Key | None) -> int:
        """Record a decision as the one of its version; its number in the log. Raises
        ``IntegrityError`` where another has the version, or the key."""
        (recording,) = self.events.put([decided], key=key)
        number = recording.notification.id
        before = self._aggregates.get(decided.originator_id, ())
        if len(before) + 1 == decided.originator_version:
            self._remember(decided.originator_id, (*before, decided))
        if self._waiting is not None:
            self._waiting.append(Waiting(number, decided.fact()))
        return number

    def next_waiting(self, limit: int) -> list[Waiting]:
        """The first decisions that the ledger may not have yet, in the order of the log."""
        self._forget_what_changed()
        if self._waiting is None:
            found = self.records.next_waiting(limit)
            first = [Waiting(each.id, self._decided(each).fact()) for each in found]
            if len(first) == limit:
                return first
            self._waiting = first
        return self._waiting[:limit]

    def publish(self, positions: Mapping[int, int]) -> None:
        """Note where in the ledger the next decisions lie, by their numbers and in order."""
        self.records.publish(list(positions.items()))
        if self._waiting is not None:
            self._waiting = [each for each in self._waiting if each.number not in positions]

    def _forget_what_changed(self) -> None:
        changes = self.records.changes()
        if changes is None or changes != self._changes:
            self._changes = changes
            self._whole.clear()
            self._waiting = None

    def _remember(self, stream: str, decided: tuple[Decided, ...]) -> tuple[Decided, ...]:
        if len(self._aggregates) >= _REMEMBERED:
            self._aggregates.clear()
            self._whole.clear()
        self._aggregates[stream] = decided
        self._whole.add(stream)
        return decided

    def _decided(self, notification: Notification) -> Decided:
        return cast("Decided", self.mapper.to_domain_event(notification))
