"""What the ledger of a home knows of one promise or issue, for who is to decide about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast
from uuid import UUID

from application.errors import Unavailable
from domain.desk.verbs import DECLINED, ISSUE_VERBS, PROMISE_VERBS

if TYPE_CHECKING:
    from application.embedded_home import EmbeddedHome
    from application.home import OnProgress
    from application.server_home import ServerHome
    from domain.events import CommitmentMade
    from domain.facts import Fact
    from domain.policies import Policies
    from ledger.kafka.ledger import KafkaLedger
    from ledger.port import RecordedEvent
    from ledger.sqlite.ledger import SQLiteLedger
    from projections.duckdb.store import State
    from projections.queries.known_facts import Kind
    from projections.session import Session

#: The facts that decisions about each kind of thing weigh.
TYPES: dict[Kind, frozenset[str]] = {
    "commitment_id": frozenset(PROMISE_VERBS.values()) - {DECLINED},
    "issue_id": frozenset(ISSUE_VERBS.values()),
}
_KINDS: dict[str, Kind] = {type: kind for kind, types in TYPES.items() for type in types}
#: Facts that bear on others, which they do not name, or not by what is decided about.
_BEARING = frozenset({"fact.retracted", "policy.published", "calendar.published"})

#: So many facts behind the views are read from the ledger itself; of more, the views are brought up
#: to date.
TAIL = 5_000
#: So many things are looked up one by one before a process learns which there are at all.
_FEW = 2


class Found(NamedTuple):
    """What a ledger has about a thing: the facts in force, and the ids of all, retracted too."""

    in_force: list[Fact]
    ids: frozenset[UUID]


NOTHING = Found([], frozenset())


class LedgerFacts(Protocol):
    """What a ledger knows."""

    def about(self, kind: Kind, id: str) -> Found:
        """The facts that name a thing: all that the ledger has when this is called, or later."""

    def due_at(self, made: Fact) -> datetime | None:
        """The date that a policy gives to a promise that was made without one."""

    def published(self, positions: Collection[int]) -> None:
        """Take note of where decisions lie that were just published. Nobody need read them back:
        who asks what the ledger has knows what was decided."""


class EmbeddedFacts:
    """The facts of an embedded home: those in its views, and those that its ledger has behind them,
    which are read from the ledger itself: to fold a single fact into all the views takes far longer
    than to decide. What was looked up is remembered, since only what comes behind can change it."""

    def __init__(self, home: EmbeddedHome, ledger: SQLiteLedger, on_progress: OnProgress) -> None:
        self._home = home
        self._ledger = ledger
        self._on_progress = on_progress
        self._policies: Policies | None = None
        self._first: int | None = None
        self._after: int | None = None
        self._changes: int | None = None
        self._begin(None)

    def about(self, kind: Kind, id: str) -> Found:
        """See ``LedgerFacts``."""
        self._read_on()
        if (kind, id) not in self._looked_up:
            self._looked_up[kind, id] = self._look_up(kind, id)
            # The views may stand for more than was read; a retraction in that forgets all this.
            self._read_on()
            if (kind, id) not in self._looked_up:
                return self.about(kind, id)
        found = self._looked_up[kind, id]
        more = [each for each in self._tail.get((kind, id), ()) if each.id not in found.ids]
        if not more:
            return found
        return Found([*found.in_force, *more], found.ids | {each.id for each in more})

    def due_at(self, made: Fact) -> datetime | None:
        """See ``LedgerFacts``."""
        from projections.queries.known_facts import policies

        found = self._policies
        if found is None:
            with self._views() as session:
                found = self._policies = policies(session)
        return _due_at(found, made)

    def published(self, positions: Collection[int]) -> None:
        """See ``LedgerFacts``. What others appended in between is still read."""
        for position in sorted(positions):
            if self._after is not None and position == self._after + 1:
                self._after = position

    def _begin(self, after: int | None) -> None:
        """Forget what is known. From now on, what comes ``after`` a position is read from the
        ledger, and the views are of at least so much; None where that is not known yet."""
        self._first = self._after = after
        self._looked_up: dict[tuple[Kind, str], Found] = {}
        self._tail: dict[tuple[Kind, str], list[Fact]] = {}
        self._named: dict[Kind, set[str]] = {}
        self._policies = None
        self._changes = None

    def _read_on(self) -> None:
        """Take in what the ledger has by now. What this process published is known already, so
        there is more only where somebody else has appended."""
        changes = self._ledger.changes()
        if changes == self._changes:
            return
        if self._after is None or self._first is None:
            self._begin(self._position())
            self._read_on()
            return
        for batch in self._ledger.read(after=self._after):
            last = batch[-1].position
            if last - self._first > TAIL or any(event.type in _BEARING for event in batch):
                self._begin(self._home.catch_up(self._on_progress))
                self._read_on()
                return
            for event in batch:
                self._take(event)
            self._after = last
        self._changes = changes

    def _take(self, event: RecordedEvent) -> None:
        kind = _KINDS.get(event.type)
        if kind is None:
            return
        from consumers.bodies import fact_of

        fact = fact_of(event)
        self._tail.setdefault((kind, vars(fact.body)[kind]), []).append(fact)

    def _position(self) -> int:
        """Where the views stand, if they can be used as they are."""
        with self._home.views().found() as found:
            if found is not None and self._is_current(found[1].position, found[1]):
                return found[1].position
        return self._home.catch_up(self._on_progress)

    def _is_current(self, least: int, state: State) -> bool:
        from consumers.embedded_projector import is_current

        if not least <= state.position:
            return False
        views, without = self._home.views(), self._home.left_out()
        return (
            is_current(views, self._ledger, state, without)
            and self._ledger.head() - state.position <= TAIL
        )

    @contextmanager
    def _views(self) -> Iterator[Session]:
        """A session on the views, which stand for all before what is read from the ledger."""
        with self._home.views().found() as found:
            if found is not None and self._is_current(self._first or 0, found[1]):
                yield found[0]
                return
        with self._home.asking(self._on_progress) as (session, _):
            yield session

    def _look_up(self, kind: Kind, id: str) -> Found:
        """What the views have. A process that goes on looking things up learns once which there
        are, since most of what is decided about is new."""
        from projections.queries.known_facts import ids_named

        if kind in self._named and id not in self._named[kind]:
            return NOTHING
        with self._views() as session:
            if kind not in self._named and len(self._looked_up) >= _FEW:
                self._named[kind] = ids_named(session, kind)
            return read(session, kind, id)


class ServerFacts:
    """The facts of a server home: those in its views, once workers have taken in all that the topic
    had when this was asked."""

    def __init__(self, home: ServerHome, ledger: KafkaLedger, on_progress: OnProgress) -> None:
        self._home = home
        self._ledger = ledger
        self._on_progress = on_progress

    def about(self, kind: Kind, id: str) -> Found:
        """See ``LedgerFacts``. Raises ``Unavailable`` where workers have not taken it in for a
        while."""
        self._await_workers()
        with self._home.views().reading() as session:
            return read(session, kind, id)

    def due_at(self, made: Fact) -> datetime | None:
        """See ``LedgerFacts``."""
        from projections.queries.known_facts import policies

        with self._home.views().reading() as session:
            return _due_at(policies(session), made)

    def published(self, positions: Collection[int]) -> None:
        """See ``LedgerFacts``. Workers fold them in."""

    def _await_workers(self) -> None:
        missing = self._home.await_workers(self._ledger, self._on_progress)
        if missing:
            raise Unavailable(
                "the views to hold all that the topic had when this was asked",
                f"that they lack {missing:,} messages, and no worker takes them in",
                "start one, with {worker}, and decide again: nothing was decided",
            )


def read(session: Session, kind: Kind, id: str) -> Found:
    """What the views of a session have about a thing."""
    from projections.queries.known_facts import facts_about, retracted_among

    facts = facts_about(session, kind, id, TYPES[kind])
    ids = frozenset(fact.id for fact in facts)
    gone = retracted_among(session, ids)
    return Found([fact for fact in facts if fact.id not in gone], ids)


def _due_at(policies: Policies, made: Fact) -> datetime | None:
    body = cast("CommitmentMade", made.body)
    return policies.due_at(body.about, made.time, body.labels)
