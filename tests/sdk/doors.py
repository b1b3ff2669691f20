"""Clients at a door of the tests' own: one that waits, and one for asyncio that is made to wait, so
that one suite holds both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from inspect import isasyncgen, isawaitable, isgenerator
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from pledger_sdk.http import AsyncClient, Client, Retries
from tests.http.doors import ANY, door_to

ADDRESS = "http://testserver"
#: Nothing is waited for, and nothing is left to chance.
AT_ONCE = Retries(chance=lambda: 0.5)
Handler = Callable[[httpx2.Request], httpx2.Response]


class Waiting:
    """A client whose answers are there when its methods return, and whose lists are lists. Of one
    that is made up, ``slept`` are the pauses that it made, and ``seen`` the requests."""

    def __init__(self, client: Client | AsyncClient, runner: asyncio.Runner) -> None:
        self.client = client
        self.slept: list[float] = []
        self.seen: list[httpx2.Request] = []
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)

        def call(*given: Any, **named: Any) -> Any:
            return self._whole(method(*given, **named))

        return call

    def _whole(self, answer: Any) -> Any:
        if isawaitable(answer):
            return self._runner.run(_awaited(answer))
        if isasyncgen(answer):
            return self._runner.run(_drained(answer))
        return [*answer] if isgenerator(answer) else answer


async def _awaited(answer: Any) -> Any:
    return await answer


async def _drained(answer: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in answer]


@contextmanager
def client_at(kind: str, home: Path, key: str = ANY) -> Iterator[Waiting]:
    """A client of a kind at the door of a home."""
    app = door_to(home)
    with TestClient(app, raise_server_exceptions=False) as http, asyncio.Runner() as runner:
        if kind == "sync":
            yield Waiting(Client(ADDRESS, key=key, http=http), runner)
            return
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        own = httpx2.AsyncClient(transport=transport)
        yield Waiting(AsyncClient(ADDRESS, key=key, http=own), runner)
        runner.run(own.aclose())


@contextmanager
def client_of(kind: str, handler: Handler, **more: Any) -> Iterator[Waiting]:
    """A client of a kind to which a function answers."""
    transport = httpx2.MockTransport(handler)
    slept: list[float] = []
    settings = {"key": "pk_1", "retries": AT_ONCE, **more}
    with asyncio.Runner() as runner:
        client: Client | AsyncClient
        if kind == "sync":
            own = httpx2.Client(transport=transport)
            client = Client(ADDRESS, http=own, sleep=slept.append, **settings)
        else:

            async def pause(seconds: float) -> None:
                slept.append(seconds)

            client = AsyncClient(
                ADDRESS, http=httpx2.AsyncClient(transport=transport), sleep=pause, **settings
            )
        waiting = Waiting(client, runner)
        waiting.slept = slept
        yield waiting
