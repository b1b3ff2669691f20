"""Questions about customers and their journeys, and the search for what is known by an id."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from application import ask
from application.home import Asking
from application.question import Page
from entrypoints.http.asking import Answer, AtAsk, Kind, Times
from entrypoints.http.parameters import Asked, CustomerAsked, Id, PageAsked, SearchAsked

CUSTOMER = Kind(ask.Named, ask.customer, ask.each_customer)

router = APIRouter(prefix="/v1", tags=["customers"])


@router.get("/customers/{id}")
async def customer(id: Id, asker: AtAsk, asked: Annotated[Asked, Query()]) -> Response:
    """Everything about a customer, by any of the linked ids."""
    return await asker.answer_one(asked, CUSTOMER, id=id)


@router.get("/journeys")
async def journeys(asker: AtAsk, asked: Annotated[CustomerAsked, Query()]) -> Response:
    """A list of journeys, by their first facts."""
    return await asker.answer(
        asked,
        lambda home, times: ask.journeys(
            home,
            ask.Journeys(
                customer=asked.customer, limit=asked.limit, after=asked.after_cursor, **times
            ),
        ),
    )


@router.get("/journeys/{id}")
async def journey(id: Id, asker: AtAsk, asked: Annotated[Asked, Query()]) -> Response:
    """One journey across departments, step by step."""
    return await asker.answer(
        asked, lambda home, times: ask.journey(home, ask.Named(id=id, **times))
    )


@router.get("/suspense")
async def suspense(asker: AtAsk, asked: Annotated[PageAsked, Query()]) -> Response:
    """What waits for a missing fact."""
    return await asker.answer(
        asked,
        lambda home, times: ask.suspense(
            home, Page(limit=asked.limit, after=asked.after_cursor, **times)
        ),
    )


@router.get("/search")
async def search(asker: AtAsk, asked: Annotated[SearchAsked, Query()]) -> Response:
    """Customers, promises, journeys, issues and payments by an id or a ref: what is meant by the
    whole text, and then what begins with it."""

    def found(home: Asking, times: Times) -> Answer:
        answer = ask.search(home, ask.Search(text=asked.q, limit=asked.limit, **times))
        return {"found": [{**hit, "href": _href(hit["kind"], hit)} for hit in answer["found"]]}

    return await asker.answer(asked, found)


def _href(kind: str, hit: ask.answers.Hit) -> str:
    """Where more is to be read of what was found: of what has no address of its own, at its
    customer."""
    match kind:
        case "commitment" | "journey":
            return f"/v1/{kind}s/{quote(hit['id'], safe='')}"
        case _:
            return f"/v1/customers/{quote(hit['customer'], safe='')}"
