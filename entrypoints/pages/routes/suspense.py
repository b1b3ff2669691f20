"""``/suspense``: what waits for a fact that the ledger has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import Response

from application.ask import suspense
from application.question import Page
from entrypoints.pages.pictures.canvas import Cell, Table
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.visit import AtPage, Visit

if TYPE_CHECKING:
    from application.ask import answers

router = APIRouter(route_class=PageRoute)

#: Of what waits for these reasons, the thing itself is known and can be found.
THERE = frozenset({"unlinked_payment", "made_twice"})
#: So many items are on a page.
ITEMS = 100


@router.get("/suspense")
async def waiting(page: AtPage, after: str | None = None) -> Response:
    """What waits, for what, and since when; ``after`` is the cursor of a page."""
    return await page.answer(lambda visit: _waiting(visit, after))


def _waiting(visit: Visit, after: str | None) -> Response:
    found = suspense(visit.home, Page(limit=ITEMS, after=after, **visit.times))
    return rendered(visit, "suspense.html", found=found, table=_table(visit, found["items"]))


def _found(visit: Visit, item: answers.SuspenseItem) -> str | None:
    """Where to look for what an item is about; None where that is what is missing."""
    return visit.link("/search", q=item["about"]) if item["reason"] in THERE else None


def _table(visit: Visit, items: list[answers.SuspenseItem]) -> Table:
    language = visit.language
    heads = ("about", "awaits", "since", "waits", "facts")
    rows = [
        (
            Cell(one["about"], href=_found(visit, one)),
            Cell(language.say(f"suspense.{one['reason']}")),
            Cell(language.instant(one["since"])),
            Cell(language.apart(one["since"], visit.as_of), figure=True),
            Cell(language.number(len(one["facts"])), True, f"/v1/facts/{one['facts'][0]}"),
        )
        for one in items
    ]
    return Table(tuple(language.say(f"column.{head}") for head in heads), tuple(rows))
