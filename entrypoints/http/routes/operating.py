"""How the home stands, and what its workers set aside: messages in quarantine, parked subjects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import Field, PlainValidator
from starlette.responses import Response

from application import quarantine
from application.embedded_home import EmbeddedHome
from application.errors import Wrong
from application.home import Home
from application.parameters import offset
from application.server_home import ServerHome
from application.status import in_sentences, status
from entrypoints.http.asking import json_response, json_taken, next_link
from entrypoints.http.bodies import json_sent
from entrypoints.http.door import AtDoor, Door
from entrypoints.http.held_open import AtHand, HeldOpen
from entrypoints.http.parameters import NO_PARAMETERS, USUAL, Id, Limit, Parameters, described
from entrypoints.http.personal import message_as_read
from entrypoints.http.problems import Refused, refusals
from entrypoints.http.remedies import words_of
from entrypoints.http.scopes import needs

router = APIRouter(
    prefix="/v1", tags=["operations"], dependencies=[needs("operate"), Depends(json_taken)]
)


def _place(value: object) -> tuple[int, int]:
    if not isinstance(value, str):
        raise Wrong("PARTITION:OFFSET as text, as in '3:1042'", "another kind of value")
    return offset(value)


Place = Annotated[
    Any,
    PlainValidator(_place),
    described("string", description="PARTITION:OFFSET", examples=["3:1042"]),
]


class Listed(Parameters):
    """Which messages of the quarantine, and how many of them."""

    state: Literal["open", "retried", "dismissed"] = "open"
    limit: Limit = Field(USUAL, description="at most so many")
    after_cursor: Place | None = Field(None, description="next of the page before")


class Dismissing(Parameters):
    """Why a message is not taken in."""

    reason: str


class Unparking(Parameters):
    """Which of the waiting facts of a subject are none, and why."""

    dismiss: tuple[Place, ...] = ()
    reason: str = ""


@router.get("/status", dependencies=[NO_PARAMETERS])
async def home_status(door: AtDoor, at_hand: AtHand) -> Response:
    """How far ledger and views are, and what waits for people."""
    return await _answer(at_hand, lambda: in_sentences(status(known_home(door.home)), words_of))


@router.get("/quarantine", responses=refusals(404))
async def quarantined(
    request: Request, door: AtDoor, at_hand: AtHand, asked: Annotated[Listed, Query()]
) -> Response:
    """Messages that are no facts, by their places."""
    after = asked.after_cursor or quarantine.BEFORE_ALL
    listing = quarantine.Listing(state=asked.state, limit=asked.limit, after=after)
    found = await at_hand.workers.run(lambda: quarantine.listed(_server_home(door), listing))
    following = found["next"] and "{}:{}".format(*found["next"])
    return json_response({**found, "next": following}, next_link(request, following))


@router.get("/quarantine/{place}", dependencies=[NO_PARAMETERS])
async def message(request: Request, place: Place, door: AtDoor, at_hand: AtHand) -> Response:
    """One message, whole; its bytes for those who may read what is personal."""

    def read() -> Any:
        return message_as_read(request, quarantine.message(_server_home(door), place))

    return await _answer(at_hand, read)


@router.post("/quarantine/retry", responses=refusals(404), dependencies=[NO_PARAMETERS])
async def retry_all(door: AtDoor, at_hand: AtHand) -> Response:
    """Read every open message once more, and take in what is a fact."""
    return await _answer(at_hand, lambda: _retried(quarantine.retry_all(_server_home(door))))


@router.post("/quarantine/{place}/retry", dependencies=[NO_PARAMETERS])
async def retry(place: Place, door: AtDoor, at_hand: AtHand) -> Response:
    """Read a message once more, and take its fact in if it is one."""
    return await _answer(at_hand, lambda: _retried([quarantine.retry(_server_home(door), place)]))


@router.post("/quarantine/{place}/dismiss", dependencies=[NO_PARAMETERS, Depends(json_sent)])
async def dismiss(
    place: Place, door: AtDoor, at_hand: AtHand, said: Annotated[Dismissing, Body()]
) -> Response:
    """Close a message: it is not taken in."""
    dismissal = quarantine.Dismissal(place=place, reason=said.reason)
    return await _answer(at_hand, lambda: quarantine.dismiss(_server_home(door), dismissal))


@router.get("/parked", responses=refusals(404), dependencies=[NO_PARAMETERS])
async def parked(door: AtDoor, at_hand: AtHand) -> Response:
    """The subjects whose facts wait, those that wait longest first."""

    def every() -> dict[str, Any]:
        return {"parked": [one._asdict() for one in quarantine.parked(_server_home(door))]}

    return await _answer(at_hand, every)


@router.get("/parked/{subject}", dependencies=[NO_PARAMETERS])
async def parked_subject(subject: Id, door: AtDoor, at_hand: AtHand) -> Response:
    """One of them, with the places of its facts."""
    return await _answer(at_hand, lambda: quarantine.parked_subject(_server_home(door), subject))


@router.post("/parked/{subject}/unpark", dependencies=[NO_PARAMETERS, Depends(json_sent)])
async def unpark(
    subject: Id,
    door: AtDoor,
    at_hand: AtHand,
    said: Annotated[Unparking | None, Body()] = None,
) -> Response:
    """Fold in the waiting facts of a parked subject."""
    told = said or Unparking()
    asked = quarantine.Unparking(subject=subject, without=told.dismiss, reason=told.reason)
    return await _answer(at_hand, lambda: quarantine.unpark(_server_home(door), asked))


def known_home(home: Home) -> EmbeddedHome | ServerHome:
    """A home, as one of the kinds that there are."""
    assert isinstance(home, EmbeddedHome | ServerHome)  # noqa: S101 - there are no others
    return home


def _server_home(door: Door) -> ServerHome:
    """The home, where it is one with workers. Raises ``Refused``, 404."""
    if isinstance(door.home, ServerHome):
        return door.home
    expected = "a server home, whose workers set aside what they can't fold in"
    raise Refused(404, "unknown", expected, "an embedded home, where nothing is set aside")


def _retried(found: Sequence[Any]) -> dict[str, Any]:
    return {"retried": [one._asdict() for one in found]}


async def _answer(at_hand: HeldOpen, work: Callable[[], Mapping[str, Any]]) -> Response:
    return json_response(await at_hand.workers.run(work))
