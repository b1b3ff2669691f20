"""What every route is given: the home, the clock, and who may do what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Protocol, cast

from fastapi import Depends, Request

from application.access.principals import Principal
from application.home import Home
from entrypoints.http.limits import USUAL, Limits

if TYPE_CHECKING:
    from entrypoints.http.callers import Access


class Callers(Protocol):
    """Who is known at the door."""

    def bearer(self, token: str) -> Principal | None:
        """Whose bearer token this is: a key (``pk_…``) or an issuer's; None where nobody's, or of
        one that has expired or was revoked. Takes the same time for all that are not known."""


@dataclass(frozen=True)
class Door:
    """One home behind one door. Scripts of pages from ``origins`` may call it; none may, where
    there are none. ``access`` has sessions and access records; where it is None, there are no
    sessions, and personal fields are withheld from everybody. ``unproxied``: nothing stands before
    it, and what says that it came through a proxy is refused."""

    home: Home
    clock: Callable[[], datetime]
    callers: Callers
    limits: Limits = USUAL
    origins: Sequence[str] = ()
    access: Access | None = None
    unproxied: bool = False


def door_of(request: Request) -> Door:
    """The door by which a request came."""
    return cast("Door", request.app.state.door)


async def _at_door(request: Request) -> Door:
    return door_of(request)  # a function that is not async would be given a thread


#: What a route takes to have its home.
AtDoor = Annotated[Door, Depends(_at_door)]
