"""The facts themselves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from application import ask, parameters
from application.home import Asking
from application.json_answers import fact_to_plain
from domain.errors import Wrong
from entrypoints.http.asking import JSON, Answer, Asker, AtAsk, Times, expect_accepted
from entrypoints.http.parameters import USUAL, Asked, FactsAsked, Id
from entrypoints.http.personal import as_read

#: JSON, one value a line.
LINES = "application/x-ndjson"

router = APIRouter(prefix="/v1/facts", tags=["facts"])


@router.get("", responses={200: {"content": {LINES: {"schema": {"type": "string"}}}}})
async def facts(asker: AtAsk, asked: Annotated[FactsAsked, Query()]) -> Response:
    """The facts as CloudEvents with their positions: a page, or all of them as JSON lines with
    ``Accept: application/x-ndjson``. The last line is ``{"end": true, "position": …}``; a stream
    without it is not whole."""
    if expect_accepted(asker.request, JSON, LINES) == LINES:
        await asker.wait(asked)
        first = await asker.workers.run(
            lambda: ask.facts(asker.door.home, _of(asked, asker.times(asked)))
        )
        return StreamingResponse(_lines(asker, first), media_type=LINES)

    def page(home: Asking, times: Times) -> Answer:
        wanted = _of(asked, times, limit=(asked.limit or USUAL) + 1)
        found = ask.facts(home, wanted).events
        shown = [fact_to_plain(event) for event in found[: asked.limit or USUAL]]
        more = str(shown[-1]["position"]) if len(shown) < len(found) else None
        return {"facts": shown, "next": more}

    return await asker.answer(asked, page)


@router.get("/{id}")
async def fact(id: Id, asker: AtAsk, asked: Annotated[Asked, Query()]) -> Response:
    """One fact as a CloudEvent with its position."""
    return await asker.answer(
        asked, lambda home, times: fact_to_plain(ask.fact(home, ask.Named(id=id, **times)))
    )


def _of(asked: FactsAsked, times: Times, limit: int | None = None) -> ask.Facts:
    return ask.Facts(
        types=asked.type,
        subject=asked.subject,
        ref=asked.ref,
        from_position=_first(asked),
        until=asked.as_of,
        limit=limit or asked.limit,
        **times,
    )


def _first(asked: FactsAsked) -> int:
    """The position from which a page goes on: behind that of the last fact before it."""
    if asked.after_cursor is None:
        return asked.from_position or 1
    try:
        return parameters.position(asked.after_cursor) + 1
    except Wrong:
        seen = "a text that is none"
        raise Wrong("after_cursor from 'next' of the page before", seen, "begin anew") from None


async def _lines(asker: Asker, page: ask.FactsPage) -> AsyncIterator[bytes]:
    """Facts, one a line, page by page: nothing is held while a reader takes its time."""
    position = None
    while True:
        plain = [fact_to_plain(event) for event in page.events]
        if plain:
            position = plain[-1]["position"]
            read = partial(as_read, asker.request, asker.principal, plain)
            plain = await asker.workers.run(read)
            yield b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in plain)
        if page.more is None:
            break
        if await asker.ends_within(0):
            return  # without its last line it is not whole
        page = await asker.workers.run(partial(ask.facts, asker.door.home, page.more))
    yield json.dumps({"end": True, "position": position}).encode() + b"\n"
