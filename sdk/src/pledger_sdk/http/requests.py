"""Requests as values: what is sent, and how the answer is read. Nothing here sends anything."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Generic, TypedDict, TypeVar

from pydantic import BaseModel

from pledger_sdk._contract.domain.instants import from_microseconds
from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk._contract.schemas.jsonform import instant_to_text
from pledger_sdk.errors import Refused
from pledger_sdk.http.answers import Decision, Position, Receipt, Receipts, WhatIf

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

#: An instant: aware, or RFC 3339 text with its offset.
Instant = datetime | str
#: A length of time, or ISO 8601 text such as P7D.
Duration = timedelta | str
#: What a key must be: ``{"about": "delivery"}``; None for nothing.
Conditions = Mapping[str, str | None]

JSON = "application/json"
LINES = "application/x-ndjson"
EVENTS = "text/event-stream"
ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
#: So many facts, and bytes, the door takes at once. Some room is left for what is around them.
BATCH_FACTS, BATCH_BYTES = 10_000, 8 * 1024 * 1024 - 64 * 1024
#: The most seconds that the door waits for a position.
MOST_PATIENCE = 30
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
#: Parameters whose names are words of Python.
_RENAMED = {"start": "from", "end": "to", "page_size": "limit"}


class Asked(TypedDict, total=False):
    """What every question takes: the instant asked about (now, if not said), what was known then
    (an instant, or ``@`` and a position), and a position that the answer must hold, with how long
    to wait for it (5 seconds, 30 at the most)."""

    as_of: Instant
    known_at: Instant
    after: Position
    wait: Duration


class PageAsked(Asked, total=False):
    """Of a list: how many to fetch at once, 1,000 at the most. All are given in any case."""

    page_size: int


class PromisesAsked(Asked, total=False):
    """Of which promises, in which groups."""

    by: Sequence[str]
    where: Conditions
    due_from: Instant
    due_to: Instant
    timezone: str


class WhatIfAsked(PromisesAsked, total=False):
    """As for promises; so many that would change are named."""

    limit: int


class CommitmentAsked(Asked, total=False):
    """At most so many facts of the history, from both ends."""

    limit: int


class CommitmentsAsked(PageAsked, total=False):
    """Which promises to list."""

    status: Sequence[str]
    department: Sequence[str]
    customer: str


class JourneysAsked(PageAsked, total=False):
    """Whose journeys to list."""

    customer: str


class QuarantineAsked(TypedDict, total=False):
    """In which state, ``open`` if not said; how many to fetch at once."""

    state: str
    page_size: int


class RecordsAsked(TypedDict, total=False):
    """Of which reader; how many to fetch at once."""

    who: str
    page_size: int


class GroupsAsked(Asked, total=False):
    """In which groups: by ``department``, by ``about``."""

    by: Sequence[str]


class SearchAsked(Asked, total=False):
    """At most so many."""

    limit: int


class FactsAsked(Asked, total=False):
    """Which facts; ``limit`` of them at the most."""

    type: Sequence[str]
    subject: str
    ref: str
    from_position: Position
    limit: int


class MetricAsked(Asked, total=False):
    """Of which units, in which groups; ``within`` is another time to do it in."""

    by: Sequence[str]
    where: Conditions
    start: Instant
    end: Instant
    within: Duration
    timezone: str


class UnitsAsked(MetricAsked, total=False):
    """A list of units."""

    page_size: int


@dataclass(frozen=True)
class Request(Generic[T]):
    """What is sent, and ``read``, which makes the answer of its JSON. Where it may not be sent
    ``twice``, it is not sent again whatever comes of it."""

    method: str
    path: str
    read: Callable[[Any], T] = field(repr=False)
    parameters: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    twice: bool = True

    def after(self, cursor: str) -> Request[T]:
        """The same, of the page behind a cursor."""
        kept = tuple(each for each in self.parameters if each[0] != "after_cursor")
        return replace(self, parameters=(*kept, ("after_cursor", cursor)))


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of a list; ``next`` is the cursor of what is behind it."""

    items: tuple[T, ...]
    next: str | None


def ask(model: type[M], asked: Mapping[str, Any], *path: str) -> Request[M]:
    """A question; ``path`` is what comes behind ``/v1``, each part as it is."""
    return Request("GET", address(*path), model.model_validate, parameters(asked))


def listed(key: str, item: type[M], asked: Mapping[str, Any], *path: str) -> Request[Page[M]]:
    """A page of a list, whose items are at ``key`` of the answer."""

    def read(answer: Mapping[str, Any]) -> Page[M]:
        return Page(tuple(map(item.model_validate, answer[key])), answer.get("next"))

    return Request("GET", address(*path), read, parameters(asked))


def every(key: str, item: type[M], asked: Mapping[str, Any], *path: str) -> Request[tuple[M, ...]]:
    """A list that comes whole."""

    def read(answer: Mapping[str, Any]) -> tuple[M, ...]:
        return tuple(map(item.model_validate, answer[key]))

    return Request("GET", address(*path), read, parameters(asked))


def act(read: Callable[[Any], T], said: Mapping[str, object] | None, *path: str) -> Request[T]:
    """What is done to something set aside. Done again it is an error, since it is set aside no
    more; so it is sent once."""
    content = None if said is None else json.dumps(said, ensure_ascii=False).encode()
    headers = {} if said is None else {"Content-Type": JSON}
    return Request("POST", address(*path), read, (), content, headers, twice=False)


def decide(said: Mapping[str, Any], key: str, expect: int | None, *path: str) -> Request[Decision]:
    """A command for the desk, with the key by which saying it again is the same decision."""
    if not (key.isascii() and key.isprintable() and len(key) <= 250):
        raise Refused("key: expected at most 250 printable characters of ASCII, saw others")
    headers = {"Content-Type": JSON, "Idempotency-Key": f'"{key}"'}
    if expect is not None:
        headers["If-Match"] = f'"{expect}"'
    plain = {name: _plain(value) for name, value in said.items() if value is not None}
    content = json.dumps(plain, ensure_ascii=False).encode()
    return Request("POST", address(*path), Decision.model_validate, (), content, headers)


def emit_one(fact: EventData) -> Request[Receipt]:
    """One fact, refused with a problem of its own."""

    def read(answer: Mapping[str, Any]) -> Receipt:
        return Receipts.model_validate(answer).receipts[0]

    return Request("POST", address("facts"), read, (), event_of(fact), {"Content-Type": ONE})


def emit(events: Sequence[bytes], *, all_or_nothing: bool = False) -> Request[Receipts]:
    """Facts, each as ``event_of`` has it."""
    content = b"[" + b",".join(events) + b"]"
    asked = parameters({"all_or_nothing": all_or_nothing or None})
    typed = {"Content-Type": BATCH}
    return Request("POST", address("facts"), Receipts.model_validate, asked, content, typed)


def held(position: Position, seconds: float) -> Request[object]:
    """Whether the views hold a position, in so many seconds: a question that reads nothing else."""
    wait = timedelta(seconds=min(MOST_PATIENCE, max(1, ceil(seconds))))
    asked = parameters({"family": "word", "after": position, "wait": wait})
    return Request("GET", address("metrics"), lambda answer: answer, asked)


def lines(asked: Mapping[str, Any]) -> Request[object]:
    """All facts, one a line."""
    accept = {"Accept": LINES}
    return Request("GET", address("facts"), lambda line: line, parameters(asked), None, accept)


def due_stream(within: Duration, since: Position | None) -> Request[object]:
    """The worklist as it changes, since a position."""
    headers = {"Accept": EVENTS} | ({} if since is None else {"Last-Event-ID": str(since)})
    asked = parameters({"within": within})
    return Request("GET", address("due", "stream"), lambda line: line, asked, None, headers)


def batches(facts: Iterable[EventData]) -> Iterator[list[bytes]]:
    """Facts as events, in as few requests as the door takes."""
    batch: list[bytes] = []
    size = 0
    for fact in facts:
        event = event_of(fact)
        if batch and (len(batch) == BATCH_FACTS or size + len(event) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += len(event) + 1
    if batch:
        yield batch


def one_batch(batches: Iterator[list[bytes]]) -> list[list[bytes]]:
    """All of them, which are one at the most. Raises ``Refused``."""
    first = next(batches, None)
    if next(batches, None) is not None:
        raise Refused(
            f"expected at most {BATCH_FACTS:,} facts of {BATCH_BYTES:,} bytes, to keep all or none,"
            " saw more: send them in parts, or without all_or_nothing"
        )
    return [] if first is None else [first]


def what_if(facts: Iterable[EventData], asked: Mapping[str, Any]) -> Request[WhatIf]:
    """The facts of other rules."""
    content = b"[" + b",".join(map(event_of, facts)) + b"]"
    typed = {"Content-Type": JSON}
    path = address("what-if")
    return Request("POST", path, WhatIf.model_validate, parameters(asked), content, typed)


def event_of(fact: EventData) -> bytes:
    """A fact as a CloudEvent in JSON, with its body as it is kept."""
    said = {
        "specversion": "1.0",
        "id": fact.id,
        "type": fact.type,
        "source": fact.source,
        "subject": fact.subject,
        "time": instant_to_text(from_microseconds(fact.time)),
        "correlationid": fact.correlationid,
        "causationid": fact.causationid,
        "sequence": fact.sequence,
        **(fact.extensions or {}),
        "datacontenttype": "application/avro",
        "data_base64": b64encode(fact.body).decode(),
    }
    there = {name: value for name, value in said.items() if value is not None}
    return json.dumps(there, ensure_ascii=False).encode()


def address(*parts: str) -> str:
    """A path below ``/v1``, each part percent-encoded whole. Raises ``Refused``."""
    return "/v1/" + "/".join(map(_encoded, parts))


def parameters(asked: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Parameters as addresses have them; what is None is left out. Raises ``Refused``."""
    return tuple(
        (_RENAMED.get(name, name), text)
        for name, value in asked.items()
        if value is not None
        for text in _texts(name, value)
    )


def _texts(name: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, wanted in value.items():
            yield f"{key}={'' if wanted is None else wanted}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from map(str, value)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, timedelta):
        yield _seconds(name, value)
    else:
        yield str(_plain(value, name))


def _seconds(name: str, value: timedelta) -> str:
    """In hours, minutes and seconds: a day on the wall may have 23 hours."""
    whole, rest = divmod(value, timedelta(seconds=1))
    if rest or whole < 0:
        raise Refused(f"{name}: expected whole seconds, 0 or more, saw others: round them")
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"PT{hours}H{minutes}M{seconds}S"


def _plain(value: object, name: str = "time") -> object:
    """A value as JSON has it."""
    if not isinstance(value, datetime):
        return list(value) if isinstance(value, tuple | frozenset | set) else value
    try:
        return instant_to_text(value)
    except ValueError:
        raise Refused(
            f"{name}: expected an aware datetime, saw a naive one: give it its zone, as in"
            " datetime.now(UTC)"
        ) from None


def _encoded(part: str) -> str:
    try:
        given = part.encode()
    except UnicodeEncodeError:
        raise Refused("expected an id of whole characters, saw half of a surrogate pair") from None
    if given in (b"", b".", b".."):
        raise Refused("expected an id, saw none, or dots alone: give the id of what is meant")
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in given)
