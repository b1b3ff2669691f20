"""Questions about promises."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from application import ask
from application.what_if import File, WhatIf, what_if
from entrypoints.http.asking import JSON, AtAsk, Kind
from entrypoints.http.bodies import elements, expect_shallow, expect_type, json_array
from entrypoints.http.parameters import (
    Asked,
    BalanceAsked,
    CommitmentAsked,
    CommitmentsAsked,
    DueAsked,
    Id,
    PromisesAsked,
    WhatIfAsked,
)

COMMITMENT = Kind(ask.Commitment, ask.commitment, ask.each_commitment)

router = APIRouter(prefix="/v1", tags=["promises"])


@router.get("/promises")
async def promises(asker: AtAsk, asked: Annotated[PromisesAsked, Query()]) -> Response:
    """How well promises were kept, on three bases."""
    return await asker.answer(
        asked,
        lambda home, times: ask.promises(home, ask.Promises(**_of(asked), **times)),
    )


@router.post("/what-if", openapi_extra={"requestBody": json_array("the facts of other rules")})
async def would_be(
    request: Request, asker: AtAsk, asked: Annotated[WhatIfAsked, Query()]
) -> Response:
    """The scoreboard as it would be under other policies or calendars. Nothing is written."""
    expect_type(request, JSON)
    body = await request.body()
    lines = await asker.workers.run(lambda: _lines(body, asker.door.limits.depth))
    return await asker.answer(
        asked,
        lambda home, times: what_if(
            home,
            WhatIf(
                files=[File("the body", BytesIO(lines))],
                limit=asked.limit,
                **_of(asked),
                **times,
            ),
        ),
        lines,
    )


def _of(asked: PromisesAsked) -> dict[str, Any]:
    return {
        "by": asked.by,
        "where": asked.where,
        "due_from": asked.due_from,
        "due_to": asked.due_to,
        "zone": asked.timezone,
    }


def _lines(body: bytes, depth: int) -> bytes:
    """An array of facts as one a line."""
    expect_shallow(body, depth)
    return b"\n".join(elements(body))


@router.get("/commitments")
async def commitments(asker: AtAsk, asked: Annotated[CommitmentsAsked, Query()]) -> Response:
    """A list of promises, by agreed date."""
    return await asker.answer(
        asked,
        lambda home, times: ask.commitments(
            home,
            ask.Commitments(
                statuses=asked.status,
                departments=asked.department,
                customer=asked.customer,
                limit=asked.limit,
                after=asked.after_cursor,
                **times,
            ),
        ),
    )


@router.get("/commitments/{id}")
async def commitment(id: Id, asker: AtAsk, asked: Annotated[CommitmentAsked, Query()]) -> Response:
    """One promise and its history."""
    return await asker.answer_one(asked, COMMITMENT, id=id, limit=asked.limit)


@router.get("/commitments/{id}/chain")
async def chain(id: Id, asker: AtAsk, asked: Annotated[Asked, Query()]) -> Response:
    """One promise and all that support it, and which broke first."""
    return await asker.answer(asked, lambda home, times: ask.chain(home, ask.Named(id=id, **times)))


@router.get("/due")
async def due(asker: AtAsk, asked: Annotated[DueAsked, Query()]) -> Response:
    """Who waits: overdue first, then what falls due."""
    return await asker.answer(
        asked, lambda home, times: ask.due(home, ask.Due(within=asked.within, **times))
    )


@router.get("/balance")
async def balance(asker: AtAsk, asked: Annotated[BalanceAsked, Query()]) -> Response:
    """What was outstanding, came and went, and is outstanding."""
    return await asker.answer(
        asked,
        lambda home, times: ask.balance(
            home, ask.Balance(start=asked.start, end=asked.end, by=asked.by, **times)
        ),
    )
