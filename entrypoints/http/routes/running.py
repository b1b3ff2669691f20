"""What watches this door: whether it is alive, whether its home answers, and its numbers."""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, PlainTextResponse, Response

from application.access.principals import Principal
from application.asyncapi import document
from application.server_home import ServerHome
from application.status import status
from domain.errors import Problem, Unavailable
from entrypoints.http.door import AtDoor
from entrypoints.http.guard import FORWARDED
from entrypoints.http.held_open import AtHand
from entrypoints.http.parameters import NO_PARAMETERS
from entrypoints.http.routes.operating import known_home
from entrypoints.http.scopes import ANYBODY, Needs, needs
from entrypoints.http.sessions import OfferedToken
from entrypoints.http.telemetry import text_of

router = APIRouter(tags=["running"])

#: The name of the topic that is told of where a home has none.
_TOPIC = "pledger.facts"


class NeedsUnlessNear(Needs):
    """A scope that who asks from this very machine need not have."""

    def __call__(self, request: Request, offered: OfferedToken) -> Principal:
        """Who sent a request. Raises as ``Needs``."""
        return ANYBODY if _is_near(request) else super().__call__(request, offered)


def _is_near(request: Request) -> bool:
    if request.client is None or FORWARDED & set(request.headers):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


_NEAR = Depends(NeedsUnlessNear("operate"))


@router.get("/healthz", dependencies=[needs(None), NO_PARAMETERS])
async def alive() -> JSONResponse:
    """That this process answers."""
    return JSONResponse({"alive": True})


@router.get("/readyz", dependencies=[_NEAR, NO_PARAMETERS])
async def ready(door: AtDoor, at_hand: AtHand) -> JSONResponse:
    """That ledger and views answer, and how far the views are behind."""
    try:
        found = await at_hand.workers.run(lambda: status(known_home(door.home)))
    except Problem as problem:
        raise Unavailable(problem.expected, problem.seen, problem.remedy) from problem
    return JSONResponse({"ready": True, "home": found["home"], "lag": found["lag"]})


@router.get(
    "/metrics",
    dependencies=[_NEAR, NO_PARAMETERS],
    response_class=PlainTextResponse,
)
async def metrics(request: Request, door: AtDoor, at_hand: AtHand) -> Response:
    """The numbers of this door and of its home, for Prometheus."""
    numbers, home = request.app.state.numbers, known_home(door.home)
    text = await at_hand.workers.run(lambda: text_of(numbers, home))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@router.get("/asyncapi.json", dependencies=[needs(None), NO_PARAMETERS])
async def asyncapi(door: AtDoor) -> JSONResponse:
    """The topic of facts as an AsyncAPI document."""
    home = door.home
    return JSONResponse(document(home.kafka.topic if isinstance(home, ServerHome) else _TOPIC))
