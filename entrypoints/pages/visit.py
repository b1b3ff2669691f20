"""Who looks at a page, in which language, and what time it asks about."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, cast
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from fastapi import Depends, Request
from starlette.responses import Response

from application.access.principals import Principal
from application.ask import unknown_until
from application.desk import Outcome
from application.errors import BeingBuilt
from application.home import Home
from application.parameters import instant, known, reach
from application.question import Question
from domain.errors import Wrong
from domain.positions import Reach
from entrypoints.http.asking import views_hold
from entrypoints.http.door import AtDoor, Door
from entrypoints.http.scopes import needs
from entrypoints.http.sessions import token_for_forms
from entrypoints.http.working import Workers
from entrypoints.pages.language import CODES, Language, language, preferred

#: Where a browser keeps the language that was chosen.
LANGUAGE_COOKIE = "pledger_language"
#: What a parameter of an address may be given; None and "" leave it out.
Given = str | int | Sequence[str] | None
#: How long a page waits to know of what was decided, in seconds.
PATIENCE_S = 5.0
#: After so many seconds a page says that it waits for the views to be built.
SHOWN_AFTER_S = 3.0
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: What an address says that does not go along to another time: cursors are of one alone.
_OF_ONE_TIME = frozenset({"language", "as_of", "known_at", "after", "page", "open"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """The address of a page, and the language of who reads it; ``chosen`` is the language if it was
    chosen just now."""

    language: Language
    path: str
    query: str
    chosen: str | None

    def here(self, **query: Given) -> str:
        """The address of this page with other parameters."""
        before = parse_qs(self.query)
        before.pop("language", None)
        return _address(self.path, {**before, **query})


@dataclass(frozen=True, kw_only=True)
class Visit(Place):
    """One request for a page about a home. ``form_token`` is what its forms carry. ``asked`` are
    the two times as the address has them, for links to hand on."""

    home: Home
    who: Principal
    form_token: str
    now: datetime
    as_of: datetime
    known_at: Reach | datetime | None
    asked: Mapping[str, str]

    @property
    def times(self) -> dict[str, Any]:
        """The two times of a question, by the names that every request has for them."""
        return {"as_of": self.as_of, "known_at": self.known_at}

    @property
    def is_now(self) -> bool:
        """Whether the page shows what is so, for all that is known."""
        return not self.asked

    def day(self, time: str) -> str:
        """One of the two times as a field for days has it; "" where none is asked about, or an
        instant, of which the day alone would be another time."""
        asked = self.asked.get(time, "")
        return asked if _DAY.fullmatch(asked) else ""

    @property
    def others(self) -> list[tuple[str, str]]:
        """What a form for another time sends along, for the page to stay the same otherwise."""
        return [pair for pair in parse_qsl(self.query) if pair[0] not in _OF_ONE_TIME]

    @property
    def known(self) -> str:
        """What the ledger is asked to know, in words: an instant or a place in it."""
        if isinstance(self.known_at, datetime):
            return self.language.instant(self.known_at)
        at = self.asked.get("known_at", "").removeprefix("@")
        return self.language.say("times.known_position", at=at)

    def link(self, path: str, *ids: str, **query: Given) -> str:
        """The address of a page that shows the same two times: ``path``, with each {} in it the
        next of ``ids``, and parameters; None leaves out one of the two times."""
        full = path.format(*(quote(one, safe="") for one in ids))
        return _address(full, {**self.asked, **query})


def _address(path: str, query: Mapping[str, Given]) -> str:
    given = {name: value for name, value in query.items() if value not in (None, "", [])}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def language_of(request: Request) -> Language:
    """The language chosen in the address, or before, or that the browser likes best."""
    for chosen in (request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE)):
        for code in CODES:
            if chosen == code:
                return language(code)
    return language(preferred(request.headers.get("accept-language", "")))


def place_of(request: Request) -> Place:
    """Where a page is that is about no home."""
    return Place(
        language=language_of(request),
        path=request.url.path,
        query=request.url.query,
        chosen=request.query_params.get("language"),
    )


def _moment(text: str) -> str | datetime:
    """A day stands for its end, in UTC; any other text for itself."""
    if not _DAY.fullmatch(text):
        return text
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Wrong("a day such as 2026-03-22", f"{text!r}") from None
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start + timedelta(days=1) - timedelta(microseconds=1)


class NothingKnown(Exception):
    """A page asks what the ledger knew before its ``first`` fact was recorded."""

    def __init__(self, first: datetime) -> None:
        super().__init__(first)
        self.first = first


def _first(given: Sequence[str]) -> str:
    """The first of the values of a parameter that says something: a form sends a day that was
    chosen before the instant that was asked about."""
    return next((text.strip() for text in given if text.strip()), "")


def _visit(request: Request, door: Door, who: Principal) -> Visit:
    """The visit that a request makes; the request keeps it for the page of a problem, which is one
    of now where a time can't be read. Raises Wrong for such a time."""
    query = request.query_params
    asked = {name: text for name in ("as_of", "known_at") if (text := _first(query.getlist(name)))}
    now = door.clock()
    visit = request.state.visit = Visit(
        home=door.home,
        who=who,
        form_token=token_for_forms(request),
        language=language_of(request),
        now=now,
        as_of=now,
        known_at=None,
        asked={},
        path=request.url.path,
        query=request.url.query,
        chosen=query.get("language"),
    )
    as_of = _moment(asked["as_of"]) if "as_of" in asked else now
    known_at = _moment(asked["known_at"]) if "known_at" in asked else None
    request.state.visit = replace(
        visit,
        as_of=instant(as_of) if isinstance(as_of, str) else as_of,
        known_at=known(known_at) if isinstance(known_at, str) else known_at,
        asked=asked,
    )
    return cast("Visit", request.state.visit)


@dataclass(frozen=True)
class Counter:
    """Where the route of a page has its answer made. A ``timeless`` one shows the same whatever
    the two times."""

    visit: Visit
    workers: Workers
    clock: Callable[[], datetime]
    timeless: bool = False

    async def answer(self, made: Callable[[Visit], Response]) -> Response:
        """What a function makes of the visit, which may wait for disks and databases. Raises
        ``BeingBuilt`` where it waits for views that are being built: that goes on behind; and
        ``NothingKnown``."""
        making = asyncio.ensure_future(self.workers.run(lambda: self._made(made)))
        while not (await asyncio.wait({making}, timeout=SHOWN_AFTER_S))[0]:
            if (building := self.visit.home.building) is not None:
                making.add_done_callback(_let_be)
                raise BeingBuilt(*building)
        return making.result()

    def _made(self, made: Callable[[Visit], Response]) -> Response:
        visit = self.visit
        if visit.known_at is not None and not self.timeless:
            first = unknown_until(visit.home, Question(**visit.times))
            if first is not None:
                raise NothingKnown(first)
        return made(visit)

    async def decide(
        self, made: Callable[[Visit], Outcome], shown: Callable[[Visit, Outcome], Response]
    ) -> Response:
        """What is shown of what is decided at the desk, once the views know of it, or after a few
        seconds: then it is decided all the same, and a page may not show it yet."""
        outcome = await self.workers.run(lambda: made(self.visit))
        places = [one["position"] for one in (outcome.decision or {}).get("facts", ())]
        if places and places[0] is not None:
            await views_hold(self.workers, self.visit.home, reach(str(places[0])), PATIENCE_S)
        now = self.clock()  # it was decided after the request had come
        later = replace(self.visit, now=now, as_of=now) if self.visit.is_now else self.visit
        return await self.workers.run(lambda: shown(later, outcome))


def _let_be(made: asyncio.Future[Response]) -> None:
    """Take note of what came of something that nobody waits for any more."""
    if not made.cancelled():
        made.exception()


def _counter(request: Request, door: Door, who: Principal, *, timeless: bool = False) -> Counter:
    workers = cast("Workers", request.app.state.workers)
    return Counter(_visit(request, door, who), workers, door.clock, timeless)


async def _asking(
    request: Request, door: AtDoor, who: Annotated[Principal, needs("ask")]
) -> Counter:
    return _counter(request, door, who)


async def _deciding(
    request: Request, door: AtDoor, who: Annotated[Principal, needs("desk")]
) -> Counter:
    return _counter(request, door, who)


async def _operating(
    request: Request, door: AtDoor, who: Annotated[Principal, needs("operate")]
) -> Counter:
    return _counter(request, door, who, timeless=True)


#: What the route of a page takes to know who asks, and about when; that of a form, who decides;
#: and that of a page for those who run the home.
AtPage = Annotated[Counter, Depends(_asking)]
AtForm = Annotated[Counter, Depends(_deciding)]
AtOperation = Annotated[Counter, Depends(_operating)]
