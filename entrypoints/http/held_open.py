"""What the process of this door holds open of its home between requests."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request

from application.desk import Desk
from application.held import Held
from application.home import Home, silent
from application.ledger_writer import LedgerWriter
from entrypoints.http.working import Workers

R = TypeVar("R")


class HeldOpen:
    """The threads that compute; the ledger, to append to, and the desk, to decide at, which are
    opened when they are needed, and let go when nobody needs them for a while."""

    def __init__(self, home: Home, workers: Workers) -> None:
        self.workers = workers
        self.writer = LedgerWriter(home)
        self.desk: Held[Desk] = Held(lambda: home.desk(silent, begin=True), "the desk")

    def close(self) -> None:
        """Let both go, once all that waits is done."""
        self.writer.close()
        self.desk.close()


async def _held_open(request: Request) -> HeldOpen:
    return cast("HeldOpen", request.app.state.held_open)


async def ended(future: Future[R]) -> R:
    """What comes of something that goes on to its end, whether or not somebody still waits."""
    return await asyncio.shield(asyncio.wrap_future(future))


#: What a route takes to write or to decide.
AtHand = Annotated[HeldOpen, Depends(_held_open)]
