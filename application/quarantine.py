"""What workers set aside: messages in quarantine, and the parked subjects whose facts wait.

Everything works beside the workers, and changes one message or one subject in one transaction.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, TypedDict

from application.errors import Unknown, Wrong

if TYPE_CHECKING:
    from application.server_home import ServerHome
    from consumers.quarantine import Retried
    from consumers.worker.apply_batch import Fetch
    from consumers.worker.db_session import DbSession
    from projections.postgres.parked_subjects import Parked
    from projections.postgres.quarantine import Quarantine, Quarantined
    from projections.postgres.session import PostgresSession

#: Where a message lies: its partition and its offset.
Place = tuple[int, int]
State = Literal["open", "retried", "dismissed"]

BEFORE_ALL: Place = (-1, -1)
#: Messages in quarantine that are read again in one go.
PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A page of the messages in a state: at most ``limit``, from behind ``after`` on."""

    state: State = "open"
    limit: int = 100
    after: Place = BEFORE_ALL


@dataclass(frozen=True, kw_only=True)
class Dismissal:
    """That a message is no fact, and why."""

    place: Place
    reason: str


@dataclass(frozen=True, kw_only=True)
class Unparking:
    """Whose facts are to be folded in after all, but for those at the places ``without``, which are
    no facts for a ``reason``."""

    subject: str
    without: Sequence[Place] = ()
    reason: str = ""


class Message(TypedDict):
    """A message in quarantine: where it lies, when the ledger took it in, when a worker read it,
    why it is no fact; and what became of it."""

    partition: int
    offset: int
    recorded_at: datetime
    first_seen: datetime
    reason: str
    state: State
    settled_at: datetime | None
    why: str | None


class Bytes(TypedDict):
    """Bytes as JSON can hold them: as text where they are text, and always in base 64."""

    text: str | None
    base64: str


class Header(TypedDict):
    """A header of a message."""

    name: str
    value: Bytes | None


class WholeMessage(Message):
    """A message with all its bytes."""

    key: Bytes | None
    value: Bytes | None
    headers: list[Header]


class MessagePage(TypedDict):
    """Some messages, and the place behind which there are more; None at the end."""

    quarantined: list[Message]
    next: Place | None


class At(TypedDict):
    """Where a message lies."""

    partition: int
    offset: int


class Dismissed(At):
    """A message that was dismissed, and why."""

    dismissed: Literal[True]
    why: str


class ParkedSubject(TypedDict):
    """A parked subject: how many of its facts wait, and where, why, and since when."""

    subject: str
    reason: str
    since: datetime
    facts: int
    waiting: list[At]


class Unparked(TypedDict):
    """What became of a parked subject: how many of its facts were folded in and how many dismissed;
    if it stays parked, why, and the first fact on which the fold fails."""

    subject: str
    unparked: bool
    facts: int
    dismissed: int
    reason: str | None
    failing: At | None


def listed(home: ServerHome, asked: Listing) -> MessagePage:
    """A page of messages, by their places."""
    found = _listed(home, asked.state, asked.limit + 1, asked.after)
    shown = found[: asked.limit]
    following = len(found) > asked.limit
    return {
        "quarantined": [_message(one) for one in shown],
        "next": (shown[-1].partition, shown[-1].offset) if following else None,
    }


def message(home: ServerHome, place: Place) -> WholeMessage:
    """One message, whole. Raises ``Unknown``."""
    with _quarantine_of(home) as quarantine:
        found = None if quarantine is None else quarantine.one(place)
    if found is None:
        raise _unknown(place)
    return {
        **_message(found),
        "key": _bytes(found.key),
        "value": _bytes(found.value),
        "headers": [
            {"name": name.decode(errors="replace"), "value": _bytes(value)}
            for name, value in found.headers
        ],
    }


def retry(home: ServerHome, place: Place) -> Retried:
    """Read a message once more, and take its fact in. Raises ``Unknown`` where none is open."""
    from consumers.quarantine import retry

    with _db_session(home) as (db_session, _):
        found = retry(db_session, place)
    if found is None:
        raise _unknown(place)
    return found


def retry_all(home: ServerHome) -> list[Retried]:
    """As ``retry``, for every message that is open."""
    from consumers.quarantine import retry

    with _db_session(home) as (db_session, _):
        retried = [retry(db_session, place) for place in _open_places(home)]
    return [one for one in retried if one is not None]


def dismiss(home: ServerHome, asked: Dismissal) -> Dismissed:
    """Close a message: it is no fact, in these views and in all that are built later. Raises
    ``Unknown`` where none is open, and ``Wrong`` where it is in the views or no reason is given."""
    from consumers.quarantine import dismiss
    from projections.postgres import control_schema
    from projections.postgres.connection import connected
    from projections.postgres.errors import explained

    if not asked.reason:
        raise Wrong("the reason why a message is not taken in", "none", "{give a reason}")
    schema, at = home.schema, home.runtime.clock()
    with connected(home.dsn, "control") as connection, explained():
        made = control_schema.is_made(connection, schema)
        if not made or not dismiss(connection, schema, asked.place, asked.reason, at):
            raise _unknown(asked.place)
    return {**_at(asked.place), "dismissed": True, "why": asked.reason}


def parked(home: ServerHome) -> list[Parked]:
    """All parked subjects, those that wait longest first."""
    from projections.postgres import parked_subjects

    with _reading(home) as session:
        return parked_subjects.every(session.connection)


def parked_subject(home: ServerHome, subject: str) -> ParkedSubject:
    """A parked subject, with the places of its waiting facts. Raises ``Unknown``."""
    from projections.postgres import parked_subjects

    with _reading(home) as session:
        found = parked_subjects.one(session.connection, subject)
        places = parked_subjects.waiting(session.connection, subject)
    if found is None:
        raise _not_parked()
    return {
        "subject": found.subject,
        "reason": found.reason,
        "since": found.since,
        "facts": found.facts,
        "waiting": [_at(place) for place in places],
    }


def unpark(home: ServerHome, asked: Unparking) -> Unparked:
    """Fold in the waiting facts of a parked subject. It stays parked where the fold fails again.
    Raises ``Unknown`` where it is not parked, or none of its facts waits at a place."""
    from consumers.quarantine import unpark
    from ledger.kafka.topic_state import Watch

    if bool(asked.without) != bool(asked.reason):
        raise Wrong(
            "places of waiting facts, and the reason why they are none, together",
            "one of them",
            "{leave facts out}",
        )
    with _db_session(home) as (db_session, fetch):
        # The facts that wait are known by their places alone.
        db_session.expect(Watch(home.kafka).topic())
        dismissed = _dismiss_waiting(db_session, fetch, asked)
        found = unpark(db_session, fetch, asked.subject)
    if found is None:
        raise _not_parked()
    return {
        "subject": asked.subject,
        "unparked": found.reason is None,
        "facts": found.facts,
        "dismissed": dismissed,
        "reason": found.reason,
        "failing": None if found.failing is None else _at(found.failing),
    }


def _dismiss_waiting(db_session: DbSession, fetch: Fetch, asked: Unparking) -> int:
    # In a transaction of its own: it holds even if the fold fails on another of the facts.
    from consumers.quarantine import dismiss_waiting

    if not asked.without:
        return 0
    done = dismiss_waiting(db_session, fetch, asked.subject, asked.without, asked.reason)
    if done is None:
        raise _not_parked()
    return done


def _open_places(home: ServerHome) -> Iterator[Place]:
    after = BEFORE_ALL
    while found := _listed(home, "open", PAGE, after):
        yield from ((one.partition, one.offset) for one in found)
        after = (found[-1].partition, found[-1].offset)


def _listed(home: ServerHome, state: State, limit: int, after: Place) -> list[Quarantined]:
    with _quarantine_of(home) as quarantine:
        return [] if quarantine is None else quarantine.listed([state], limit=limit, after=after)


@contextmanager
def _quarantine_of(home: ServerHome) -> Iterator[Quarantine | None]:
    """The messages of the topic that the live views are of; None where there are no views."""
    from projections.postgres import control_schema, generation_topic
    from projections.postgres.connection import connected
    from projections.postgres.errors import explained

    with connected(home.dsn, "control") as connection, explained():
        live = control_schema.live_if_made(connection, home.schema)
        yield (
            None
            if live is None
            else generation_topic.quarantine_of(connection, home.schema, live.id)
        )


@contextmanager
def _reading(home: ServerHome) -> Iterator[PostgresSession]:
    """A session on the live views. Raises ``Wrong`` where there are none."""
    from projections.errors import NoViews

    try:
        with home.views().reading() as session:
            yield session
    except NoViews as error:
        raise Wrong(
            "views in the database", "none", "{worker} makes them and keeps them up"
        ) from error


@contextmanager
def _db_session(home: ServerHome) -> Iterator[tuple[DbSession, Fetch]]:
    """What lands facts beside the workers. Raises ``Wrong`` where another version of the program
    has built the views."""
    from consumers.errors import OtherDefinition
    from consumers.worker.db_session import DbSession
    from ledger.kafka.ledger import fetch

    fetching = partial(fetch, home.kafka)
    db_session = DbSession(home.views(), "a command", fetching, home.runtime)
    try:
        yield db_session, fetching
    except OtherDefinition as error:
        raise Wrong(error.expected, error.seen, error.remedy) from error
    finally:
        db_session.close()


def _message(one: Quarantined) -> Message:
    return {
        "partition": one.partition,
        "offset": one.offset,
        "recorded_at": one.recorded_at,
        "first_seen": one.first_seen,
        "reason": one.reason,
        "state": one.state,
        "settled_at": one.settled_at,
        "why": one.why,
    }


def _at(place: Place) -> At:
    return {"partition": place[0], "offset": place[1]}


def _bytes(value: bytes | None) -> Bytes | None:
    if value is None:
        return None
    try:
        text: str | None = value.decode()
    except UnicodeDecodeError:
        text = None
    return {"text": text, "base64": base64.b64encode(value).decode()}


def _unknown(place: Place) -> Unknown:
    partition, offset = place
    return Unknown(
        "an open message in quarantine",
        f"none at {partition}:{offset}",
        "{quarantine list} has them",
    )


def _not_parked() -> Unknown:
    return Unknown("a parked subject", "one that is not parked", "{parked list} has them")
