"""A typed body and what is said about it, made a fact that can be kept and sent.

The rules are those of ``emit``. Whatever is wrong is a ``Refused`` that says what was
expected, what was seen and what to do.
"""

from __future__ import annotations

import time as clocks
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Required, TypedDict, Unpack
from uuid import UUID

from pledger_sdk import context
from pledger_sdk._contract.domain.instants import EARLIEST, LATEST, to_microseconds
from pledger_sdk._contract.ledger.envelope import (
    BY_LEDGER,
    OF_BODY,
    OPTIONAL,
    REQUIRED,
    Envelope,
    NotAFact,
    attribute,
    canonical_id,
    check,
    envelope_problem,
    size_problem,
    source_problem,
    text_of,
)
from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk._contract.schemas import codec
from pledger_sdk._contract.schemas.errors import describe
from pledger_sdk.errors import Refused
from pledger_sdk.facts import TYPES, Body
from pledger_sdk.ids import Ids, stable_id

Extension = str | int | float | bool


class Said(TypedDict, total=False):
    """What is said of a fact beside its body.

    ``subject`` is whom it is about (``customer:8412``), ``time`` when it happened (now, if not
    said). The id is a new UUID of version 7, or ``id``, or one of version 5 made of the source, the
    type and ``key``; with an ``id`` or a ``key``, ``time`` must be said. ``correlationid`` and
    ``causationid`` default to those of the block of ``caused_by`` around the call, and of the
    active span. ``extensions`` are further attributes: text, numbers, booleans.
    """

    subject: Required[str]
    time: datetime | None
    id: UUID | str | None
    key: str | None
    correlationid: str | None
    causationid: str | None
    sequence: int | str | None
    extensions: Mapping[str, Extension] | None


_SAID_OTHERWISE = frozenset(REQUIRED + OPTIONAL + OF_BODY)


class Sealer:
    """Makes the facts of one source. ``clock`` gives nanoseconds since 1970."""

    def __init__(self, source: str, clock: Callable[[], int] = clocks.time_ns) -> None:
        problem = source_problem(_text("source", source))
        if problem is not None:
            raise Refused(problem)
        self.source = source
        self._clock = clock
        self._ids = Ids(clock)

    def seal(self, body: Body, **said: Unpack[Said]) -> EventData:
        """The fact. Raises ``Refused``.

        A fact with an ``id`` or a ``key`` of its own may be emitted again, and must then be the
        same in everything, or it would be a conflict. So it needs its ``time``, and takes nothing
        from the active span.
        """
        _expect_known(said)
        type = _type(body)
        id, key, time = said.get("id"), said.get("key"), said.get("time")
        around = _around(id is not None or key is not None, time)
        envelope = Envelope(
            self._identifier(type, id, key),
            type,
            self.source,
            _text("subject", said.get("subject")),
            self._microseconds(time),
            _optional("correlationid", said.get("correlationid")) or around.correlationid,
            _optional("causationid", said.get("causationid")) or around.causationid,
            _sequence(said.get("sequence")),
        )
        extensions = _extensions(said.get("extensions"), around.traceparent)
        try:
            check(envelope_problem(envelope.source, envelope.subject, *envelope[5:]))
            return envelope.seal(vars(body), extensions)
        except (NotAFact, codec.Refused) as problem:
            raise Refused(str(problem)) from None

    def _identifier(self, type: str, id: UUID | str | None, key: str | None) -> str:
        if id is None and key is None:
            return str(self._ids())
        if id is not None and key is not None:
            raise Refused("expected either an id or a key, saw both: keep one")
        if key is not None:
            if not _text("key", key):
                raise Refused("key: expected text that tells the fact from all others, saw none")
            try:
                return str(stable_id(self.source, type, key))
            except UnicodeEncodeError:
                raise Refused(
                    "key: expected text of whole characters, saw half of a surrogate pair: see how"
                    " the text was read (errors='surrogateescape' leaves such)"
                ) from None
        if isinstance(id, UUID):
            return str(id)
        text = _text("id", id)
        canonical = canonical_id(text)
        if canonical is None:
            raise Refused(f"id: expected a UUID, saw {describe(text)} that is none")
        return canonical

    def _microseconds(self, time: object) -> int:
        if time is None:
            return self._clock() // 1000
        if not isinstance(time, datetime) or time.utcoffset() is None:
            seen = "a naive one" if isinstance(time, datetime) else f"{time.__class__.__name__}"
            raise Refused(
                f"time: expected an aware datetime, saw {seen}: give it its zone, as in"
                " datetime.now(UTC) or value.replace(tzinfo=ZoneInfo('Europe/Paris'))"
            )
        micros = to_microseconds(time)
        if not EARLIEST <= micros <= LATEST:
            raise Refused("time: expected an instant in the years 1 to 9999 of UTC, saw another")
        return micros


def checked(fact: EventData) -> EventData:
    """The fact itself, if its envelope and its size are those of a fact. Raises ``Refused``."""
    optional = (fact.correlationid, fact.causationid, fact.sequence)
    problem = envelope_problem(fact.source, fact.subject, *optional) or size_problem(fact)
    if problem is not None:
        raise Refused(problem)
    return fact


def _expect_known(said: Mapping[str, object]) -> None:
    unknown = said.keys() - Said.__annotations__.keys()
    if unknown.intersection(BY_LEDGER):
        raise Refused(f"{min(unknown)}: expected none, since the ledger alone sets it, saw one")
    if unknown:
        raise Refused(
            f"expected one of {', '.join(Said.__annotations__)}, saw another name: further"
            " attributes go into extensions, what belongs to the type into its model"
        )


def _type(body: object) -> str:
    if isinstance(body, Body) and body.__class__ in TYPES:
        return TYPES[body.__class__]
    raise Refused(
        "body: expected a model of pledger_sdk.facts, as in CommitmentMade(…), saw"
        f" {body.__class__.__name__}"
    )


def _around(again: bool, time: datetime | None) -> context.Context:
    """What the surroundings of the call say of a fact that may be emitted ``again``, or not."""
    declared = context.declared()
    if not again:
        traced = context.traced()
        return context.Context(
            declared.correlationid or traced.correlationid,
            declared.causationid or traced.causationid,
            traced.traceparent,
        )
    if time is None:
        raise Refused(
            "time: expected when it happened, since the fact has an id or a key of its own, saw"
            " none: emitted again it would have another time and be in conflict with itself"
        )
    return declared


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise Refused(f"{name}: expected text, saw {value.__class__.__name__}: every fact must say it")


def _optional(name: str, value: object) -> str | None:
    """Empty text is not nothing: it is refused with the envelope's reason."""
    if value is None:
        return None
    if isinstance(value, UUID):
        return str(value)
    if not isinstance(value, str):
        raise Refused(f"{name}: expected text, saw {value.__class__.__name__}: make it text")
    if not value:
        raise Refused(f"{name}: expected text, saw empty text: leave the attribute out")
    return value


def _sequence(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _optional("sequence", value)


def _extensions(
    given: Mapping[str, Extension] | None, traceparent: str | None
) -> Iterator[tuple[str, str]]:
    if traceparent is not None:
        yield "traceparent", traceparent
    for name, value in _pairs(given):
        if name in BY_LEDGER:
            raise Refused(f"{name}: expected none, since the ledger alone sets it, saw one")
        if name in _SAID_OTHERWISE:
            raise Refused(f"{name}: expected as an argument of its own, saw an extension")
        text = text_of(value)
        if text is None:
            raise Refused(
                f"{attribute(name)}: expected text, a finite number or a boolean, saw"
                f" {value.__class__.__name__}: what has parts belongs in the body"
            )
        yield name, text


def _pairs(given: object) -> Iterator[tuple[str, object]]:
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise Refused(
            f"extensions: expected names with their values, saw {given.__class__.__name__}: make it"
            " a dict"
        )
    for name, value in given.items():
        if not isinstance(name, str):
            raise Refused(
                f"extensions: expected names that are text, saw {name.__class__.__name__}: make it"
                " text"
            )
        yield name, value
