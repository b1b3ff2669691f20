"""The worklist as it changes: server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from application import ask, parameters
from application.home import silent
from application.json_answers import to_plain
from application.one_session import one_session
from domain.durations import add, parse
from domain.errors import Wrong
from domain.positions import Reach, within
from entrypoints.http.asking import Asker, AtAsk
from entrypoints.http.door import door_of
from entrypoints.http.guard import busy
from entrypoints.http.parameters import StreamAsked
from entrypoints.http.problems import Refused

router = APIRouter(prefix="/v1", tags=["promises"])

#: How often new facts are looked for, in seconds, and how long the list is good without any.
_PAUSE_S = 1.0
_GOOD = timedelta(seconds=10)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Worklist:
    """The rows of the worklist by the ids of their promises, at an instant, by views that stand so
    far."""

    rows: Mapping[str, Row]
    as_of: datetime
    head: Reach

    def good_until(self) -> datetime:
        """Until when no row changes by time alone, as far as this is known."""
        dates = (row["agreed_due_at"] for row in self.rows.values())
        return min((each for each in dates if each >= self.as_of), default=self.as_of + _GOOD)


def changes(before: Mapping[str, Row], now: Mapping[str, Row]) -> list[Row]:
    """The rows that have come or changed, in their order, and those that have left. That silence
    has lasted longer is no change."""
    came = [row for name, row in now.items() if _told(before.get(name)) != _told(row)]
    return came + [{**row, "left": True} for name, row in before.items() if name not in now]


def _told(row: Row | None) -> Row | None:
    return row and {name: value for name, value in row.items() if name != "silence"}


async def _place(request: Request) -> AsyncIterator[None]:
    """A place for a stream, for as long as it lasts. Raises ``Refused``: 503 where none is left."""
    state, most = request.app.state, door_of(request).limits.streams
    if state.streams >= most:
        raise busy(f"at most {most} streams at once")
    state.streams += 1
    try:
        yield
    finally:
        state.streams -= 1


@dataclass(frozen=True)
class Begun:
    """A stream as it begins: the worklist as it is, and the rows of which its reader is told first,
    who has heard of everything up to a position."""

    asker: Asker
    asked: StreamAsked
    now: Worklist
    told: Sequence[Row]
    heard: str


async def _begun(
    asker: AtAsk,
    asked: Annotated[StreamAsked, Query()],
    last_event_id: Annotated[str | None, Header()] = None,
) -> Begun:
    """Before the answer begins: then what is wrong with the question can still be told."""
    now = await asker.workers.run(lambda: _look(asker, asked))
    if not last_event_id:
        return Begun(asker, asked, now, changes({}, now.rows), "0")
    known = _heard(last_event_id, now.head)
    told = await asker.workers.run(lambda: _since(asker, asked, now, known))
    return Begun(asker, asked, now, told, last_event_id)


@router.get("/due/stream", response_class=EventSourceResponse, dependencies=[Depends(_place)])
async def stream(begun: Annotated[Begun, Depends(_begun)]) -> AsyncIterator[ServerSentEvent]:
    """The rows of the worklist as they enter it, change, or leave it (``"left": true``). With
    ``Last-Event-ID`` it goes on from there."""
    now, told, heard = begun.now, begun.told, begun.heard
    while True:
        for number, row in enumerate(told, 1):
            # Only who has the last row has heard of all up to the new position.
            heard = str(now.head) if number == len(told) else heard
            yield ServerSentEvent(event="due", data=to_plain(row), id=heard)
        then = await _next(begun.asker, begun.asked, now)
        if then is None:
            return
        told, now = changes(now.rows, then.rows), then


async def _next(asker: Asker, asked: StreamAsked, now: Worklist) -> Worklist | None:
    """The worklist once it may have changed; None where the stream is to end."""
    while True:
        if await asker.ends_within(_PAUSE_S):
            return None
        if asker.door.clock() > min(now.good_until(), now.as_of + _GOOD):
            break
        if await asker.workers.run(lambda: _head(asker)) != now.head:
            break
    return await asker.workers.run(lambda: _look(asker, asked))


def _head(asker: Asker) -> Reach:
    with asker.door.home.asking(silent) as (_, head):
        return head


def _look(
    asker: Asker, asked: StreamAsked, known_at: Reach | None = None, as_of: datetime | None = None
) -> Worklist:
    as_of = as_of or asker.door.clock()
    with one_session(asker.door.home) as home:
        found = ask.due(home, ask.Due(within=asked.within, as_of=as_of, known_at=known_at))
        rows: dict[str, Row] = {row["commitment_id"]: {**row} for row in found["due"]}
        return Worklist(rows, as_of, home.head)


def _heard(position: str, head: Reach) -> Reach:
    """The position in ``Last-Event-ID``, of a ledger that stands so far. Raises ``Refused``."""
    with suppress(Wrong):
        known = parameters.reach(position)
        if known == 0 or within(known, head):
            return known
    raise Refused(
        400,
        "wrong",
        f"a position of this ledger in Last-Event-ID, up to {head}",
        "another text",
        "give the id of the last event that came, or none to begin anew",
    )


def _since(asker: Asker, asked: StreamAsked, now: Worklist, known: Reach) -> list[Row]:
    """What a reader has missed who heard of all up to a position: what later facts have changed,
    and what has entered or fallen due by time alone since that position was recorded. Of the rest
    some may be told again, if it came in between."""
    then = _look(asker, asked, known, now.as_of)
    told = {row["commitment_id"]: row for row in changes(then.rows, now.rows)}
    since = _recorded_at(asker, known)
    seen_until = None if since is None else add(since, parse(asked.within))
    for name, row in now.rows.items():
        due = row["agreed_due_at"]
        if since is None or seen_until is None or due > seen_until or since < due <= now.as_of:
            told.setdefault(name, row)
    return list(told.values())


def _recorded_at(asker: Asker, known: Reach) -> datetime | None:
    """When the fact at a position was recorded; None where positions are of several partitions, or
    there is none."""
    if not isinstance(known, int) or known < 1:
        return None
    asked = ask.Facts(as_of=asker.door.clock(), from_position=known, limit=1)
    found = ask.facts(asker.door.home, asked).events
    return found[0]["recordedtime"] if found else None
