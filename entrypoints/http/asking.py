"""How a question is asked over HTTP: it waits for the position that the caller wrote, is computed
in a thread, and answers the JSON of the command of the same name."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from starlette.responses import Response

from application.access.principals import Principal
from application.home import Asking
from application.json_answers import text_of
from application.one_session import one_session
from domain.errors import Unknown
from domain.positions import Reach
from entrypoints.http.door import AtDoor, Door
from entrypoints.http.etags import etag, is_any_held, is_held, listed
from entrypoints.http.gathered import Gathered
from entrypoints.http.guard import AWAITED
from entrypoints.http.parameters import Asked
from entrypoints.http.personal import as_read
from entrypoints.http.problems import Refused
from entrypoints.http.scopes import needs, still_may
from entrypoints.http.working import Workers

JSON = "application/json"
#: How often a position that is awaited is looked for, in seconds.
_PAUSE_S = 0.05
#: How much a media type is liked.
_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)

#: The two times of a question, by the names that every request has for them.
Times = dict[str, Any]
Answer = Mapping[str, Any]
Question = Callable[[Asking, Times], Answer]


@dataclass(frozen=True)
class Asker:
    """One request that asks, and who sent it."""

    request: Request
    door: Door
    principal: Principal

    @property
    def workers(self) -> Workers:
        """The threads that compute."""
        return cast("Workers", self.request.app.state.workers)

    def times(self, asked: Asked) -> Times:
        """Its two times; now, where nobody says."""
        return {"as_of": asked.as_of or self.door.clock(), "known_at": asked.known_at}

    async def ends_within(self, seconds: float) -> bool:
        """Whether a stream is to end, at most so many seconds from now: since the door closes, or
        who reads it may not ask any longer."""
        closing: asyncio.Event = self.request.app.state.closing
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await closing.wait()
        return closing.is_set() or not still_may(self.request, "ask")

    async def answer(self, asked: Asked, question: Question, *more: object) -> Response:
        """What a question answers. ``more`` is what the answer depends on beside its address.
        Raises ``Refused``: 406, and 503 where the awaited position does not come."""
        expect_accepted(self.request, JSON)
        await self.wait(asked)
        times = self.times(asked)

        def compute() -> Response:
            # Before the session: opening the views may take longer than to find that they are open.
            definition = self.door.home.definition()
            with one_session(self.door.home) as home:
                headers = self.headers(asked, definition, home.head, *more)
                if self.holds(headers):
                    return Response(status_code=304, headers=headers)
                found = question(home, times)
            return self.response(found, headers)

        return await self.workers.run(compute)

    async def answer_one(self, asked: Asked, kind: Kind, **about: Any) -> Response:
        """As ``answer``, for a question of a kind about one thing: answered together with those
        that come at once and differ in the thing alone; by itself where it asks for a replay."""
        if asked.known_at is None:
            expect_accepted(self.request, JSON)
            await self.wait(asked)
            others = {name: value for name, value in about.items() if name != "id"}
            gathered: Gathered = self.request.app.state.gathered
            response = await gathered.answer(
                (kind, asked.as_of, *others.items()),
                One(self, asked, about),
                lambda ones: together(kind, ones),
            )
            if response is not None:
                return response
        return await self.answer(
            asked, lambda home, times: kind.alone(home, kind.question(**about, **times))
        )

    async def wait(self, asked: Asked) -> None:
        """Return once the views hold the position that the caller asks for. Raises ``Refused``:
        503 after the time that they give it."""
        wanted = asked.reach
        if wanted is None:
            return
        late = Refused(
            503,
            "not-yet",
            "views that hold the position in 'after'",
            "that they do not yet",
            "ask again in a moment, or wait longer",
            headers={"Retry-After": "1"},
        )
        setattr(self.request.state, AWAITED, late)
        if not await views_hold(self.workers, self.door.home, wanted, asked.wait.total_seconds()):
            raise late
        delattr(self.request.state, AWAITED)

    def headers(
        self, asked: Asked, definition: str, head: Reach, *more: object
    ) -> Mapping[str, str]:
        """The tag of an answer about an instant; none of one about now."""
        if asked.as_of is None:
            return {}
        personal = self.principal.may("personal")
        tag = etag(self.request, definition, head, personal, *more)
        return {"ETag": tag, "Cache-Control": "private, no-cache"}

    def holds(self, headers: Mapping[str, str]) -> bool:
        """Whether the caller has the answer that has these headers."""
        return "ETag" in headers and is_held(self.request, headers["ETag"])

    def response(self, found: Answer, headers: Mapping[str, str]) -> Response:
        """An answer as the caller may read it. A fact may have extensions that are called as what
        the door says beside an answer: they stay, and are taken for nothing else."""
        if "ETag" in headers and is_any_held(self.request):
            return Response(status_code=304, headers=headers)
        without = self.door.home.left_out()
        told = {"without": [*without], **found} if without else found
        told = as_read(self.request, self.principal, told)
        cursor = None if "specversion" in found else found.get("next")
        return json_response(told, {**headers, **next_link(self.request, cursor)})


@dataclass(frozen=True)
class Kind:
    """A kind of question about one thing: how it is asked, how it is answered alone, and how
    several are that differ in their ids; None for one of them that must be asked alone."""

    question: Callable[..., Any]
    alone: Callable[[Asking, Any], Answer]
    each: Callable[[Asking, Sequence[Any]], Sequence[Answer | Unknown | None]]


@dataclass(frozen=True)
class One:
    """A question of a kind among others: who asks, and about what."""

    asker: Asker
    asked: Asked
    about: Mapping[str, Any]


def together(kind: Kind, ones: Sequence[One]) -> list[Response | Unknown | None]:
    """The answers to questions of a kind that are of the same time, out of one session, as
    ``Asker.answer`` gives each; None for one that must be asked alone."""
    first = ones[0]
    home, times = first.asker.door.home, first.asker.times(first.asked)
    definition = home.definition()
    with one_session(home) as session:
        headers = [one.asker.headers(one.asked, definition, session.head) for one in ones]
        held = [one.asker.holds(own) for one, own in zip(ones, headers, strict=True)]
        wanted = [
            kind.question(**one.about, **times)
            for one, holds in zip(ones, held, strict=True)
            if not holds
        ]
        found = iter(kind.each(session, wanted) if wanted else ())
    told: list[Response | Unknown | None] = []
    for one, own, holds in zip(ones, headers, held, strict=True):
        if holds:
            told.append(Response(status_code=304, headers=own))
            continue
        answer = next(found)
        told.append(one.asker.response(answer, own) if isinstance(answer, Mapping) else answer)
    return told


async def views_hold(workers: Workers, home: Asking, wanted: Reach, patience_s: float) -> bool:
    """Whether the views hold a position; it is waited for, for so many seconds."""

    def hold() -> bool:
        with one_session(home) as session:
            return session.holds(wanted)

    with suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
            # Other processes write too, and tell nobody: there is nothing to wait on but the views.
            while True:
                if await workers.run(hold):
                    return True
                await asyncio.sleep(_PAUSE_S)
    return False


async def _asker(
    request: Request, door: AtDoor, principal: Annotated[Principal, needs("ask")]
) -> Asker:
    return Asker(request, door, principal)


#: What a route that asks takes: it needs the scope ``ask``.
AtAsk = Annotated[Asker, Depends(_asker)]


def next_link(request: Request, cursor: str | None) -> dict[str, str]:
    """Where the next page of a list is, as a header field; none at its end."""
    if not cursor:
        return {}
    url = request.url.include_query_params(after_cursor=cursor)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}


def json_response(
    found: object, headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """An answer in JSON; instants and ids are text."""
    text = json.dumps(found, ensure_ascii=False, default=text_of)
    return Response(text.encode(), status, headers, media_type=JSON)


def expect_accepted(request: Request, *types: str) -> str:
    """That of these media types which the caller likes best; of several, the first. Raises
    ``Refused``: 406."""
    liked = dict(map(_range, listed(request, "Accept") or ["*/*"]))

    def liking(one: str) -> float:
        ranges = (one, f"{one.partition('/')[0]}/*", "*/*")  # what is more exact counts
        return next((liked[name] for name in ranges if name in liked), 0.0)

    best = max(types, key=liking)
    if liking(best) > 0:
        return best
    raise Refused(
        406,
        "not-acceptable",
        f"a caller that takes {' or '.join(types)}",
        "one that takes other media types alone",
        "name one of them in Accept",
    )


def _range(given: str) -> tuple[str, float]:
    """A range of media types, and how much it is liked: from 0 to 1, and 1 where that can't be
    read."""
    name, *parameters = (one.strip().lower() for one in given.split(";"))
    weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    return name, float(weight) if _WEIGHT.fullmatch(weight) else 1.0


async def json_taken(request: Request) -> None:
    """What a route depends on that answers in JSON alone. Raises ``Refused``: 406."""
    expect_accepted(request, JSON)
