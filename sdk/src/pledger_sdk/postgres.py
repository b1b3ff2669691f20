"""The outbox in a service's own PostgreSQL: facts that commit together with what they tell of.

``emit_in`` writes facts to the table ``pledger_outbox`` in the transaction of the caller; an
``OutboxRelay`` sends what has committed and deletes it when it is on the topic. No driver is
needed here: what is given must behave as the DB-API says, with ``%s`` for parameters (psycopg).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import closing, suppress
from threading import Event
from typing import Any, Protocol
from uuid import UUID

from pledger_sdk._contract.ledger.envelope import extension_problem
from pledger_sdk._contract.ledger.kafka.message import Message, message_of, recorded
from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.delivery import Delivery
from pledger_sdk.errors import Closed, Forked, OutboxFull, Refused
from pledger_sdk.sealing import checked
from pledger_sdk.sender import Sender

_LOG = logging.getLogger("pledger_sdk")

DDL = """\
-- The outbox of pledger_sdk. A row is a fact that has committed and is not yet known to be on the
-- topic. "time" is in microseconds since 1970; body is in the ledger's wire format.
CREATE TABLE IF NOT EXISTS pledger_outbox (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    subject text NOT NULL,
    "time" bigint NOT NULL,
    body bytea NOT NULL,
    correlationid text,
    causationid text,
    sequence text,
    extensions text,
    written_at timestamptz NOT NULL DEFAULT now()
);
"""
_COLUMNS = (
    'id, type, source, subject, "time", body, correlationid, causationid, sequence, extensions'
)
_INSERT = f"INSERT INTO pledger_outbox ({_COLUMNS}) VALUES ({', '.join(['%s'] * 10)})"
_SELECT = (
    f"SELECT place, {_COLUMNS} FROM pledger_outbox WHERE NOT (place = ANY(%s))"
    " ORDER BY place LIMIT %s"
)
_DELETE = "DELETE FROM pledger_outbox WHERE place = ANY(%s)"
#: One relay a table: "PldO" in the upper half, the table in the lower.
_LEAD = f"SELECT pg_try_advisory_lock({0x506C644F << 32} + 'pledger_outbox'::regclass::oid::bigint)"
#: Facts that a relay has on their way at once, at most; and how many more it tries each time that
#: there was room, where its sender once had none for so many.
WINDOW = 1_000
_GROWTH = 10
#: Seconds between two looks into a table in which nothing was, and between two tries.
PAUSE = 0.1
_LONG_PAUSE = 2.0
#: Seconds between two tries of a relay that stands by to take over.
_STANDBY = 0.5


class Transaction(Protocol):
    """A cursor, or a connection of psycopg 3, in the caller's transaction; no asynchronous one."""

    def execute(self, query: Any, params: Any = ..., /) -> Any:
        """Runs one statement with its parameters."""


def emit_in(transaction: Transaction, *facts: EventData) -> None:
    """Writes facts, as ``Sealer.seal`` makes them, to ``pledger_outbox`` in the caller's
    transaction. Raises ``Refused``, for an asynchronous one too, and what the database raises."""
    for fact in facts:
        _sound(fact)
        extensions = json.dumps(dict(fact.extensions)) if fact.extensions else None
        _expect_done(transaction.execute(_INSERT, (*fact[:9], extensions)))


def _expect_done(result: object) -> None:
    """That a statement has run. An asynchronous one would run when it is awaited, which nobody
    does: the transaction would commit without the fact."""
    if not isinstance(result, Awaitable):
        return
    if isinstance(result, Coroutine):
        result.close()
    raise Refused(
        "transaction: expected a cursor or connection that runs a statement at once, saw an"
        " asynchronous one: give it a synchronous one, with the transaction in a thread of its own"
        " (asyncio.to_thread)"
    )


class OutboxRelay:
    """Sends what has committed in ``pledger_outbox``, in order for each subject.

    ``connect`` makes a connection to the database. Of several relays one works, as long as its
    session holds an advisory lock, and the others stand by. So the connection must be one to the
    server itself, or to a pool of sessions. Rows are deleted when their facts are acknowledged; a
    crash before that sends them again under the same ids, which counts them once. Facts of
    transactions that ran at the same time have no order among each other.
    """

    def __init__(self, connect: Callable[[], Any], sender: Sender) -> None:
        self._connect = connect
        self._sender = sender
        self._window = WINDOW  # smaller where the sender has less room
        self._waits = False
        self._flying: dict[int, Delivery] = {}
        self._refused: set[int] = set()

    def run(self, stop: Event, *, until_empty: bool = False) -> None:
        """Goes on until ``stop`` is set, whatever happens to database and broker, and then waits a
        little for what is on its way. With ``until_empty`` it sets ``stop`` itself when nothing is
        left to send. Raises ``Closed``, ``Forked`` if the sender can't be used, ``Refused`` if the
        connection makes no tuples of rows."""
        pause = PAUSE
        while not stop.is_set():
            try:
                with closing(self._connect()) as connection:
                    pause = PAUSE
                    self._work(connection, stop, until_empty)
            except (Closed, Forked, Refused):
                raise
            except Exception:  # noqa: BLE001 -- of any driver; it is logged
                _LOG.exception("the relay lost its database and tries again")
                stop.wait(pause)
                pause = min(2 * pause, _LONG_PAUSE)

    def _work(self, connection: Any, stop: Event, until_empty: bool) -> None:
        cursor = _cursor(connection)
        while not self._leads(connection, cursor):
            if stop.wait(_STANDBY):
                return
        while not stop.is_set():
            deleted = self._delete(connection, cursor)
            sent = self._send(connection, cursor)
            if deleted or sent:
                continue
            if until_empty and sent == 0 and not self._flying:
                stop.set()
            self._wait(stop)
        self._sender.flush(5.0)
        self._delete(connection, cursor)

    def _leads(self, connection: Any, cursor: Any) -> bool:
        cursor.execute(_LEAD)
        found = cursor.fetchone()
        if not isinstance(found, tuple | list):
            raise Refused(
                "expected rows as tuples from the relay's connection, saw"
                f" {found.__class__.__name__}: connect without a row or cursor factory"
            )
        # The lock is the session's. No transaction stays open: it would keep old rows alive.
        connection.commit()
        return bool(found[0])

    def _send(self, connection: Any, cursor: Any) -> int | None:
        """Sends what is new; how many rows it took, or None if there is no room for them now."""
        room = self._window - len(self._flying)
        if room <= 0:
            return None
        known = [*self._flying, *self._refused]
        cursor.execute(_SELECT, (known, room))
        found = cursor.fetchall()
        connection.commit()
        rows = [(place, fact) for place, *values in found if (fact := self._fact(place, values))]
        try:
            deliveries = self._sender.emit_all([fact for _, fact in rows])
        except OutboxFull as problem:
            self._ask_for_less(len(rows), problem)
            return None
        self._flying.update(zip((place for place, _ in rows), deliveries, strict=True))
        self._window, self._waits = min(WINDOW, self._window + _GROWTH), False
        return len(found)

    def _ask_for_less(self, asked: int, problem: OutboxFull) -> None:
        """The sender's bound may be smaller than the window, or others may send through it."""
        window = len(self._flying) + asked
        self._window = max(1, window // 2)
        if window == 1 and not self._waits:
            self._waits = True
            _LOG.warning("the relay waits: not even one fact has room with its sender: %s", problem)

    def _delete(self, connection: Any, cursor: Any) -> bool:
        arrived = [p for p, delivery in self._flying.items() if delivery.partition is not None]
        if not arrived:
            return False
        # A crash before this sends the facts again, under their ids.
        cursor.execute(_DELETE, (arrived,))
        connection.commit()
        for place in arrived:
            del self._flying[place]
        return True

    def _wait(self, stop: Event) -> None:
        """Until the oldest fact has arrived or it is time to look into the table again."""
        for delivery in self._flying.values():
            with suppress(TimeoutError):
                delivery.wait(PAUSE)
            return
        stop.wait(PAUSE)

    def _fact(self, place: int, values: Sequence[Any]) -> EventData | None:
        """The fact in a row; None for a row that holds none, which stays where it is."""
        try:
            return _fact(*values)
        except Refused as problem:
            _LOG.error("row %d of pledger_outbox is left there: %s", place, problem)
        self._refused.add(place)
        return None


def _cursor(connection: Any) -> Any:
    cursor = connection.cursor()
    if hasattr(cursor, "row_factory"):  # psycopg 3; the connection's own may make anything of a row
        cursor.row_factory = lambda _: tuple
    return cursor


def _fact(
    id: UUID | str, type: str, source: str, subject: str, time: int, body: bytes, *others: Any
) -> EventData:
    """The fact in a row. Raises ``Refused``."""
    *optional, extensions = others
    said = (str(id), type, source, subject, time, bytes(body), *optional, _attributes(extensions))
    return _sound(EventData._make(said))


def _sound(fact: EventData) -> EventData:
    """The fact itself, if readers of the topic will take it. Raises ``Refused``."""
    try:
        checked(fact)
        key, value, headers = message_of(fact)
        recorded(Message(0, 0, 0, key, value, tuple(headers)))
    except ValueError as problem:
        raise Refused(str(problem).removeprefix("ce_")) from None
    return fact


def _attributes(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    try:
        kept = json.loads(text)
    except (RecursionError, ValueError):
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise Refused("extensions: expected a JSON object of texts, or null, saw something else")
    for name, value in kept.items():
        problem = extension_problem(name, value)
        if problem is not None:
            raise Refused(problem)
    return kept
