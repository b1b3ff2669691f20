"""For those who run a home: ``/set-aside``, what workers could not take in; ``/status``, how far
ledger and views are."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from application import quarantine
from application.parameters import offset
from application.server_home import ServerHome
from application.status import in_sentences, status
from domain.errors import Wrong
from entrypoints.http.remedies import words_of
from entrypoints.http.routes.operating import known_home
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.visit import AtOperation, Visit

router = APIRouter(route_class=PageRoute)

State = Literal["open", "retried", "dismissed"]

#: So many messages are on a page.
MESSAGES = 100


class Said(BaseModel):
    """What a form says: what to do, about the message at a ``place`` or about a ``subject``; why a
    message is no fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verb: Literal["retry", "retry-all", "dismiss", "unpark"]
    place: str = ""
    subject: str = ""
    reason: str = ""
    form_token: str = ""


@router.get("/set-aside")
async def set_aside(
    page: AtOperation, state: State = "open", after: Annotated[str | None, Query()] = None
) -> Response:
    """Messages that are no facts, and subjects whose facts wait. An embedded home has neither."""
    return await page.answer(lambda visit: _set_aside(visit, state, after))


@router.post("/set-aside")
async def act(page: AtOperation, said: Annotated[Said, Form()]) -> Response:
    """Read a message once more, close it, or fold in what waits for a subject."""
    return await page.answer(lambda visit: _act(visit, said))


@router.get("/status")
async def standing(page: AtOperation) -> Response:
    """How far the ledger goes, how far the views have come, and what waits for people."""
    return await page.answer(_status)


def _set_aside(visit: Visit, state: State, after: str | None) -> Response:
    home = visit.home
    if not isinstance(home, ServerHome):
        return rendered(visit, "set_aside.html", found=None)
    behind = offset(after) if after else quarantine.BEFORE_ALL
    found = quarantine.listed(home, quarantine.Listing(state=state, limit=MESSAGES, after=behind))
    following = found["next"] and "{}:{}".format(*found["next"])
    return rendered(
        visit,
        "set_aside.html",
        found=found["quarantined"],
        next=following,
        parked=quarantine.parked(home),
        state=state,
    )


def _act(visit: Visit, said: Said) -> Response:
    home = visit.home
    if not isinstance(home, ServerHome):
        raise Wrong("a server home, whose workers set things aside", "an embedded home")
    match said.verb:
        case "retry":
            quarantine.retry(home, offset(said.place))
        case "retry-all":
            quarantine.retry_all(home)
        case "dismiss":
            asked = quarantine.Dismissal(place=offset(said.place), reason=said.reason)
            quarantine.dismiss(home, asked)
        case "unpark":
            quarantine.unpark(home, quarantine.Unparking(subject=said.subject))
    return RedirectResponse("/set-aside", 303)


def _status(visit: Visit) -> Response:
    home = visit.home
    found = in_sentences(status(known_home(home)), words_of)
    return rendered(visit, "status.html", found=found)
